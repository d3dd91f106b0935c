/* policy.c - who is asked, as orchestrator-tasks(5) lists it. */
#include "core/session/policy.h"
#include "core/session/session.h"

const char *const approval_mode_name[] = {
	[APPROVAL_REQUIRED] = "required",
	[APPROVAL_AUTO] = "auto",
	[APPROVAL_MANUAL] = "manual",
};
_Static_assert(
    ARRAY_SIZE(approval_mode_name) == APPROVAL_MODES, "name every mode");

bool policy_waits(const struct policy *p, const struct task_record *before,
    const struct task_record *t)
{
	bool done = before != NULL && before->status == TASK_COMPLETED;

	if (p->mode == APPROVAL_MANUAL)
		return true;
	if (done && strvec_has_nocase(p->checkpoint_after, before->task.type))
		return true;
	if (done && before->outcome.denials > 0)
		return true;
	if (t->task.requires_approval != REQUIRES_UNSAID)
		return t->task.requires_approval == REQUIRES_YES;
	if (strvec_has_nocase(p->auto_approve, t->task.type))
		return false;
	return p->mode == APPROVAL_REQUIRED;
}

bool policy_is_looser(const struct policy *b, const struct policy *a)
{
	static const int freedom[APPROVAL_MODES] = { [APPROVAL_MANUAL] = 0,
		[APPROVAL_REQUIRED] = 1,
		[APPROVAL_AUTO] = 2 };

	return freedom[b->mode] > freedom[a->mode] ||
	       !strvec_has_all(a->auto_approve, b->auto_approve) ||
	       !strvec_has_all(b->checkpoint_after, a->checkpoint_after);
}
