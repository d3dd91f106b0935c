/* state_beside.c - what is kept beside the session: notifications that are
 * under way and where the receiver has put them, so that they can be changed
 * later; the answers that were given; what a day has cost, and its report. */
#include "base/clock.h"
#include "store/state.h"

static void drop_notice(struct state *s, size_t i)
{
	notice_release(&s->notices[i]);
	s->n_notices--;
	memmove(s->notices + i, s->notices + i + 1,
	    (s->n_notices - i) * sizeof(*s->notices));
}

static bool has_buttons(const struct notice *n)
{
	struct json_object *o =
	    json_parse(n->payload, strlen(n->payload), NULL);
	struct json_object *actions = NULL;
	bool found = o != NULL &&
		     json_get_array(o, "actions", &actions, NULL) == 0 &&
		     actions != NULL && json_object_array_length(actions) > 0;

	json_object_put(o);
	return found;
}

/* The last one that somebody can answer. n_notices where there is none. */
static size_t newest_question(const struct state *s)
{
	for (size_t i = s->n_notices; i-- > 0;)
		if (s->notices[i].type == TYPE_APPROVAL ||
		    has_buttons(&s->notices[i]))
			return i;
	return s->n_notices;
}

/* What a full queue can do without: the oldest info, else the oldest that is
 * not the question of now. */
static size_t least_missed(const struct state *s)
{
	size_t asked = newest_question(s);

	for (size_t i = 0; i < s->n_notices; i++)
		if (s->notices[i].type == TYPE_INFO && i != asked)
			return i;
	return asked == 0 ? 1 : 0;
}

/* By their bytes, too: the file they are in has a limit of its own. */
static bool is_too_full(const struct state *s)
{
	size_t bytes = 0;

	for (size_t i = 0; i < s->n_notices; i++)
		bytes += strlen(s->notices[i].payload);
	return s->n_notices > NOTICES_MAX ||
	       (s->n_notices > 1 && bytes > NOTICES_BYTES_MAX);
}

void state_enqueue(struct state *s, struct notice *n)
{
	s->notices =
	    xrealloc(s->notices, s->n_notices + 1, sizeof(*s->notices));
	s->notices[s->n_notices++] = *n;
	*n = (struct notice){ .id = NULL };
	for (; is_too_full(s); s->notices_dropped++)
		drop_notice(s, least_missed(s));
}

bool state_dequeue(struct state *s, const char *id)
{
	for (size_t i = 0; i < s->n_notices; i++)
		if (strcmp(s->notices[i].id, id) == 0) {
			drop_notice(s, i);
			return true;
		}
	return false;
}

const struct delivery *state_find_delivery(
    const struct state *s, const char *id)
{
	for (size_t i = s->n_deliveries; i-- > 0;)
		if (strcmp(s->deliveries[i].id, id) == 0)
			return &s->deliveries[i];
	return NULL;
}

/* The answer with its message cut to keep bytes; SIZE_MAX: all of it. */
static void print_cut(
    struct buf *out, struct json_object *answer, const char *text, size_t keep)
{
	size_t len = strlen(text);
	struct buf cut = BUF_INIT;

	buf_reset(out);
	if (keep < len) {
		buf_add(&cut, text, utf8_cut(text, len, keep));
		buf_adds(&cut, "\xe2\x80\xa6");
		json_set_string(answer, "message", cut.data);
	}
	json_print(out, answer);
	buf_release(&cut);
}

/* Cuts the message, which is what is long, until the whole fits. */
static void fit(struct buf *out, struct json_object *answer, const char *text)
{
	size_t low = 0, high = strlen(text);

	while (low < high) { /* the most that fits is in low..high */
		size_t keep = low + (high - low + 1) / 2;

		print_cut(out, answer, text, keep);
		if (out->len <= DELIVERY_ANSWER_MAX)
			low = keep;
		else
			high = keep - 1;
	}
	print_cut(out, answer, text, low);
}

