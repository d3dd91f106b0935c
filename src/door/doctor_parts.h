/* doctor_parts.h - shared by doctor.c (who is asked, what is printed) and the
 * doctor_*.c files, each of which looks at one thing. Nobody else comes in. */
#ifndef DOOR_DOCTOR_PARTS_H
#define DOOR_DOCTOR_PARTS_H

#include "door/terminal.h"
#include "engine/child.h"
#include "store/config.h"

struct doctor {
	struct terminal terminal;
	struct config config;
	const char *url;       /* --url: https://..., or NULL */
	const char *nginx;     /* --nginx: its configuration, or NULL */
	bool notify;           /* --notify */
	struct account self;   /* that runs the supervisor */
	struct account claude; /* that runs Claude */
	bool user_faulty; /* claude.user has a fault: Claude is not asked */
	bool user_told;   /* what it lacks is told with the configuration */
	bool no_entry;    /* Claude's account cannot enter its folder */
	pid_t supervisor; /* that answers; 0: none */
	char *server;     /* the site's https://name:port, or NULL */
	struct account nginx_account; /* that nginx's workers run as */
	size_t fails;
};

/* A line each; mend: what to do. what: "claude", "folders". */
void doctor_ok(struct doctor *d, const char *what, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void doctor_warn(struct doctor *d, const char *what, const char *mend,
    const char *fmt, ...) PRINTF_LIKE(4, 5);
void doctor_fail(struct doctor *d, const char *what, const char *mend,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Is the configuration the package's, in /etc/orchestrator? */
bool doctor_is_packaged(const struct doctor *d);
/* "systemctl VERB UNIT", in an instance's form where it is one. To be
 * freed. */
char *doctor_unit_command(
    const struct doctor *d, const char *verb, const char *unit);

/* Where nginx's upstream is to lead: "unix:PATH" or "HOST:PORT". To be
 * freed. */
char *doctor_upstream(const struct doctor *d);

/* Can we see with that account's eyes: is it our own, or are we root? */
bool doctor_may_be(const struct account *a);
/* access(2) as that account, which may be. */
bool doctor_access(const struct account *a, const char *path, int mode);

/* -- the parts, in this order -----------------------------------------------
 */

void doctor_env(struct doctor *d);
void doctor_folders(struct doctor *d);
void doctor_state(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_workdir(struct doctor *d);
void doctor_supervisor(struct doctor *d);
void doctor_claude(struct doctor *d);
void doctor_nginx(struct doctor *d);
void doctor_socket(struct doctor *d);
void doctor_url(struct doctor *d);
void doctor_n8n(struct doctor *d);

/* -- tools ------------------------------------------------------------------
 */

/* What a short-lived program said and how it ended. */
struct said {
	struct buf out, err;
	int wait_status;
	bool timed_out;
	int64_t took_ms;
};

#define SAID_INIT                                \
	{                                        \
		.out = BUF_INIT, .err = BUF_INIT \
	}

void said_release(struct said *s);
/* The last line on standard error, else on standard output; to be freed. */
char *said_last(const struct said *s);
/* Runs it with input (short) on standard input, at most limit seconds, and
 * ends what it left in its process group. spec's descriptors and own_session
 * are set here. Returns 0 however it ended, or -1: it could not be started. */
int doctor_run(const struct child_spec *spec, const char *input, int limit,
    struct said *s, struct error *err);

/* One HTTP request. */
struct probe {
	const char *url;
	const char *body;    /* NULL: HEAD */
	const char **header; /* NULL-terminated, or NULL */
	bool unverified;     /* takes any certificate: never with a secret */

	long status;     /* 0: no answer */
	int64_t date;    /* of the Date header, 0: none */
	int64_t expires; /* of the server's certificate, 0: unknown */
	bool bad_certificate;
	char why[256];   /* there is no answer */
	char said[2048]; /* how the answer's body begins */
};

/* Before anything of a foreign environment is taken over: libcurl and OpenSSL
 * read theirs here. */
void doctor_probe_init(void);
void doctor_probe(struct probe *p);

#endif
