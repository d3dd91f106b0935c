/* background.c - what was announced, and how it ended. */
#include "core/claude/background.h"

enum { WORKS_MAX = 256, NAME_MAX_BYTES = 100, NAMED_IN_REASON = 3 };

void background_release(struct background *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->works[i].id);
		free(b->works[i].name);
	}
	free(b->works);
	*b = (struct background){ 0 };
}

static struct work *find(const struct background *b, const char *id)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->works[i].id, id) == 0)
			return &b->works[i];
	return NULL;
}

void background_started(struct background *b, const char *id, const char *name)
{
	struct work *w = find(b, id);

	if (*id == '\0' || (w == NULL && b->n == WORKS_MAX))
		return;
	if (w == NULL) {
		b->works = xrealloc(b->works, b->n + 1, sizeof(*b->works));
		w = &b->works[b->n++];
		*w = (struct work){ .id = xstrdup(id) };
	}
	w->state = WORK_RUNNING;
	if (*name != '\0') {
		free(w->name);
		w->name = xstrndup(
		    name, utf8_cut(name, strlen(name), NAME_MAX_BYTES));
	}
}

void background_ended(struct background *b, const char *id, const char *status)
{
	static const struct {
		const char *status;
		enum work_state state;
	} ends[] = {
		{ "completed", WORK_DONE },
		{ "failed", WORK_FAILED },
		{ "stopped", WORK_CUT_OFF },
		{ "killed", WORK_CUT_OFF },
	};
	struct work *w = find(b, id);

	if (w == NULL || w->state == WORK_DROPPED)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(status, ends[i].status) == 0)
			w->state = ends[i].state;
}

void background_dropped(struct background *b, const char *id)
{
	struct work *w = find(b, id);

	if (w != NULL && w->state == WORK_RUNNING)
		w->state = WORK_DROPPED;
}

void background_list_begin(struct background *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->works[i].state == WORK_RUNNING)
			b->works[i].state = WORK_DONE;
}

bool background_runs(const struct background *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->works[i].state == WORK_RUNNING)
			return true;
	return false;
}

void background_explain(struct buf *out, const struct background *b)
{
	static const char *const how[] = {
		[WORK_RUNNING] = "had not ended",
		[WORK_FAILED] = "failed",
		[WORK_CUT_OFF] = "was cut off",
	};
	size_t bad = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct work *w = &b->works[i];

		if (w->state == WORK_DONE || w->state == WORK_DROPPED ||
		    ++bad > NAMED_IN_REASON)
			continue;
		buf_adds(out, bad == 1 ? "background work: " : "; ");
		buf_addf(out, "\"%s\" %s", w->name != NULL ? w->name : w->id,
		    how[w->state]);
	}
	if (bad > NAMED_IN_REASON)
		buf_addf(out, "; and %zu more", bad - NAMED_IN_REASON);
}
