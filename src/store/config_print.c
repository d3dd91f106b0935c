/* config_print.c - the effective configuration as a config.yaml.
 *
 * What it prints can be loaded again, but for the secrets: those are stars,
 * too few to be taken for one. */
#include "store/config.h"
#include "store/config_schema.h"
#include "store/expand.h"

#define STARS "********"

/* What YAML takes for a line break, or does not take at all, beyond ASCII. */
static const char *const special[][2] = {
	{ "\xe2\x80\xa8", "\\u2028" },
	{ "\xe2\x80\xa9", "\\u2029" },
	{ "\xef\xbb\xbf", "\\ufeff" },
	{ "\xef\xbf\xbe", "\\ufffe" },
	{ "\xef\xbf\xbf", "\\uffff" },
};

/* Adds the character at p as an escape where it needs one. Returns how many
 * bytes that was, or 0. */
static size_t add_escape(struct buf *out, const char *p)
{
	unsigned char c = (unsigned char)p[0], next = (unsigned char)p[1];

	if (c == '"' || c == '\\') {
		buf_addf(out, "\\%c", c);
		return 1;
	}
	if (c < 0x20 || c == 0x7f) {
		buf_addf(out, "\\x%02x", c);
		return 1;
	}
	if (c == 0xc2 && next < 0xa0) {
		buf_addf(out, "\\x%02x", next);
		return 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (str_starts(p, special[i][0])) {
			buf_adds(out, special[i][1]);
			return strlen(special[i][0]);
		}
	}
	return 0;
}

/* A YAML double-quoted scalar that expands to text. */
static void add_quoted(struct buf *out, const char *text)
{
	struct buf plain = BUF_INIT;

	expand_protect(&plain, text);
	buf_addc(out, '"');
	for (const char *p = plain.data; *p != '\0';) {
		size_t n = add_escape(out, p);

		if (n == 0)
			buf_addc(out, *p);
		p += n == 0 ? 1 : n;
	}
	buf_addc(out, '"');
	buf_release(&plain);
}

/* Shows of a secret value what is none: a variable's or header's name, an
 * address up to its query. */
static void add_masked(
    struct buf *out, const struct config_key *k, const char *text)
{
	struct buf shown = BUF_INIT;
	size_t n = strcspn(text, k->check == rule_url      ? "?#"
				 : k->check == rule_header ? ":"
							   : "=");
	bool all_shown = text[n] == '\0' && k->check != rule_secret;

	if (k->check == rule_secret)
		n = 0;
	buf_add(&shown, text, n);
	if (!all_shown && n > 0)
		buf_addf(&shown, "%c%s", text[n], text[n] == ':' ? " " : "");
	if (!all_shown)
		buf_adds(&shown, STARS);
	add_quoted(out, shown.data);
	buf_release(&shown);
}

static void add_text(
    struct buf *out, const struct config_key *k, const char *text)
{
	if (text == NULL)
		buf_adds(out, "\"\"");
	else if (k->secret)
		add_masked(out, k, text);
	else
		add_quoted(out, text);
}

static void add_list(
    struct buf *out, const struct config_key *k, const struct strvec *list)
{
	if (list->n == 0)
		buf_adds(out, " []");
	for (size_t i = 0; i < list->n; i++) {
		buf_adds(out, "\n    - ");
		add_text(out, k, list->v[i]);
	}
}

/* What stands behind the colon. */
static void add_value(
    struct buf *out, const struct config_key *k, const void *slot)
{
	switch (k->kind) {
	case VALUE_NUMBER:
		buf_addf(out, " %d", *(const int *)slot);
		break;
	case VALUE_FLAG:
		buf_adds(out, *(const bool *)slot ? " true" : " false");
		break;
	case VALUE_CHOICE:
		buf_addf(out, " %s", k->names[*(const unsigned *)slot]);
		break;
	case VALUE_TEXT:
	case VALUE_PATH:
		buf_addc(out, ' ');
		add_text(out, k, *(char *const *)slot);
		break;
	case VALUE_WORDS:
	case VALUE_LIST:
	case VALUE_ANY:
		add_list(out, k, slot);
		break;
	case VALUE_COMMANDS:
		if (*(const command_set *)slot == 0)
			buf_adds(out, " []");
		for (size_t i = 0; i < COMMANDS; i++)
			if (*(const command_set *)slot & (1u << i))
				buf_addf(
				    out, "\n    - %s", command_info[i].name);
		break;
	}
}

void config_print(struct buf *out, const struct config *c)
{
	static const struct config_key plain = { .kind = VALUE_WORDS };
	const char *section = "";

	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_key[i];

		if (strcmp(section, k->section) != 0)
			buf_addf(out, "%s%s:\n", i > 0 ? "\n" : "", k->section);
		section = k->section;
		buf_addf(out, "  %s:", k->name);
		add_value(out, k, config_slot(c, k));
		buf_addc(out, '\n');
	}
	buf_addf(
	    out, "\n%s:%s\n", VERIFY_SECTION, c->verify.n == 0 ? " {}" : "");
	for (size_t i = 0; i < c->verify.n; i++) {
		buf_adds(out, "  ");
		add_quoted(out, c->verify.v[i].type);
		buf_addc(out, ':');
		add_list(out, &plain, &c->verify.v[i].command);
		buf_addc(out, '\n');
	}
}
