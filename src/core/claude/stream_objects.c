/* stream_objects.c - looks over the bytes first, builds a tree afterwards.
 *
 * core/json's parser is too strict here: it is for what asks something of us.
 * A tool may print NUL or half a surrogate pair, and a result must not be lost
 * for that. The look only tells where an object ends and what its tree costs;
 * whether it is one is for json-c to say. */
#include "core/claude/stream_objects.h"

#include <ctype.h>

enum {
	LINE_DEPTH = 256,
	/* Read in vain on one line, beyond the first try. */
	SPARE = 512 * 1024,
	/* A tree may need so many bytes; json-c's own sizes, rounded up. */
	TREE_MAX = 16 * 1024 * 1024,
	OBJECT_COST = 1000,
	ARRAY_COST = 400,
	MEMBER_COST = 200,
	ELEMENT_COST = 80
};

struct look {
	const char *p, *end;
	size_t cost;
	char open[LINE_DEPTH]; /* the brackets that are to come */
	size_t depth;
};

void line_objects_init(struct line_objects *l, const char *line, size_t n)
{
	*l = (struct line_objects){ line, line + n, SPARE };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* At the opening quote. Half a line that ends in a string is known by what
 * follows the quote that seems to close it. */
static bool pass_string(struct look *k)
{
	for (k->p++; k->p < k->end && *k->p != '"'; k->p++)
		if (*k->p == '\\' && k->end - k->p > 1)
			k->p++;
	if (k->p >= k->end)
		return false;
	for (k->p++; k->p < k->end && is_blank(*k->p); k->p++)
		;
	return k->p < k->end && *k->p != '\0' && strchr(",:]}", *k->p) != NULL;
}

static bool open_bracket(struct look *k, char close, size_t cost)
{
	if (k->depth == sizeof(k->open))
		return false;
	k->open[k->depth++] = close;
	k->cost += cost;
	k->p++;
	return true;
}

/* One byte, or a string. Returns false where no JSON goes on like this. */
static bool step(struct look *k)
{
	switch (*k->p) {
	case '"':
		return pass_string(k);
	case '{':
		return open_bracket(k, '}', OBJECT_COST);
	case '[':
		return open_bracket(k, ']', ARRAY_COST);
	case '}':
	case ']':
		return k->open[--k->depth] == *k->p++;
	case ':':
		k->cost += MEMBER_COST;
		break;
	case ',':
		k->cost += ELEMENT_COST;
		break;
	case '+':
	case '-':
	case '.':
		break;
	default:
		if (!is_blank(*k->p) && !isalnum((unsigned char)*k->p))
			return false;
	}
	k->p++;
	return true;
}

/* From an opening brace: p is behind the one that closes it then. */
static bool pass_object(struct look *k)
{
	do {
		if (!step(k))
			return false;
	} while (k->depth > 0 && k->p < k->end);
	return k->depth == 0;
}

static struct json_object *parse(const char *text, size_t n)
{
	struct json_tokener *tok = json_tokener_new_ex(LINE_DEPTH);
	struct json_object *o;

	if (tok == NULL)
		bug("out of memory for a JSON parser");
	o = json_tokener_parse_ex(tok, text, (int)n);
	if (o != NULL && json_tokener_get_parse_end(tok) != n) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}

bool line_objects_next(struct line_objects *l, struct line_object *found)
{
	const char *brace = l->at;
	int tries = 0;

	*found = (struct line_object){ .before = l->at };
	while (l->budget > 0 && brace < l->end &&
	       (brace = memchr(brace, '{', (size_t)(l->end - brace))) != NULL) {
		struct look k = { .p = brace, .end = l->end };
		bool whole = pass_object(&k), too_large = k.cost > TREE_MAX;

		if (whole && !too_large)
			found->o = parse(brace, (size_t)(k.p - brace));
		if (found->o != NULL || (whole && too_large)) {
			found->n_before = (size_t)(brace - l->at);
			l->at = k.p;
			return true;
		}
		if (tries++ > 0 || whole) {
			size_t n = (size_t)(k.p - brace) * (whole ? 4 : 1);

			l->budget -= n < l->budget ? n : l->budget;
		}
		brace++;
	}
	found->n_before = (size_t)(l->end - l->at);
	l->at = l->end;
	return false;
}
