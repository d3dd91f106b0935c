/* stream_result.c - the result line, and why it is no success.
 *
 * Claude Code says "subtype": "success" of a refused login, too: see
 * is_error and api_error_status. */
#include "core/claude/stream_parts.h"

#include <limits.h>
#include <math.h>

enum { REASON_MAX = 300 };

static const char no_conversation[] = "No conversation found with session ID";

static const char log_in[] =
    "run `claude` as that account once, or set ANTHROPIC_API_KEY";

/* The first of the line's errors, else its result. */
static const char *own_words(struct json_object *line)
{
	struct json_object *errors =
	    stream_member(line, "errors", json_type_array);
	struct json_object *first = NULL;

	if (errors != NULL && json_object_array_length(errors) > 0)
		first = json_object_array_get_idx(errors, 0);
	if (json_object_is_type(first, json_type_string))
		return json_object_get_string(first);
	return stream_text(line, "result");
}

/* Older releases put when a limit ends behind their words:
 * "reached|1749924000", seconds since 1970 or milliseconds. Returns 0 where
 * there is none. */
static int64_t trailing_epoch(const char *text, size_t *n)
{
	const char *bar = strrchr(text, '|');
	size_t digits = bar != NULL ? strspn(bar + 1, "0123456789") : 0;

	if ((digits != 10 && digits != 13) || bar[1 + digits] != '\0')
		return 0;
	*n = (size_t)(bar - text);
	return strtoll(bar + 1, NULL, 10) / (digits == 13 ? 1000 : 1);
}

/* ": " and what Claude Code itself says, without what we have said. */
static void add_own_words(struct buf *out, struct json_object *line)
{
	const char *text = own_words(line);
	int64_t status = stream_number(line, "api_error_status", 0);
	char *code = xasprintf("%lld ", (long long)status);
	int64_t when;
	size_t n;

	if (str_starts(text, "API Error: "))
		text += strlen("API Error: ");
	if (str_starts(text, code))
		text += strlen(code);
	n = strlen(text);
	when = trailing_epoch(text, &n);
	if (n > 0) {
		buf_adds(out, ": ");
		stream_add_line(out, text, n, REASON_MAX);
	}
	stream_add_reset(out, when);
	free(code);
}

/* is_error with the subtype "success": the API did not answer as it should. */
static void explain_api(
    struct buf *out, const struct stream *s, struct json_object *line)
{
	int status = (int)stream_number(line, "api_error_status", 0);
	bool login = str_equal(s->api_error, "authentication_failed");

	if (status == 401) {
		buf_addf(
		    out, "Claude is not logged in (API error 401): %s", log_in);
	} else if (status == 0 && login) {
		buf_addf(out, "Claude is not logged in: %s", log_in);
	} else if (status == 429 || str_equal(s->api_error, "rate_limit")) {
		buf_adds(out, "Anthropic's API refused: rate limit");
		if (status > 0)
			buf_addf(out, " (%d)", status);
		if (s->resets_at > 0)
			stream_add_reset(out, s->resets_at);
		else
			add_own_words(out, line);
	} else if (status == 529) {
		buf_adds(out,
		    "Anthropic's API is overloaded (529): retry in a few minutes");
	} else if (status >= 500) {
		buf_addf(out,
		    "Anthropic's API failed (%d), mostly for a short time: retry in a few minutes",
		    status);
	} else if (status > 0) {
		buf_addf(out, API_REFUSED "%d)", status);
		add_own_words(out, line);
	} else {
		buf_adds(out, "Claude ended with an error");
		add_own_words(out, line);
	}
}

static void explain_subtype(struct buf *out, const struct stream *s,
    const char *subtype, struct json_object *line)
{
	if (str_equal(subtype, "error_max_turns")) {
		buf_adds(out, "Claude stopped after reaching its turn limit");
	} else if (str_equal(subtype, "error_max_budget_usd")) {
		buf_adds(
		    out, "Claude stopped after reaching its budget in USD");
	} else if (str_equal(subtype, "error_max_structured_output_retries")) {
		/* What its tool found wrong last is the reason. */
		buf_adds(out,
		    "Claude's answer did not have the form that was asked for");
		if (s->tool_error != NULL) {
			buf_adds(out, ": ");
			stream_add_line(out, s->tool_error,
			    strlen(s->tool_error), REASON_MAX);
		} else {
			add_own_words(out, line);
		}
	} else if (str_equal(subtype, "error_during_execution")) {
		buf_adds(out, "Claude failed while it worked");
		add_own_words(out, line);
	} else {
		buf_adds(out, "Claude ended with the result \"");
		stream_add_line(out, subtype, strlen(subtype), 60);
		buf_addc(out, '"');
		add_own_words(out, line);
	}
}

static void explain_early_end(struct buf *out, const char *reason)
{
	static const struct {
		const char *reason, *text;
	} known[] = {
		{ "max_turns", "it reached its turn limit" },
		{ "budget_exhausted", "its budget is spent" },
		{ "api_error", "the API did not answer" },
		{ "hook_stopped", "a hook stopped it" },
		{ "stop_hook_prevented", "a stop hook prevented it" },
		{ "tool_deferred", "a tool call was put off" },
		{ "background_requested", "it was sent to the background" },
	};

	buf_adds(out, "Claude stopped before it was done: ");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (str_equal(reason, known[i].reason)) {
			buf_adds(out, known[i].text);
			return;
		}
	}
	stream_add_line(out, reason, strlen(reason), 60);
}

