/* state.h - the durable record of one instance: state.json.
 *
 * Only the supervisor writes it. A reader sees the old record or the new,
 * never half of one, and after a power cut one of the two is there. The keys
 * are those of orchestrator-state(5); loading what was stored changes nothing.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/error.h"
#include "core/talk/answer.h"
#include "core/talk/notice.h"
#include "core/session/plan.h"
#include "core/session/session.h"
#include "store/writing.h"

enum {
	STATE_VERSION = 1,
	STATE_MAX_BYTES = 64 * 1024 * 1024,
	DELIVERIES_KEPT = 256,
	DELIVERY_ANSWER_MAX = 512,
	/* Past either of them some go, infos first. */
	NOTICES_MAX = 1000,
	NOTICES_BYTES_MAX = 16 * 1024 * 1024, /* of their payloads */
	RECEIPTS_KEPT = 32,
	REMINDERS_MAX = 3,
};

/* Where the receiver has put a message of ours, in words of its own (JSON). */
struct receipt {
	char *session;
	int task; /* 0: none */
	/* What its buttons are about; "": nothing, or they are gone. */
	char decision[DECISION_ID_SIZE];
	char *text;
};

/* How often a question that nobody answers has been told again. */
struct reminder {
	char decision[DECISION_ID_SIZE]; /* "": none was */
	int told;                        /* 1..REMINDERS_MAX */
	int64_t at;                      /* the last time */
};

/* A changing command that was answered: the same delivery_id gets the same
 * answer again. */
struct delivery {
	char *id;
	char fingerprint[33];
	int code;
	char *answer; /* a JSON object, <= DELIVERY_ANSWER_MAX bytes */
};

/* What Claude has cost on a day, in the configured zone. */
struct day_spent {
	char day[sizeof("2025-11-20")]; /* "": nothing yet */
	double usd;
};

/* When telegram.report was last seen to. */
struct report {
	char day[sizeof("2025-11-20")]; /* by local time; "": never */
	int64_t at;
};

/* A rollback that was begun, and whom it is to be told. Pointers may be NULL
 * and are its own. */
struct rollback {
	int task; /* as before that one; 0: none is under way */
	bool force;
	char asked[DECISION_ID_SIZE];
	char *by, *chat_id, *user, *delivery_id;
	char fingerprint[33]; /* of the delivery, or "" */
	int64_t at;
};

void rollback_release(struct rollback *r);
void rollback_copy(struct rollback *to, const struct rollback *from);

struct state {
	struct session session;
	struct plan plan; /* the last one that was asked for */
	/* The folder of the task logs as output_log shows it, relative to
	 * config.yaml's ("orchestrator_logs"); NULL: no task logs are kept. */
	char *logs_name;
	struct notice *notices; /* not yet delivered, oldest first */
	size_t n_notices;
	int64_t notices_dropped;     /* ever, undelivered */
	char *undelivered_error;     /* of the last try, one line; or NULL */
	struct delivery *deliveries; /* oldest first */
	size_t n_deliveries;
	struct receipt receipts[RECEIPTS_KEPT]; /* oldest first */
	size_t n_receipts;
	struct reminder reminder;
	struct day_spent spent;
	struct report report;
	struct rollback rollback;
	struct writing writing; /* of `add` or `note`, not yet in its file */
};

#define STATE_INIT                      \
	{                               \
		.session = SESSION_INIT \
	}

/* What is stored of each (state_fields.c). */
extern const struct fields state_fields, receipt_fields, rollback_fields;

void state_release(struct state *s);
/* to is fresh. */
void state_copy(struct state *to, const struct state *from);

/* Adds what was spent until now to the day's; what was on that day. */
void state_spend(struct state *s, int64_t now, double usd);
double state_spent(const struct state *s, int64_t now);

/* Is today's report, at that time of day, still to be seen to? */
bool state_report_is_due(
    const struct state *s, int64_t now, const char *minute);
/* Has anything happened since the last one? */
bool state_has_news(const struct state *s);
/* It is seen to. */
void state_reported(struct state *s, int64_t now);

/* The id of the attempt, rollback or plan that runs, or NULL. */
const char *state_runs(const struct state *s);

/* What of it a status says beside the session. activity may be NULL, and lives
 * as long as what is returned. */
struct status_extra state_extra(
    const struct state *s, int64_t now, const char *activity);

enum state_result {
	STATE_LOADED,
	STATE_NONE,       /* no such file: s is empty and good to use */
	STATE_CORRUPT,    /* not valid; err says what, at which key */
	STATE_UNREADABLE, /* permission, I/O, or a newer version: hands off */
};

enum state_result state_load(
    const char *path, struct state *s, struct error *err);
int state_store(const char *path, const struct state *s, struct error *err);

/* Can path be replaced, as every store does? A symbolic link would be, in the
 * place of what it names, and a file that is mounted cannot be. 0, also where
 * there is none, or -1 with the reason and the mend. */
int state_replaceable(const char *path, struct error *err);

/* The same on text, for the snapshot and the tests. s is fresh, and is fresh
 * again where it could not be parsed. What is printed can be parsed, and is
 * then printed to the same bytes: text that is not UTF-8 is mended, a number
 * of Claude's that makes no sense becomes 0. */
enum state_result state_parse(
    const char *text, size_t n, struct state *s, struct error *err);
void state_print(struct buf *out, const struct state *s);

/* Moves what is not valid to path.corrupt-YYYYMMDD-HHMMSS; its name in
 * *kept, to be freed. */
int state_rescue(const char *path, int64_t now, char **kept, struct error *err);

/* Before a new session is stored: the task logs and a copy of state.json go
 * to logs_dir/SESSION_ID/. Harmless when done twice; a log that is there
 * already is kept beside the newer one. */
int state_archive(const char *path, const char *logs_dir,
    const struct session *last, struct error *err);

/* Adds n (taken over). Past what may be kept the oldest infos are dropped and
 * counted; where there are none the oldest of all, but never the newest
 * question. */
void state_enqueue(struct state *s, struct notice *n);
/* Takes the notice with this id out. Returns false where there is none. */
bool state_dequeue(struct state *s, const char *id);

/* A copy of r; past RECEIPTS_KEPT the oldest goes. */
void state_keep_receipt(struct state *s, const struct receipt *r);
/* Of the newest message about this task, or NULL. */
const struct receipt *state_receipt(
    const struct state *s, const char *session, int task);
/* Are its buttons about what is no longer asked? */
bool receipt_is_settled(const struct state *s, const struct receipt *r);
/* The receiver has been told that these are settled. */
void state_forget_decisions(struct state *s, const struct strvec *ids);

const struct delivery *state_find_delivery(
    const struct state *s, const char *id);
/* Remembers an answer (cut to fit, still a valid object). */
void state_remember(struct state *s, const char *id, const char *fingerprint,
    int code, struct json_object *answer);

#endif
