/* logs_access.c - webhook-access.log: one line a request, never a secret. */
#include "base/path.h"
#include "core/json.h"
#include "store/log_file.h"
#include "store/logs.h"

#include <unistd.h>

enum { FIELD_MAX = 256 };

void access_log_init(struct access_log *a, const char *dir)
{
	*a = (struct access_log){ .path = path_join(dir, "webhook-access.log"),
		.fd = -1 };
	atomic_init(&a->is_stale, false);
}

static void close_file(struct access_log *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

void access_log_release(struct access_log *a)
{
	close_file(a);
	free(a->path);
	a->path = NULL;
}

void access_log_reopen(struct access_log *a)
{
	atomic_store(&a->is_stale, true);
}

/* One word: what could be taken for the end of it is percent-encoded. */
static void add_word(struct buf *line, const char *word)
{
	if (word == NULL || *word == '\0')
		word = "-";
	for (size_t i = 0; word[i] != '\0' && i < FIELD_MAX; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c <= ' ' || c >= 0x7f || c == '"')
			buf_addf(line, "%%%02X", c);
		else
			buf_addc(line, (char)c);
	}
	buf_addc(line, ' ');
}

static void add_user(struct buf *line, const char *user)
{
	struct json_object *quoted;
	char *clean;

	if (user == NULL) {
		buf_adds(line, "- ");
		return;
	}
	clean = log_file_one_line(user, FIELD_MAX);
	quoted = json_object_new_string(clean);
	buf_addf(line, "%s ",
	    json_object_to_json_string_ext(
		quoted, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(quoted);
	free(clean);
}

void access_log_write(struct access_log *a, const struct access_entry *e)
{
	int64_t now = clock_now();
	struct buf line = BUF_INIT;

	if (atomic_exchange(&a->is_stale, false)) {
		close_file(a);
		a->second = 0;
	}
	if (a->fd < 0)
		a->fd = log_file_open(a->path);
	/* The time of day is the same for many lines, and dear: libc's zone has
	 * a lock. */
	if (a->second != now)
		clock_rfc3339(now, a->when);
	a->second = now;
	add_word(&line, a->when);
	add_word(&line, e->peer);
	add_word(&line, e->method);
	add_word(&line, e->path);
	add_word(&line, e->command);
	add_user(&line, e->user);
	buf_addf(&line, "%d %lld\n", e->status, (long long)e->microseconds);
	if (a->fd >= 0)
		log_file_write(a->fd, line.data, line.len);
	buf_release(&line);
}
