/* yaml.h - a small YAML file as a small tree, every node with its line.
 *
 * Only what a configuration needs: one document of maps, lists and scalars.
 * Aliases, anchors, tags, repeated keys and a second document are faults; so
 * are more than YAML_MAX_BYTES (libyaml takes quadratic time for nesting),
 * YAML_MAX_DEPTH levels or YAML_MAX_ITEMS in one map or list.
 *
 * Nothing here is called yaml_something: libyaml's own internals are, and they
 * would be taken for ours. */
#ifndef STORE_YAML_H
#define STORE_YAML_H

#include "base/faults.h"

enum {
	YAML_MAX_BYTES = 256 * 1024,
	YAML_MAX_DEPTH = 16,
	YAML_MAX_ITEMS = 1000,
};

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

/* One node and, through child and next, all that is below and beside it. */
struct node {
	enum node_kind kind;
	int line;    /* where it begins; for a value in a map, its key's */
	bool quoted; /* of a text: quotes or a block, so "null" is a word */
	char *key;   /* inside a map, else NULL */
	char *text;  /* of a text, free of NUL */
	struct node *child, *next;
};

/* Reads text. Returns 0, or -1 when f has at least one fault more. *root is
 * NULL when there is nothing in the text, or nothing that could be read; else
 * to be freed, after a fault too: then it is what was left, so that more
 * faults can be found in it. name stands for the file. */
int node_parse(struct node **root, const char *name, const char *text,
    size_t len, struct faults *f);

void node_free(struct node *node);

/* The value of key in map, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

/* Nothing, ~ or null, unquoted: as if the key were not there. */
bool node_is_null(const struct node *node);

/* Text as a message may repeat it: one line, clean, short. To be freed. */
char *node_shown(const char *text);

#endif
