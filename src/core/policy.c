/* policy.c - the list of SPEC section 4, first line that fits. */
#include "core/policy.h"
#include "core/session.h"

const char *const approval_mode_name[] = {
	[APPROVAL_REQUIRED] = "required",
	[APPROVAL_AUTO] = "auto",
	[APPROVAL_MANUAL] = "manual",
};
_Static_assert(
    ARRAY_SIZE(approval_mode_name) == APPROVAL_MODES, "name every mode");

enum policy_reason policy_reason(const struct policy *p,
    const struct task_record *before, const struct task_record *t)
{
	bool done = before != NULL && before->status == TASK_COMPLETED;

	if (p->mode == APPROVAL_MANUAL)
		return WAITS_MANUAL;
	if (done && strvec_has(p->checkpoint_after, before->task.type))
		return WAITS_CHECKPOINT;
	if (done && before->outcome.denials > 0)
		return WAITS_DENIALS;
	if (t->task.requires_approval != REQUIRES_UNSAID)
		return t->task.requires_approval == REQUIRES_YES ? WAITS_TASK
								 : RUNS_TASK;
	if (strvec_has(p->auto_approve, t->task.type))
		return RUNS_TYPE;
	return p->mode == APPROVAL_REQUIRED ? WAITS_REQUIRED : RUNS_AUTO;
}

bool policy_waits(const struct policy *p, const struct task_record *before,
    const struct task_record *t)
{
	return policy_reason(p, before, t) < RUNS_TASK;
}
