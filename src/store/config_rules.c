/* config_rules.c - what is asked of a single value.
 *
 * Each rule answers with what it wants, as the end of "want ...", or NULL.
 * Values come expanded and are never empty, but for items of a list. */
#include "store/config_schema.h"
#include "base/clock.h"
#include "core/auth.h"
#include "core/session/session.h"
#include "store/dotenv.h"
#include "store/logs.h"

#include <strings.h>

static bool is_line(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return utf8_valid(s, n);
}

const char *rule_line(const char *value)
{
	return is_line(value) ? NULL : "text without control characters";
}

static const char *rule_word(const char *value)
{
	if (value[0] != '\0' && is_line(value) && strchr(value, ' ') == NULL)
		return NULL;
	return "a word without blanks";
}

const char *rule_type(const char *value)
{
	return value[0] != '\0' && is_line(value) ? NULL : "task types";
}

const char *rule_address(const char *value)
{
	if (is_line(value) && strpbrk(value, " /") == NULL)
		return NULL;
	return "an address such as 127.0.0.1";
}

const char *rule_zone(const char *value)
{
	if (clock_zone_exists(value))
		return NULL;
	return "a time zone of this machine such as Europe/Berlin";
}

const char *rule_span(const char *value)
{
	if (clock_is_span(value))
		return NULL;
	return "two times of a day such as \"22:00-07:00\"";
}

const char *rule_minute(const char *value)
{
	if (clock_is_minute(value))
		return NULL;
	return "a time of day such as \"07:30\"";
}

/* A secret that begins with whsec_ is base64 of the key that signs. */
static bool can_sign(const char *secret)
{
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	int rc = auth_sign(&out, secret, "check", 0, "", 0, &err);

	buf_release(&out);
	return rc == 0;
}

static bool is_one_character(const char *s)
{
	return s[0] != '\0' && s[strspn(s, (char[]){ s[0], '\0' })] == '\0';
}

/* What stands in examples for a secret that was never put there. */
static bool is_placeholder(const char *value)
{
	static const char *const begins[] = { "your-", "your_", "changeme",
		"change-me", "change_me", "change-this", "change_this",
		"replace-", "replace_", "insert-", "insert_", "placeholder",
		"example-", "example_", "todo" };
	static const char *const around[][2] = { { "{{", "}}" }, { "<", ">" },
		{ "[", "]" }, { "%", "%" } };
	const char *rest =
	    str_starts(value, "whsec_") ? value + strlen("whsec_") : value;

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncasecmp(rest, begins[i], strlen(begins[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		if (str_starts(rest, around[i][0]) &&
		    str_ends(rest, around[i][1]))
			return true;
	return (rest[0] == '$' && env_name_length(rest + 1) > 0) ||
	       str_starts(rest, "${") || str_starts(rest, "$(") ||
	       (strlen(rest) >= SECRET_MIN && is_one_character(rest));
}

/* What looks like one and is none would keep everybody out. */
const char *rule_chat(const char *value)
{
	if (rule_word(value) != NULL)
		return rule_word(value);
	if (is_placeholder(value) || strpbrk(value, ";|&") != NULL)
		return "a chat's id such as 123456789, commas between several";
	return NULL;
}

const char *rule_secret(const char *value)
{
	if (is_placeholder(value))
		return "a secret of your own in the placeholder's place (openssl rand -hex 32 makes one)";
	if (strlen(value) < SECRET_MIN)
		return "at least 16 bytes";
	if (!is_line(value))
		return "text without control characters";
	/* HTTP takes blanks off a header's ends: it would never be right. */
	if (value[0] == ' ' || str_ends(value, " "))
		return "no blank at its ends";
	if (!can_sign(value))
		return "base64 behind whsec_";
	if (str_starts(value, "whsec_") && strlen(value) < WHSEC_MIN)
		return "at least 16 bytes behind whsec_";
	return NULL;
}

const char *rule_url(const char *value)
{
	const char *host = strncasecmp(value, "https://", 8) == 0  ? value + 8
			   : strncasecmp(value, "http://", 7) == 0 ? value + 7
								   : NULL;
	size_t n = host == NULL ? 0 : strcspn(host, "/?#");

	if (n == 0 || !is_line(value) || strchr(value, ' ') != NULL)
		return "an address that begins with http:// or https://";
	if (memchr(host, '@', n) != NULL)
		return "no password in it (webhooks.notify_header may carry one)";
	return NULL;
}

/* RFC 9110: a name is a token, then a colon. */
const char *rule_header(const char *value)
{
	static const char *const ours[] = { "webhook-", "content-type:",
		"content-length:", "transfer-encoding:", "host:" };
	static const char token[] =
	    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t n = strspn(value, token);
	const char *behind = value[n] == ':' ? value + n + 1 : "";

	behind += strspn(behind, " ");
	if (n == 0 || behind[0] == '\0' || !is_line(value))
		return "\"Name: value\"";
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strncasecmp(value, ours[i], strlen(ours[i])) == 0)
			return "a name that is not one of our own headers";
	if (is_placeholder(behind))
		return "a secret of your own in the placeholder's place (openssl rand -hex 32 makes one)";
	return NULL;
}

const char *rule_env(const char *value)
{
	size_t n = env_name_length(value);

	if (n > 0 && (value[n] == '\0' || value[n] == '='))
		return NULL;
	return "NAME or NAME=value an item";
}

/* It becomes an argument: what begins with a dash would be an option. */
const char *rule_permission(const char *value)
{
	if (value[0] != '\0' && value[0] != '-' && is_line(value))
		return NULL;
	return "rules of Claude Code such as Bash(git diff *)";
}

const char *rule_usd(const char *value)
{
	if (budget_is_amount(value))
		return NULL;
	return "dollars above 0 such as 2.50, or nothing for no limit";
}

const char *rule_path(const char *value)
{
	if (value[0] == '~')
		return "a path written out, without ~";
	return rule_line(value);
}

const char *rule_format(const char *value)
{
	char *bad = NULL;
	bool ok = log_format_ok(value, &bad);

	free(bad);
	if (!ok)
		return "no fields but %(asctime)s %(levelname)s %(message)s %(name)s %(process)d";
	return rule_line(value);
}
