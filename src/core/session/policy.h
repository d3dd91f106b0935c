/* policy.h - does this task wait for a human? */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "base/strvec.h"

struct task_record;

enum approval_mode {
	APPROVAL_REQUIRED,
	APPROVAL_AUTO,
	APPROVAL_MANUAL,
	APPROVAL_MODES
};
extern const char *const approval_mode_name[APPROVAL_MODES];

/* Borrowed from the configuration. */
struct policy {
	enum approval_mode mode;
	const struct strvec *checkpoint_after; /* task types */
	const struct strvec *auto_approve;     /* task types */
};

/* The first line of WHO IS ASKED in orchestrator-tasks(5) that fits. before:
 * the task just before in the list, NULL for the first. */
bool policy_waits(const struct policy *p, const struct task_record *before,
    const struct task_record *t);
/* Would anything run unasked under b that waits under a? */
bool policy_is_looser(const struct policy *b, const struct policy *a);

#endif
