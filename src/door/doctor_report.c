/* doctor_report.c - a finding as a line, and what every finder asks: whose
 * eyes it can see with, and which unit a mend names. */
#include "door/doctor_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <unistd.h>

/* -- lines ------------------------------------------------------------------
 */

static void vsay(struct doctor *d, enum style style, const char *grade,
    const char *what, const char *mend, const char *fmt, va_list ap)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "%-4s %s: ", grade, what);
	buf_vaddf(&line, fmt, ap);
	if (mend != NULL)
		buf_addf(&line, ": %s", mend);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == '\n')
			line.data[i] = ' ';
	terminal_say(&d->terminal, style, "%s", line.data);
	buf_release(&line);
}

void doctor_ok(struct doctor *d, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(d, STYLE_PLAIN, "ok", what, NULL, fmt, ap);
	va_end(ap);
}

void doctor_warn(
    struct doctor *d, const char *what, const char *mend, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(d, STYLE_BOLD, "warn", what, mend, fmt, ap);
	va_end(ap);
}

void doctor_fail(
    struct doctor *d, const char *what, const char *mend, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(d, STYLE_BAD, "fail", what, mend, fmt, ap);
	va_end(ap);
	d->fails++;
}

/* -- where and who ----------------------------------------------------------
 */

static const char packaged[] = "/etc/orchestrator";

bool doctor_is_packaged(const struct doctor *d)
{
	return d->config.dir != NULL && str_starts(d->config.dir, packaged);
}

char *doctor_unit_command(
    const struct doctor *d, const char *verb, const char *unit)
{
	int n = (int)strcspn(unit, "."); /* orchestrator@NAME.socket */
	const char *instance;

	if (!doctor_is_packaged(d))
		return xasprintf(
		    "systemctl --user %s %s, or as you set it up", verb, unit);
	instance = d->config.dir + strlen(packaged);
	instance += strspn(instance, "/");
	return xasprintf("systemctl %s %.*s%s%s%s", verb, n, unit,
	    instance[0] != '\0' ? "@" : "", instance, unit + n);
}

char *doctor_upstream(const struct doctor *d)
{
	const struct config *c = &d->config;

	return c->server.socket != NULL
		   ? xasprintf("unix:%s", c->server.socket)
		   : xasprintf("%s:%d", c->server.host, c->server.port);
}

bool doctor_may_be(const struct account *a)
{
	return geteuid() == 0 || a->uid == geteuid();
}

/* There and back by the effective ids: nobody else runs in this process. */
bool doctor_access(const struct account *a, const char *path, int mode)
{
	bool other = a->uid != geteuid();
	bool may;
	int error;

	if (other && (setgroups(a->n_groups, a->groups) != 0 ||
			 setegid(a->gid) != 0 || seteuid(a->uid) != 0))
		bug("root cannot become uid %d", (int)a->uid);
	may = faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
	error = errno;
	if (other &&
	    (seteuid(0) != 0 || setegid(0) != 0 || setgroups(0, NULL) != 0))
		bug("cannot become root again");
	errno = error;
	return may;
}