/* A copy, so that the caller's answer keeps its message. */
static char *shortened(struct json_object *answer)
{
	/* The members that every answer has. */
	static const char *const keys[] = { "status", "error", "message",
		"follow_up" };
	struct json_object *copy = NULL, *bare = NULL, *value;
	struct buf out = BUF_INIT;
	char *text;

	json_print(&out, answer);
	if (out.len <= DELIVERY_ANSWER_MAX)
		return buf_detach(&out);
	if (json_object_deep_copy(answer, &copy, NULL) != 0)
		bug("out of memory to copy an answer");
	text = xstrdup(
	    json_object_get_string(json_object_object_get(answer, "message")));
	if (text == NULL)
		text = xstrdup("");
	fit(&out, copy, text);
	if (out.len > DELIVERY_ANSWER_MAX) {
		bare = json_object_new_object();
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (json_object_object_get_ex(copy, keys[i], &value))
				json_set(bare, keys[i], json_object_get(value));
		fit(&out, bare, text);
	}
	free(text);
	json_object_put(bare);
	json_object_put(copy);
	return buf_detach(&out);
}

void state_remember(struct state *s, const char *id, const char *fingerprint,
    int code, struct json_object *answer)
{
	struct delivery *d = s->deliveries;

	if (s->n_deliveries == DELIVERIES_KEPT) { /* the oldest goes */
		free(d->id);
		free(d->answer);
		memmove(d, d + 1, --s->n_deliveries * sizeof(*d));
	}
	s->deliveries = xrealloc(
	    s->deliveries, s->n_deliveries + 1, sizeof(*s->deliveries));
	d = &s->deliveries[s->n_deliveries++];
	*d = (struct delivery){ .id = xstrdup(id), .code = code };
	snprintf(d->fingerprint, sizeof(d->fingerprint), "%s", fingerprint);
	d->answer = shortened(answer);
}

void state_keep_receipt(struct state *s, const struct receipt *r)
{
	struct receipt *oldest = &s->receipts[0];

	if (s->n_receipts == RECEIPTS_KEPT) {
		fields_release(&receipt_fields, oldest);
		memmove(
		    oldest, oldest + 1, --s->n_receipts * sizeof(*s->receipts));
	}
	fields_copy(&receipt_fields, &s->receipts[s->n_receipts++], r);
}

const struct receipt *state_receipt(
    const struct state *s, const char *session, int task)
{
	for (size_t i = s->n_receipts; i-- > 0;)
		if (s->receipts[i].task == task &&
		    str_equal(s->receipts[i].session, session))
			return &s->receipts[i];
	return NULL;
}

bool receipt_is_settled(const struct state *s, const struct receipt *r)
{
	return r->decision[0] != '\0' &&
	       !session_is_open(&s->session, r->decision);
}

void state_forget_decisions(struct state *s, const struct strvec *ids)
{
	for (size_t i = 0; i < s->n_receipts; i++)
		if (strvec_has(ids, s->receipts[i].decision))
			s->receipts[i].decision[0] = '\0';
}

void state_spend(struct state *s, int64_t now, double usd)
{
	struct day_spent *d = &s->spent;
	char today[CLOCK_TEXT];

	if (!(usd > 0))
		return;
	clock_local(now, "%Y-%m-%d", today);
	if (strcmp(d->day, today) != 0)
		d->usd = 0;
	snprintf(d->day, sizeof(d->day), "%.10s", today);
	d->usd += usd;
	if (d->usd > USD_MAX)
		d->usd = USD_MAX;
}

double state_spent(const struct state *s, int64_t now)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	return strcmp(s->spent.day, today) == 0 ? s->spent.usd : 0;
}

/* Each day is seen to once, at its time or when we first run after it, whether
 * or not there is anything to tell: what begins later that day is the next
 * day's news. */
bool state_report_is_due(const struct state *s, int64_t now, const char *minute)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	return strcmp(s->report.day, today) != 0 && clock_is_past(now, minute);
}

bool state_has_news(const struct state *s)
{
	const struct session *session = &s->session;

	return (session_status(session) != SESSION_IDLE &&
		   session->last_activity > s->report.at) ||
	       s->plan.completed_at > s->report.at;
}

void state_reported(struct state *s, int64_t now)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	snprintf(s->report.day, sizeof(s->report.day), "%.10s", today);
	s->report.at = now;
}
