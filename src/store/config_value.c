/* config_value.c - one value of config.yaml into its slot.
 *
 * A fault repeats what stands in the file, never what a variable held, and
 * of a secret key nothing at all. */
#include "store/config_schema.h"
#include "base/path.h"
#include "core/names.h"
#include "store/expand.h"
#include "store/shellwords.h"

#include <strings.h>

static void clear_slot(const struct config *c, const struct config_key *k)
{
	if (k->kind == VALUE_COMMANDS)
		*(command_set *)config_slot(c, k) = 0;
	else
		strvec_release(config_slot(c, k));
}

static bool is_list_kind(const struct config_key *k)
{
	return k->kind == VALUE_WORDS || k->kind == VALUE_LIST ||
	       k->kind == VALUE_ANY || k->kind == VALUE_COMMANDS;
}

/* folder/value without a "./" in it that would only be in the way. */
static char *absolute(const char *folder, const char *value)
{
	size_t n;
	char *path;

	while (str_starts(value, "./"))
		value += 2 + strspn(value + 2, "/");
	if (value[0] == '\0' || strcmp(value, ".") == 0)
		return xstrdup(folder);
	path = path_join(folder, value);
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return path;
}

/* Returns -1 with the shape that k has. */
static int want_shape(const struct config_key *k, struct error *want)
{
	struct buf text = BUF_INIT;

	config_want(&text, k);
	error_set(want, "%s", text.data);
	buf_release(&text);
	return -1;
}

/* A text that is no list. Returns 0, or -1 with what is wanted. */
static int put_text(struct config *c, const struct config_key *k,
    const char *text, struct error *want)
{
	bool only_list = k->kind == VALUE_LIST || k->kind == VALUE_COMMANDS;
	const char *wanted =
	    only_list || k->check == NULL ? NULL : k->check(text);
	void *slot = config_slot(c, k);
	struct error why = ERROR_INIT;
	bool yes = strcasecmp(text, "true") == 0;
	long n;

	if (wanted != NULL)
		return error_set(want, "%s", wanted);
	switch (k->kind) {
	case VALUE_NUMBER:
		if (parse_number(text, k->low, k->high, &n) != 0)
			break;
		*(int *)slot = (int)n;
		return 0;
	case VALUE_FLAG:
		if (!yes && strcasecmp(text, "false") != 0)
			break;
		*(bool *)slot = yes;
		return 0;
	case VALUE_CHOICE:
		n = name_index(k->names, k->n_names, text);
		if (n < 0)
			break;
		*(unsigned *)slot = (unsigned)n;
		return 0;
	case VALUE_TEXT:
		xreplace(slot, text);
		return 0;
	case VALUE_PATH:
		free(*(char **)slot);
		*(char **)slot = absolute(c->dir, text);
		return 0;
	case VALUE_ANY:
		strvec_add(slot, text);
		return 0;
	case VALUE_WORDS:
		if (shellwords_split(slot, text, &why) == 0)
			return 0;
		return error_set(want, "words without %s", why.text);
	case VALUE_LIST:
	case VALUE_COMMANDS:
		break;
	}
	return want_shape(k, want);
}

/* One item of a list. */
static int put_item(struct config *c, const struct config_key *k,
    const char *text, struct error *want)
{
	const char *wanted = k->check == NULL ? NULL : k->check(text);
	int command;

	if (wanted != NULL)
		return error_set(want, "%s", wanted);
	if (k->kind != VALUE_COMMANDS) {
		strvec_add(config_slot(c, k), text);
		return 0;
	}
	command = command_find(text);
	if (command < 0)
		return want_shape(k, want);
	*(command_set *)config_slot(c, k) |= 1u << command;
	return 0;
}

/* Tells what the file has there, a text in quotes or its kind. */
static void refuse(struct loading *l, const struct config_key *k,
    const struct node *node, const char *want)
{
	struct buf got = BUF_INIT;
	char *shown;

	if (node->kind != NODE_TEXT) {
		buf_addf(&got, ", got %s",
		    node->kind == NODE_LIST ? "a list" : "a map");
	} else if (!k->secret) {
		shown = node_shown(node->text);
		buf_addf(&got, ", got \"%s\"", shown);
		free(shown);
	}
	faults_add(l->f, l->name, node->line, "%s.%s: want %s%s", k->section,
	    k->name, want, got.data);
	buf_release(&got);
}

