/* yaml.c - libyaml's events to a tree.
 *
 * The loop is recursive but never deeper than YAML_MAX_DEPTH. What YAML has
 * and we refuse is reported and passed over, so that one run shows all of it;
 * only a text that is not YAML at all ends the reading. */
#include "store/yaml.h"
#include "base/buf.h"

#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	const char *name, *text;
	struct faults *f;
	bool ended; /* no sense in going on */
};

static struct node *read_node(struct reader *r, yaml_event_t *ev, int depth);

static int line_of(const yaml_mark_t *mark)
{
	return (int)mark->line + 1;
}

void node_free(struct node *node)
{
	while (node != NULL) {
		struct node *next = node->next;

		node_free(node->child);
		free(node->key);
		free(node->text);
		free(node);
		node = next;
	}
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *at = map->child; at != NULL; at = at->next)
		if (strcmp(at->key, key) == 0)
			return at;
	return NULL;
}

bool node_is_null(const struct node *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (node->kind != NODE_TEXT || node->quoted)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

char *node_shown(const char *text)
{
	struct buf out = BUF_INIT;
	size_t len = strlen(text);
	size_t n = utf8_cut(text, len, 60);

	buf_add_line(&out, text, n);
	if (n < len)
		buf_adds(&out, "...");
	return buf_detach(&out);
}

/* libyaml says of a tab only that it "cannot start any token". */
static bool is_indented_by_tab(const char *text, int line)
{
	while (--line > 0 && text != NULL) {
		text = strchr(text, '\n');
		text = text == NULL ? NULL : text + 1;
	}
	return text != NULL && text[strspn(text, " ")] == '\t';
}

/* The next event, to be deleted by the caller unless false came back. */
static bool next_event(struct reader *r, yaml_event_t *ev)
{
	const char *problem;
	int line;

	if (r->ended)
		return false;
	if (yaml_parser_parse(&r->parser, ev))
		return true;
	line = line_of(&r->parser.problem_mark);
	problem = r->parser.problem;
	if (is_indented_by_tab(r->text, line))
		faults_add(
		    r->f, r->name, line, "indented by a tab, want blanks");
	else
		faults_add(r->f, r->name, line, "not valid YAML: %s",
		    problem != NULL ? problem : "cannot be read");
	r->ended = true;
	return false;
}

static void refuse(struct reader *r, const yaml_event_t *ev, const char *what)
{
	faults_add(r->f, r->name, line_of(&ev->start_mark),
	    "%s, want plain maps, lists and values", what);
}

static void refuse_extras(struct reader *r, const yaml_event_t *ev,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		refuse(r, ev, "an anchor (&)");
	if (tag != NULL)
		refuse(r, ev, "a tag (!)");
}

static void end_reading(struct reader *r, int line, const char *what)
{
	faults_add(r->f, r->name, line, "%s", what);
	r->ended = true;
}

/* The value of the key that begins with ev, under its name, or NULL where it is
 * left out; then that has been reported, and it is read to its end. */
static struct node *read_pair(
    struct reader *r, const struct node *map, yaml_event_t *ev, int depth)
{
	int line = line_of(&ev->start_mark);
	struct node *key = read_node(r, ev, depth), *value = NULL;
	bool is_word = key != NULL && key->kind == NODE_TEXT;
	const struct node *first = is_word ? node_get(map, key->text) : NULL;
	yaml_event_t next;

	if (key != NULL && !is_word)
		faults_add(r->f, r->name, key->line,
		    "a key that is a list or a map, want a word");
	if (first != NULL) {
		char *shown = node_shown(key->text);

		faults_add(r->f, r->name, line,
		    "%s: twice, want it once (line %d has it)", shown,
		    first->line);
		free(shown);
	}
	if (next_event(r, &next)) {
		value = read_node(r, &next, depth);
		yaml_event_delete(&next);
	}
	if (value != NULL && is_word && first == NULL) {
		value->key = xstrdup(key->text);
		value->line = line;
	} else {
		node_free(value);
		value = NULL;
	}
	node_free(key);
	return value;
}

/* Reads the events up to the end of the list or map. */
static void read_children(struct reader *r, struct node *node, int depth)
{
	bool is_map = node->kind == NODE_MAP;
	yaml_event_type_t last =
	    is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct node **tail = &node->child;
	yaml_event_t ev;

	for (int n = 0; next_event(r, &ev); n++) {
		bool end = ev.type == last;

		if (!end && n == YAML_MAX_ITEMS)
			end_reading(r, line_of(&ev.start_mark),
			    is_map ? "over 1000 keys in one map"
				   : "over 1000 items in one list");
		else if (!end)
			*tail = is_map ? read_pair(r, node, &ev, depth)
				       : read_node(r, &ev, depth);
		if (*tail != NULL)
			tail = &(*tail)->next;
		yaml_event_delete(&ev);
		if (end)
			return;
	}
}

/* The node that begins with ev, and all below it. NULL: reported. */
static struct node *read_node(struct reader *r, yaml_event_t *ev, int depth)
{
	struct node *node;

	if (ev->type == YAML_ALIAS_EVENT) {
		refuse(r, ev, "an alias (*)");
		return NULL;
	}
	if (depth == YAML_MAX_DEPTH) {
		end_reading(
		    r, line_of(&ev->start_mark), "nested over 16 levels deep");
		return NULL;
	}
	node = xcalloc(1, sizeof(*node));
	node->line = line_of(&ev->start_mark);
	if (ev->type == YAML_SCALAR_EVENT) {
		const char *text = (const char *)ev->data.scalar.value;
		size_t n = ev->data.scalar.length;

		node->kind = NODE_TEXT;
		refuse_extras(
		    r, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
		if (memchr(text, '\0', n) != NULL)
			faults_add(r->f, r->name, node->line,
			    "a NUL, want text without it");
		node->text = xstrndup(text, n);
		node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = NODE_LIST;
		refuse_extras(r, ev, ev->data.sequence_start.anchor,
		    ev->data.sequence_start.tag);
		read_children(r, node, depth + 1);
	} else {
		node->kind = NODE_MAP;
		refuse_extras(r, ev, ev->data.mapping_start.anchor,
		    ev->data.mapping_start.tag);
		read_children(r, node, depth + 1);
	}
	return node;
}

/* libyaml would also take UTF-16, and tells no line of a bad byte. */
static bool is_text(
    const char *name, const char *text, size_t len, struct faults *f)
{
	const char *line = text, *end = text + len;
	int n = 1;

	if (len > YAML_MAX_BYTES) {
		faults_add(f, name, 1, "over 256 KiB, want less");
		return false;
	}
	for (; line < end; n++) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));
		const char *next = eol == NULL ? end : eol + 1;

		if (!utf8_valid(line, (size_t)(next - line))) {
			faults_add(
			    f, name, n, "not text, want UTF-8 without NUL");
			return false;
		}
		line = next;
	}
	return true;
}

