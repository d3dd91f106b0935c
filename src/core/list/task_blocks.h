/* task_blocks.h - libcmark's blocks, on the lines of an outline.
 *
 * Only for task_outline.c. Lines in code and HTML become text; a block that
 * never ends is told, and is a fault where it holds structure. */
#ifndef CORE_TASK_BLOCKS_H
#define CORE_TASK_BLOCKS_H

#include "core/list/task_outline.h"

#include <cmark.h>

/* A line of libcmark's text that the source does not have. */
#define BLOCKS_NOWHERE ((size_t)-1)

/* Every block of the tree, outer before inner. where[k] is the index in o->v
 * of the line k + 1 of n that libcmark saw, or BLOCKS_NOWHERE. */
void blocks_apply(struct outline *o, cmark_node *doc, const size_t *where,
    size_t n, const char *name, struct faults *f);

#endif