/* Node's text, expanded, to be freed; NULL: a fault was added. */
static char *expanded_text(
    struct loading *l, const struct config_key *k, const struct node *node)
{
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	if (node_is_null(node))
		return xstrdup("");
	if (expand_variables(&out, node->text, &l->c->dotenv, &err) == 0 &&
	    utf8_valid(out.data, out.len))
		return buf_detach(&out);
	if (err.text[0] == '\0')
		error_set(&err, "want text in UTF-8, got other bytes");
	faults_add(l->f, l->name, node->line, "%s.%s: %s", k->section, k->name,
	    err.text);
	buf_release(&out);
	return NULL;
}

/* "1, 2" as two items. Returns 0, or -1 with what is wanted. */
static int put_pieces(struct config *c, const struct config_key *k,
    const char *text, struct error *want)
{
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		size_t n = strcspn(text, ",");
		const char *from = text + strspn(text, " \t");
		char *piece;

		text += n;
		piece = from < text ? xstrndup(from, (size_t)(text - from))
				    : xstrdup("");
		text += *text == ',';
		for (n = strlen(piece); n > 0 && piece[n - 1] == ' ';)
			piece[--n] = '\0';
		if (n > 0)
			rc = put_item(c, k, piece, want);
		free(piece);
	}
	return rc;
}

/* "Name: ${VARIABLE:-}" without the variable: a header that is not there. */
static bool is_bare_header(
    const struct config_key *k, const struct node *node, const char *text)
{
	const char *value = strchr(text, ':');

	return k->check == rule_header && value != NULL &&
	       value[1 + strspn(value + 1, " ")] == '\0' &&
	       strstr(node->text, "${") != NULL;
}

static void set_text(
    struct loading *l, const struct config_key *k, const struct node *node)
{
	struct error want = ERROR_INIT;
	char *text = expanded_text(l, k, node);

	if (text == NULL || text[0] == '\0' || is_bare_header(k, node, text)) {
		free(text);
		return;
	}
	if (is_list_kind(k))
		clear_slot(l->c, k);
	if ((k->split ? put_pieces(l->c, k, text, &want)
		      : put_text(l->c, k, text, &want)) != 0)
		refuse(l, k, node, want.text);
	free(text);
}

static void set_item(
    struct loading *l, const struct config_key *k, const struct node *node)
{
	struct error want = ERROR_INIT;
	char *text;

	if (node->kind != NODE_TEXT) {
		refuse(l, k, node, "a text as item");
		return;
	}
	text = expanded_text(l, k, node);
	if (text == NULL)
		return;
	if (!(k->drop_empty && text[0] == '\0') &&
	    (k->split ? put_pieces(l->c, k, text, &want)
		      : put_item(l->c, k, text, &want)) != 0)
		refuse(l, k, node, want.text);
	free(text);
}

static void set_list(
    struct loading *l, const struct config_key *k, const struct node *node)
{
	size_t n = 0;

	clear_slot(l->c, k);
	for (const struct node *at = node->child; at != NULL; at = at->next) {
		set_item(l, k, at);
		n++;
	}
	if (k->most > 0 && n > k->most)
		faults_add(l->f, l->name, node->line,
		    "%s.%s: want at most %zu, got %zu", k->section, k->name,
		    k->most, n);
}

void config_set(
    struct loading *l, const struct config_key *k, const struct node *node)
{
	bool program = k->kind == VALUE_WORDS && k->otherwise != NULL;
	const struct strvec *words = config_slot(l->c, k);
	size_t before = l->f->count;
	struct error want = ERROR_INIT;

	if (node_is_null(node))
		return;
	if (node->kind == NODE_TEXT) {
		set_text(l, k, node);
	} else if (node->kind == NODE_LIST && is_list_kind(k)) {
		set_list(l, k, node);
	} else {
		want_shape(k, &want);
		refuse(l, k, node, want.text);
	}
	if (program && l->f->count == before &&
	    (words->n == 0 || words->v[0][0] == '\0'))
		faults_add(l->f, l->name, node->line,
		    "%s.%s: empty, want the name of a program", k->section,
		    k->name);
}

void config_set_defaults(struct config *c)
{
	struct error want = ERROR_INIT;

	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key *k = &config_key[i];

		if (k->otherwise != NULL &&
		    put_text(c, k, k->otherwise, &want) != 0)
			bug("the default of %s.%s is not valid", k->section,
			    k->name);
	}
	c->telegram.commands = ALL_COMMANDS;
}