static char *explain(const struct stream *s, struct json_object *line)
{
	const char *subtype = stream_text(line, "subtype");
	const char *reason = stream_text(line, "terminal_reason");
	struct buf out = BUF_INIT;

	if (!str_equal(subtype, "success"))
		explain_subtype(&out, s, subtype, line);
	else if (stream_flag(line, "is_error", true))
		explain_api(&out, s, line);
	else if (*reason != '\0' && !str_equal(reason, "completed"))
		explain_early_end(&out, reason);
	else if (s->num_turns < 1)
		buf_adds(&out,
		    "Claude ended without having done anything (no turn was taken)");
	else
		return NULL;
	return buf_detach(&out);
}

/* What Claude Code says in a result of a limit of the account, where no other
 * sign comes with it. */
static bool says_usage_limit(const char *words)
{
	static const char *const begins[] = { "Claude AI usage limit reached",
		"Usage limit reached", "You've hit your ",
		"You've reached your ", "You're out of extra usage",
		"You're out of usage credits" };
	static const char *const holds[] = { "-hour limit reached",
		"eekly limit reached", "usage limit reached" };

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (str_starts(words, begins[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
		if (strstr(words, holds[i]) != NULL)
			return true;
	return false;
}

/* Was it a limit that ended this turn, of the account and for a time? */
static void read_limit(struct stream *s, struct json_object *line)
{
	const char *words = own_words(line);
	int64_t when;
	size_t n;

	s->limited = stream_flag(line, "is_error", false) &&
		     str_equal(stream_text(line, "subtype"), "success") &&
		     (stream_number(line, "api_error_status", 0) == 429 ||
			 str_equal(s->api_error, "rate_limit") ||
			 says_usage_limit(words));
	when = s->limited ? trailing_epoch(words, &n) : 0;
	if (s->resets_at == 0)
		s->resets_at = when;
}

/* What it was given for the run was used up. */
static void read_spent(struct stream *s, struct json_object *line)
{
	const char *subtype = stream_text(line, "subtype");
	const char *reason = stream_text(line, "terminal_reason");

	s->spent = SPENT_NOTHING;
	if (str_equal(subtype, "error_max_budget_usd") ||
	    str_equal(reason, "budget_exhausted"))
		s->spent = SPENT_USD;
	else if (str_equal(subtype, "error_max_turns") ||
		 str_equal(reason, "max_turns"))
		s->spent = SPENT_TURNS;
}

static double member_usd(struct json_object *o, const char *key)
{
	struct json_object *cost = stream_member(o, key, json_type_double);
	double usd = cost != NULL ? json_object_get_double(cost)
				  : (double)stream_number(o, key, 0);

	return isfinite(usd) && usd > 0 && usd <= USD_MAX ? usd : 0;
}

/* Newer releases count in the total what the conversation that is resumed
 * had spent; they name what is new by model. Older ones begin at zero. */
static void read_cost(struct stream *s, struct json_object *line)
{
	char exact[64];
	struct json_object *models = stream_member(
	    line, "model_usage_since_last_result", json_type_object);
	double total = member_usd(line, "total_cost_usd");

	if (models != NULL) {
		json_object_object_foreach(models, name, model)
		{
			(void)name;
			s->cost_usd += member_usd(model, "costUSD");
		}
	} else if (total > s->total_seen) {
		s->cost_usd += total - s->total_seen;
	}
	s->total_seen = total;
	if (s->cost_usd > USD_MAX)
		s->cost_usd = USD_MAX;
	/* What binary fractions add is no part of a price. */
	snprintf(exact, sizeof(exact), "%.12f", s->cost_usd);
	s->cost_usd = strtod(exact, NULL);
}

static void read_denials(struct stream *s, struct json_object *line)
{
	struct json_object *list =
	    stream_member(line, "permission_denials", json_type_array);

	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		struct buf what = BUF_INIT;

		stream_add_tool(&what, stream_text(one, "tool_name"),
		    stream_member(one, "tool_input", json_type_object));
		denials_listed(
		    &s->denials, stream_text(one, "tool_use_id"), what.data);
		buf_release(&what);
	}
	denials_turn_over(&s->denials);
}

void stream_read_result(struct stream *s, struct json_object *line)
{
	struct json_object *result =
	    stream_member(line, "result", json_type_string);
	struct json_object *structured =
	    stream_member(line, "structured_output", json_type_object);
	const char *id = stream_text(line, "session_id");
	int64_t turns = stream_number(line, "num_turns", 0);
	struct buf text = BUF_INIT;

	read_cost(s, line);
	if (turns > 0)
		s->num_turns = turns > INT_MAX - s->num_turns
				   ? INT_MAX
				   : s->num_turns + (int)turns;
	read_denials(s, line);
	free(s->structured);
	if (structured != NULL)
		json_print(&text, structured);
	s->structured = structured != NULL ? buf_detach(&text) : NULL;
	if (result != NULL)
		buf_add_clean(&text, json_object_get_string(result),
		    (size_t)json_object_get_string_len(result));
	free(s->closing);
	s->closing = text.len > 0 ? buf_detach(&text) : NULL;
	buf_release(&text);
	free(s->why);
	s->why = explain(s, line);
	s->result_ok = s->why == NULL;
	read_limit(s, line);
	read_spent(s, line);
	s->no_conversation =
	    !s->result_ok && strstr(own_words(line), no_conversation) != NULL;
	s->has_result = true;
	s->at_work = false;
	if (s->session != NULL && *id != '\0' && !s->no_conversation &&
	    !str_equal(id, s->session))
		xreplace(&s->foreign, id);
}
