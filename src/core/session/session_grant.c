/* session_grant.c - from one yes to those that need no question. */
#include "core/session/session_grant.h"
#include "base/path.h"
#include "core/session/session_fields.h"

char *grant_folder(const struct ask *a)
{
	return a->file == NULL || path_name(a->file)[0] == '.'
		   ? NULL
		   : path_folder(a->file);
}

void grant_line(struct buf *out, const struct ask *a)
{
	char *folder = grant_folder(a);

	if (folder == NULL) {
		ask_line(out, a);
		return;
	}
	buf_addf(out, "%s in ", a->tool);
	ask_show(out, folder, strlen(folder));
	free(folder);
}

void grant_remember(struct session *s, int64_t now, const char *by)
{
	struct buf what = BUF_INIT;
	struct grant *g;

	if (s->n_grants == GRANTS_KEPT) {
		fields_release(&grant_fields, &s->grants[0]);
		memmove(s->grants, s->grants + 1,
		    sizeof(s->grants[0]) * --s->n_grants);
	}
	g = &s->grants[s->n_grants++];
	grant_line(&what, &s->ask);
	*g = (struct grant){
		.tool = xstrdup(s->ask.tool),
		.folder = grant_folder(&s->ask),
		.what = buf_detach(&what),
		.by = xstrdup(by),
		.at = now,
	};
	memcpy(g->hash, s->ask.hash, sizeof(g->hash));
}

static bool is_below(const char *folder, const char *file)
{
	size_t n = strlen(folder);

	if (strncmp(file, folder, n) != 0)
		return false;
	if (folder[n - 1] != '/' && file[n++] != '/')
		return false;
	return file[n] != '.' && strstr(file + n, "/.") == NULL;
}

static bool covers(const struct grant *g, const struct ask *a)
{
	if (g->folder == NULL)
		return strcmp(g->hash, a->hash) == 0;
	return a->file != NULL && strcmp(g->tool, a->tool) == 0 &&
	       is_below(g->folder, a->file);
}

const struct grant *session_find_grant(
    const struct session *s, const struct ask *a)
{
	for (size_t i = 0; i < s->n_grants; i++)
		if (covers(&s->grants[i], a))
			return &s->grants[i];
	return NULL;
}
