/* doctor_supervisor.c - is there a supervisor, and may it do its work? */
#include "base/durable.h"
#include "base/sock.h"
#include "door/client.h"
#include "door/doctor_parts.h"
#include "engine/agent.h"
#include "engine/process.h"

#include <linux/capability.h>
#include <unistd.h>

enum { PING_LIMIT_MS = 3000, PROC_MAX = 1024 * 1024 };

/* Who opened the control socket; 0 where that cannot be told. */
static pid_t who_listens(const struct config *c)
{
	char *path = config_run_path(c, "control.sock");
	int fd = sock_connect_unix(path, NULL);
	pid_t pid = fd >= 0 ? sock_peer_pid(fd) : -1;

	if (fd >= 0)
		close(fd);
	free(path);
	return pid > 0 ? pid : 0;
}

/* *text to be freed; NULL where it cannot be read. */
static void read_proc(pid_t pid, const char *name, char **text, size_t *n)
{
	char *path = xasprintf("/proc/%d/%s", (int)pid, name);

	*text = NULL;
	if (read_file(path, PROC_MAX, text, n, NULL) != 0)
		*text = NULL;
	free(path);
}

/* Claude is to be looked for as the supervisor would, not as root's shell. Of
 * its environment only what Claude gets: with the rest (OPENSSL_CONF names a
 * library to load) its account could become ours. Whose certificates to trust
 * may be said for this one look. */
static void adopt_environment(const struct config *c, pid_t pid)
{
	size_t n;
	char *text;
	char *trusted = xstrdup(getenv("SSL_CERT_FILE"));

	read_proc(pid, "environ", &text, &n);
	if (text == NULL || n == 0) {
		free(trusted);
		free(text);
		return; /* another account's: ours has to do */
	}
	clearenv();
	for (char *at = text; at < text + n; at += strlen(at) + 1) {
		char *equals = strchr(at, '=');

		if (equals == NULL || !agent_env_wants(c, at))
			continue;
		*equals = '\0';
		setenv(at, equals + 1, 1);
		at = equals + 1;
	}
	if (trusted != NULL)
		setenv("SSL_CERT_FILE", trusted, 1);
	free(trusted);
	free(text);
}

/* May the supervisor change accounts, and signal another's? It has its
 * capabilities kept by its spawner, where it needs any; itself where there is
 * none. */
static bool may_switch(pid_t supervisor)
{
	static const char key[] = "\nCapEff:";
	const unsigned long long wanted =
	    1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL;
	struct process_list l = PROCESS_LIST_INIT;
	pid_t who = supervisor;
	char *text;
	const char *line;
	bool may = true;
	size_t n;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++) {
		if (l.v[i].ppid != supervisor)
			continue;
		read_proc(l.v[i].pid, "comm", &text, &n);
		if (str_equal(text, "orch-spawner\n"))
			who = l.v[i].pid;
		free(text);
	}
	process_list_release(&l);
	read_proc(who, "status", &text, &n);
	line = text != NULL ? strstr(text, key) : NULL;
	if (line != NULL)
		may =
		    (strtoull(line + strlen(key), NULL, 16) & wanted) == wanted;
	free(text);
	return may;
}

/* Without root or capabilities it can only run Claude as itself. */
static void check_switch(struct doctor *d, bool may)
{
	if (d->claude.uid == d->self.uid || may)
		return;
	doctor_fail(d, "claude.user",
	    "leave the key out, or give the supervisor CAP_SETUID, CAP_SETGID and CAP_KILL, as the package's unit does",
	    "the supervisor runs as '%s' and may not become '%s'", d->self.name,
	    d->claude.name);
}

/* A reload leaves it as it was: whom the supervisor runs Claude as, in its
 * answer to a ping, and what the configuration says now. */
static void check_user(struct doctor *d, const struct answer *a)
{
	const char *now = d->config.claude.user, *running = NULL;
	struct json_object *said;
	char *mend;

	if (!json_object_object_get_ex(a->body, "claude_user", &said))
		return; /* of an earlier version */
	running = json_object_get_string(said);
	/* Filled in for our own eyes, where we are root (doctor.c). */
	if (running == NULL && str_equal(now, d->self.name))
		return;
	if (d->user_faulty || str_equal(now, running))
		return;
	mend = doctor_unit_command(d, "restart", "orchestrator-supervisor");
	doctor_warn(d, "claude.user", mend,
	    "the supervisor runs Claude as '%s' until it is started anew, not as '%s'",
	    running != NULL ? running : d->self.name,
	    now != NULL ? now : d->self.name);
	free(mend);
}

static void check_none(struct doctor *d)
{
	bool held = client_supervisor_holds_lock(&d->config);
	/* Starting what runs already would do nothing. */
	char *mend = doctor_unit_command(
	    d, held ? "restart" : "start", "orchestrator-supervisor");

	if (held)
		doctor_fail(d, "supervisor", mend,
		    "one holds '%s/lock' and does not listen: end it",
		    d->config.paths.run_dir);
	else if (d->config.server.supervisor == SUPERVISOR_EXTERNAL)
		doctor_fail(d, "supervisor", mend,
		    "none runs, and server.supervisor is external");
	else
		doctor_ok(d, "supervisor",
		    "none runs; one is started when it is needed");
	if (d->config.server.supervisor == SUPERVISOR_AUTO)
		check_switch(d, d->self.uid == 0);
	free(mend);
}

void doctor_supervisor(struct doctor *d)
{
	struct answer a = ANSWER_INIT;
	struct error err = ERROR_INIT;
	enum client_result result =
	    client_call(&d->config, WIRE_PING, NULL, PING_LIMIT_MS, &a, &err);
	char *mend =
	    doctor_unit_command(d, "restart", "orchestrator-supervisor");

	if (result == CLIENT_ANSWERED) {
		d->supervisor = who_listens(&d->config);
		doctor_ok(
		    d, "supervisor", "process %d answers", (int)d->supervisor);
		check_switch(d, may_switch(d->supervisor));
		check_user(d, &a);
		adopt_environment(&d->config, d->supervisor);
	} else if (result == CLIENT_NO_SUPERVISOR) {
		check_none(d);
	} else {
		doctor_fail(d, "supervisor", mend, "%s", err.text);
	}
	free(mend);
	answer_release(&a);
}