int node_parse(struct node **root, const char *name, const char *text,
    size_t len, struct faults *f)
{
	struct reader r = { .name = name, .f = f };
	size_t before = f->count;
	bool done = false;
	int documents = 0;
	yaml_event_t ev;
	char *copy;

	*root = NULL;
	if (!is_text(name, text, len, f))
		return -1;
	if (!yaml_parser_initialize(&r.parser))
		bug("out of memory for a YAML parser");
	copy = xstrndup(text, len);
	r.text = copy;
	yaml_parser_set_input_string(
	    &r.parser, (const unsigned char *)copy, len);
	while (!done && next_event(&r, &ev)) {
		done = ev.type == YAML_STREAM_END_EVENT;
		if (ev.type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
			end_reading(&r, line_of(&ev.start_mark),
			    "a second document (---), want one");
		else if (ev.type == YAML_ALIAS_EVENT ||
			 ev.type == YAML_SCALAR_EVENT ||
			 ev.type == YAML_SEQUENCE_START_EVENT ||
			 ev.type == YAML_MAPPING_START_EVENT)
			*root = read_node(&r, &ev, 0);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&r.parser);
	free(copy);
	if (r.ended) {
		node_free(*root);
		*root = NULL;
	}
	return f->count == before ? 0 : -1;
}
