/* phases.c - the rows. */
#include "core/session/phases.h"

#define BIT(status) 1u << TASK_##status

/* clang-format off */
const struct phase_row phases[] = {
	[PHASE_IDLE] = { SESSION_IDLE, INTENT_NONE, ASK_NOTHING,
		0, "💤 Idle",
		"No session has been started",
		{ CMD_START, CMD_HELP, -1 }, { 0 }, { 0 } },
	[PHASE_APPROVAL] = { SESSION_WAITING, INTENT_NONE, ASK_APPROVAL,
		BIT(PENDING), "⏸️ Waiting for approval",
		"%s waits for approval",
		{ CMD_APPROVE, CMD_SKIP, CMD_PAUSE, CMD_STOP },
		{ CMD_APPROVE, CMD_RETRY, CMD_SKIP, CMD_STOP },
		{ CMD_RAISE, CMD_SKIP, CMD_PAUSE, CMD_STOP } },
	[PHASE_FAILED] = { SESSION_WAITING, INTENT_NONE, ASK_FAILED,
		BIT(FAILED), "❌ Waiting for you: a task did not succeed",
		"%s did not succeed",
		{ CMD_RETRY, CMD_SKIP, CMD_LOGS, CMD_STOP }, { 0 },
		{ CMD_RAISE, CMD_RETRY, CMD_SKIP, CMD_STOP } },
	[PHASE_INTERRUPTED] = { SESSION_WAITING, INTENT_NONE, ASK_INTERRUPTED,
		BIT(INTERRUPTED), "⚠️ Waiting for you: a task was interrupted",
		"%s was interrupted",
		{ CMD_RETRY, CMD_SKIP, CMD_LOGS, CMD_STOP }, { 0 },
		{ CMD_RAISE, CMD_RETRY, CMD_SKIP, CMD_STOP } },
	[PHASE_RUNNING] = { SESSION_RUNNING, INTENT_NONE, ASK_NOTHING,
		BIT(RUNNING), "⚙️ Running",
		"%s is running",
		{ CMD_STATUS, CMD_PAUSE, CMD_CANCEL, -1 }, { 0 }, { 0 } },
	[PHASE_PAUSING] = { SESSION_RUNNING, INTENT_PAUSE, ASK_NOTHING,
		BIT(RUNNING), "⚙️ Running, pausing after this task",
		"%s is running and a pause follows it",
		{ CMD_STATUS, CMD_RESUME, CMD_CANCEL, -1 }, { 0 }, { 0 } },
	[PHASE_CANCELLING] = { SESSION_RUNNING, INTENT_CANCEL, ASK_NOTHING,
		BIT(RUNNING), "🛑 Cancelling the task",
		"%s is being cancelled, which takes a moment",
		{ CMD_STATUS, CMD_STOP, -1 }, { 0 }, { 0 } },
	[PHASE_STOPPING] = { SESSION_RUNNING, INTENT_STOP, ASK_NOTHING,
		BIT(RUNNING), "⏹️ Stopping",
		"%s is being ended and the session with it: wait a moment",
		{ CMD_STATUS, -1 }, { 0 }, { 0 } },
	[PHASE_PAUSED] = { SESSION_PAUSED, INTENT_NONE, ASK_PAUSED,
		BIT(PENDING), "⏸️ Paused",
		"Paused before %s",
		{ CMD_RESUME, CMD_SKIP, CMD_STATUS, CMD_STOP },
		{ CMD_RESUME, CMD_RETRY, CMD_SKIP, CMD_STOP }, { 0 } },
	[PHASE_PAUSED_APPROVAL] = { SESSION_PAUSED, INTENT_NONE, ASK_APPROVAL,
		BIT(PENDING), "⏸️ Paused",
		"Paused at %s",
		{ CMD_RESUME, CMD_SKIP, CMD_STATUS, CMD_STOP },
		{ CMD_RESUME, CMD_RETRY, CMD_SKIP, CMD_STOP }, { 0 } },
	[PHASE_PAUSED_FAILED] = { SESSION_PAUSED, INTENT_NONE, ASK_FAILED,
		BIT(FAILED), "⏸️ Paused at a task that did not succeed",
		"Paused at %s, which did not succeed",
		{ CMD_RESUME, CMD_RETRY, CMD_SKIP, CMD_STOP }, { 0 }, { 0 } },
	[PHASE_PAUSED_INTERRUPTED] = { SESSION_PAUSED, INTENT_NONE, ASK_INTERRUPTED,
		BIT(INTERRUPTED), "⏸️ Paused at an interrupted task",
		"Paused at %s, which was interrupted",
		{ CMD_RESUME, CMD_RETRY, CMD_SKIP, CMD_STOP }, { 0 }, { 0 } },
	[PHASE_LIMIT] = { SESSION_PAUSED, INTENT_NONE, ASK_LIMIT,
		BIT(PENDING), "⏳ Waiting for the end of a usage limit",
		"%s waits for the end of a usage limit",
		{ CMD_RESUME, CMD_SKIP, CMD_STATUS, CMD_STOP }, { 0 }, { 0 } },
	[PHASE_ASKED] = { SESSION_WAITING, INTENT_NONE, ASK_PERMISSION,
		BIT(PENDING), "⏸️ Waiting for you: Claude asks",
		"%s is parked until Claude is answered",
		{ CMD_ALLOW, CMD_DENY, CMD_SKIP, CMD_STOP }, { 0 }, { 0 } },
	[PHASE_PAUSED_ASKED] = { SESSION_PAUSED, INTENT_NONE, ASK_PERMISSION,
		BIT(PENDING), "⏸️ Paused where Claude asks",
		"Paused at %s, where Claude asks",
		{ CMD_RESUME, CMD_SKIP, CMD_SHOW, CMD_STOP }, { 0 }, { 0 } },
	[PHASE_COMPLETED] = { SESSION_COMPLETED, INTENT_NONE, ASK_NOTHING,
		BIT(COMPLETED) | BIT(SKIPPED), "🏁 Completed",
		"The session is completed",
		{ CMD_START, CMD_STATUS, CMD_LOGS, -1 },
		{ CMD_START, CMD_RETRY, CMD_STATUS, CMD_LOGS }, { 0 } },
	[PHASE_STOPPED] = { SESSION_STOPPED, INTENT_NONE, ASK_NOTHING,
		~(BIT(RUNNING)), "⏹️ Stopped",
		"The session was stopped",
		{ CMD_START, CMD_STATUS, CMD_LOGS, -1 }, { 0 }, { 0 } },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(phases) == PHASES, "a row for every phase");

bool phase_keeps_ask(enum phase p)
{
	return p == PHASE_RUNNING || p == PHASE_PAUSING || p == PHASE_ASKED ||
	       p == PHASE_PAUSED_ASKED;
}

int phase_of(
    enum session_status status, enum intent intent, enum question question)
{
	for (int i = 0; i < PHASES; i++)
		if (phases[i].status == status && phases[i].intent == intent &&
		    phases[i].question == question)
			return i;
	return -1;
}
