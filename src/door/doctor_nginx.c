/* doctor_nginx.c - nginx's configuration, and the socket behind it. */
#include "base/clock.h"
#include "base/path.h"
#include "base/sock.h"
#include "door/doctor_parts.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NGINX_LIMIT = 30, WORD_MAX = 256, TCP_LIMIT_MS = 3000 };

static const char path_variable[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* -- what the configuration is read for -------------------------------------
 *
 * As whom nginx runs, whether the site is enabled, and its address. Whether the
 * site leads to us and knows the secret is found out by asking that address. */

/* The next line of *text that is no comment, without blanks before it, to be
 * freed; NULL: there is none. */
static char *next_line(const char **text)
{
	while (**text != '\0') {
		const char *line = *text + strspn(*text, " \t\n");
		size_t n = strcspn(line, "\n");

		*text = line + n;
		if (n > 0 && line[0] != '#')
			return xstrndup(line, n);
	}
	return NULL;
}

/* What the block that a line stands in has said so far. */
struct block {
	char name[WORD_MAX], port[WORD_MAX];
};

/* Is our path there? *b is then the block that it stands in. */
static bool find_block(struct block *b, const char *text)
{
	char address[WORD_MAX], *line;
	const char *colon;
	bool found = false;

	*b = (struct block){ "", "" };
	while (!found && (line = next_line(&text)) != NULL) {
		bool tls = strstr(line, "ssl") != NULL &&
			   strstr(line, "unix:") == NULL;

		if (str_starts(line, "server") && strchr(line, '{') != NULL)
			*b = (struct block){ "", "" };
		else if (sscanf(line, "server_name %255[^; \t]", b->name) !=
			     1 &&
			 tls &&
			 sscanf(line, "listen %255[^; \t]", address) == 1) {
			colon = strrchr(address, ':');
			snprintf(b->port, sizeof(b->port), "%s",
			    colon != NULL ? colon + 1 : address);
		}
		found = strstr(line, "/webhook/status") != NULL;
		free(line);
	}
	return found;
}

/* Behind the head that nginx -T gives to the file that leads to us: one nginx
 * may serve several instances, and each has a secret of its own. */
static const char *own_file(const struct doctor *d, const char *text)
{
	static const char head[] = "\n# configuration file ";
	char *to = doctor_upstream(d);
	const char *found = strstr(text, to), *next;

	while (found != NULL && (next = strstr(text, head)) != NULL &&
	       next < found)
		text = next + strlen(head);
	free(to);
	return text;
}

static void read_site(struct doctor *d, const char *text)
{
	static const char none[] = "the orchestrator's site is not enabled";
	struct block b, other;
	bool ours = find_block(&b, own_file(d, text));

	/* A project that is run at the terminal alone needs none. */
	if (ours || find_block(&other, text))
		doctor_ok(d, "nginx", "the site is enabled");
	else if (doctor_is_packaged(d) || d->nginx != NULL)
		doctor_fail(d, "nginx",
		    "ln -s ../sites-available/orchestrator /etc/nginx/sites-enabled/ && nginx -t && systemctl reload nginx",
		    "%s", none);
	else
		doctor_warn(d, "nginx",
		    "for webhooks enable it, or make one of your own (orchestrator init --systemd)",
		    "%s", none);
	if (!ours || b.port[0] == '\0' || b.name[0] == '\0' ||
	    strpbrk(b.name, "_*~") != NULL)
		return;
	d->server = strcmp(b.port, "443") == 0
			? xasprintf("https://%s", b.name)
			: xasprintf("https://%s:%s", b.name, b.port);
}

/* -- asking nginx -----------------------------------------------------------
 */

/* The line that says what is wrong; to be freed. */
static char *complaint(const struct said *s)
{
	static const char tag[] = "[emerg] ";
	const char *at = strstr(s->err.data, tag);
	size_t number;

	if (at == NULL)
		return said_last(s);
	at += strlen(tag);
	number = strspn(at, "0123456789#"); /* "123#123: ", at times */
	if (number > 0 && at[number] == ':')
		at += number + 1;
	at += strspn(at, " ");
	return xstrndup(at, strcspn(at, "\n"));
}

/* nginx -T: is it right, and what is it? Returns 0, or -1 (told). */
static int ask_nginx(struct doctor *d, struct buf *text)
{
	struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	struct child_spec spec = { .argv = &argv, .env = &env };
	struct said s = SAID_INIT;
	struct error err = ERROR_INIT;
	char *path = d->nginx ? path_real(d->nginx) : NULL;
	char *folder = path ? path_folder(path) : NULL, *why;
	int rc = -1;

	strvec_add(&env, path_variable);
	strvec_add(&argv, "nginx");
	strvec_add(&argv, "-T");
	if (path != NULL) {
		strvec_add(&argv, "-p");
		strvec_add(&argv, folder);
		strvec_add(&argv, "-c");
		strvec_add(&argv, path);
	}
	if (doctor_run(&spec, "", NGINX_LIMIT, &s, &err) != 0) {
		doctor_warn(d, "nginx",
		    "webhooks want one in front: apt install nginx-light", "%s",
		    err.text);
	} else if (s.wait_status != 0 || s.timed_out) {
		why = complaint(&s);
		doctor_fail(d, "nginx",
		    strstr(why, "cannot load certificate") != NULL
			? "make it first (certbot certonly, see docs/server.md), or name another in the site, then nginx -t && systemctl reload nginx"
			: "change it there, then nginx -t && systemctl reload nginx",
		    "nginx -t: %s", why);
		free(why);
	} else {
		buf_add(text, s.out.data, s.out.len);
		rc = 0;
	}
	free(folder);
	free(path);
	said_release(&s);
	strvec_release(&argv);
	strvec_release(&env);
	return rc;
}

void doctor_nginx(struct doctor *d)
{
	char name[WORD_MAX] = "www-data"; /* as Debian's is built */
	struct buf text = BUF_INIT;
	const char *at;
	bool found = false;
	char *line;

	if (geteuid() != 0 && d->nginx == NULL)
		doctor_warn(d, "nginx",
		    "sudo orchestrator doctor, or --nginx FILE for one of your own",
		    "its configuration cannot be read without root");
	else if (ask_nginx(d, &text) == 0)
		read_site(d, text.data);
	at = text.data;
	while (!found && (line = next_line(&at)) != NULL) {
		found = sscanf(line, "user %255[^; \t]", name) == 1;
		free(line);
	}
	/* Without root nginx stays who started it. */
	account_find(&d->nginx_account,
	    geteuid() != 0 && d->nginx != NULL ? d->self.name : name, NULL);
	buf_release(&text);
}

/* -- the socket -------------------------------------------------------------
 */

static bool nginx_reaches(
    const struct doctor *d, const char *path, const struct stat *st)
{
	const struct account *a = &d->nginx_account;
	mode_t bit = S_IWOTH;

	if (a->name == NULL)
		return true; /* no such account: no nginx of that kind */
	if (doctor_may_be(a))
		return doctor_access(a, path, W_OK);
	/* By the file's own mode, where we cannot take nginx's place. */
	for (size_t i = 0; i < a->n_groups; i++)
		if (a->groups[i] == st->st_gid)
			bit = S_IWGRP;
	if (a->uid == st->st_uid)
		bit = S_IWUSR;
	return a->uid == 0 || (st->st_mode & bit) != 0;
}

static void check_unix(struct doctor *d, const char *path)
{
	char *mend = doctor_unit_command(d, "start", "orchestrator.socket");
	struct error err = ERROR_INIT;
	struct stat st;
	bool there = stat(path, &st) == 0;
	int why = errno, fd = there ? sock_connect_unix(path, &err) : -1;

	if (!there)
		doctor_fail(d, "socket", mend,
		    "no responder listens at '%s': %s", path, strerror(why));
	else if (fd < 0 && errno == ECONNREFUSED)
		doctor_fail(d, "socket", mend, "nobody listens at '%s'", path);
	else if (!nginx_reaches(d, path, &st))
		doctor_fail(d, "socket",
		    "systemctl edit orchestrator.socket: SocketGroup= nginx's group, SocketMode=0660; "
		    "or spawn-fcgi -M 0660 -G GROUP",
		    "nginx, as '%s', cannot write to '%s' (uid %u, gid %u, mode %04o)",
		    d->nginx_account.name, path, (unsigned)st.st_uid,
		    (unsigned)st.st_gid, (unsigned)st.st_mode & 07777);
	else if ((st.st_mode & S_IWOTH) != 0)
		doctor_warn(d, "socket",
		    "mode 0660 and nginx's group, or a folder closed to others",
		    "everybody may write to '%s', past nginx's checks", path);
	else
		doctor_ok(d, "socket", "%s", path);
	if (fd >= 0)
		close(fd);
	free(mend);
}

/* Within TCP_LIMIT_MS: an address that drops packets holds nobody up. */
static bool address_answers(const struct addrinfo *a)
{
	int fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int64_t limit = clock_mono_ms() + TCP_LIMIT_MS;
	socklen_t n = sizeof(int);
	int why = -1;

	if (fd < 0)
		return false;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		why = 0;
	else if (errno == EINPROGRESS && sock_wait(fd, POLLOUT, limit) > 0)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n);
	close(fd);
	return why == 0;
}

static bool tcp_answers(const char *host, int port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	char service[16];
	bool answers = false;

	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return false;
	for (struct addrinfo *a = found; a != NULL && !answers; a = a->ai_next)
		answers = address_answers(a);
	freeaddrinfo(found);
	return answers;
}

void doctor_socket(struct doctor *d)
{
	const struct config *c = &d->config;

	if (c->server.socket != NULL)
		check_unix(d, c->server.socket);
	else if (tcp_answers(c->server.host, c->server.port))
		doctor_warn(d, "socket",
		    "server.socket: run/fcgi.sock, and nginx's server the same",
		    "%s:%d answers: every account of this machine can speak to it, past nginx's checks",
		    c->server.host, c->server.port);
	else
		doctor_warn(d, "socket",
		    "for webhooks start one (orchestrator fcgi), or name server.socket",
		    "no responder listens at %s:%d", c->server.host,
		    c->server.port);
}
