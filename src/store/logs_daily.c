/* logs_daily.c - logs_dir/YYYY-MM-DD.log, a new file each day. */
#include "base/clock.h"
#include "base/path.h"
#include "store/log_file.h"
#include "store/logs.h"

#include <unistd.h>

enum { MESSAGE_BYTES_MAX = 8192 };

/* What a format can name; a table, so that the check and the writing agree. */
enum field { ASCTIME, LEVELNAME, MESSAGE, NAME, PROCESS, FIELDS };
static const char *const field_text[] = {
	[ASCTIME] = "%(asctime)s",
	[LEVELNAME] = "%(levelname)s",
	[MESSAGE] = "%(message)s",
	[NAME] = "%(name)s",
	[PROCESS] = "%(process)d",
};
_Static_assert(ARRAY_SIZE(field_text) == FIELDS, "write every field");

struct entry {
	enum log_level level;
	const char *name, *text;
};

static int field_at(const char *p)
{
	for (int i = 0; i < FIELDS; i++)
		if (str_starts(p, field_text[i]))
			return i;
	return -1;
}

bool log_format_ok(const char *format, char **bad)
{
	for (const char *p = format; *p != '\0';) {
		int field = field_at(p);
		const char *close;

		if (field >= 0) {
			p += strlen(field_text[field]);
			continue;
		}
		if (*p != '%' || p[1] == '%') {
			p += *p == '%' ? 2 : 1;
			continue;
		}
		/* "%(nonsense)s" whole where it looks like a field, else the
		 * sign and what follows it. */
		close = p[1] == '(' ? strchr(p, ')') : NULL;
		if (close == NULL)
			close = p;
		*bad = xstrndup(p, (size_t)(close - p) + 2);
		return false;
	}
	return true;
}

static void write_entry(
    struct buf *line, const char *format, const struct entry *e, int64_t now_us)
{
	char time[CLOCK_TEXT];

	for (const char *p = format; *p != '\0';) {
		int field = field_at(p);

		switch (field) {
		case ASCTIME:
			clock_local(
			    now_us / 1000000, "%Y-%m-%d %H:%M:%S", time);
			buf_addf(
			    line, "%s,%03d", time, (int)(now_us / 1000 % 1000));
			break;
		case LEVELNAME:
			buf_adds(line, log_level_name[e->level]);
			break;
		case MESSAGE:
			buf_adds(line, e->text);
			break;
		case NAME:
			buf_adds(line, e->name);
			break;
		case PROCESS:
			buf_addf(line, "%d", (int)getpid());
			break;
		case -1: /* one character; of two percent signs one */
			p += *p == '%' && p[1] == '%';
			buf_addc(line, *p++);
			continue;
		default:
			bug("a field of the log that nobody writes: %d", field);
		}
		p += strlen(field_text[field]);
	}
	buf_addc(line, '\n');
}

void daily_log_init(struct daily_log *d, const char *dir, const char *format)
{
	*d = (struct daily_log){
		.dir = xstrdup(dir), .format = xstrdup(format), .fd = -1
	};
	pthread_mutex_init(&d->lock, NULL);
}

static void close_day(struct daily_log *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

void daily_log_release(struct daily_log *d)
{
	close_day(d);
	free(d->dir);
	free(d->format);
	d->dir = d->format = NULL;
	pthread_mutex_destroy(&d->lock);
}

void daily_log_reopen(struct daily_log *d, const char *format)
{
	pthread_mutex_lock(&d->lock);
	if (format != NULL)
		xreplace(&d->format, format);
	close_day(d); /* the next line opens it */
	pthread_mutex_unlock(&d->lock);
}

void daily_log_sink(
    void *arg, enum log_level level, const char *name, const char *text)
{
	struct daily_log *d = arg;
	char *clean = log_file_one_line(text, MESSAGE_BYTES_MAX);
	struct entry e = { level, name, clean };
	int64_t now_us = clock_now_us();
	char today[CLOCK_TEXT];
	struct buf line = BUF_INIT;

	pthread_mutex_lock(&d->lock);
	write_entry(&line, d->format, &e, now_us);
	clock_local(now_us / 1000000, "%Y-%m-%d", today);
	if (d->fd < 0 || strcmp(today, d->date) != 0) {
		char *file, *path;

		close_day(d);
		snprintf(d->date, sizeof(d->date), "%.10s", today);
		file = xasprintf("%s.log", d->date);
		path = path_join(d->dir, file);
		d->fd = log_file_open(path);
		free(path);
		free(file);
	}
	if (d->fd >= 0)
		log_file_write(d->fd, line.data, line.len);
	pthread_mutex_unlock(&d->lock);
	buf_release(&line);
	free(clean);
}
