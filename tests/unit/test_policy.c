#include "unit.h"

#include "core/session/session.h"

static const struct strvec nothing = STRVEC_INIT;

static struct task_record task(
    const char *type, enum requires says, enum task_status status)
{
	return (struct task_record){
		.task = { .number = 1,
		    .type = (char *)(uintptr_t)type,
		    .requires_approval = says },
		.status = status,
	};
}

START_TEST(the_first_line_that_fits_decides)
{
	struct strvec database = STRVEC_INIT, docs = STRVEC_INIT;
	struct task_record done =
	    task("database", REQUIRES_UNSAID, TASK_COMPLETED);
	struct task_record failed =
	    task("database", REQUIRES_UNSAID, TASK_SKIPPED);
	struct task_record quiet = task("docs", REQUIRES_UNSAID, TASK_PENDING);
	struct task_record yes = task("docs", REQUIRES_YES, TASK_PENDING);
	struct task_record no = task("code", REQUIRES_NO, TASK_PENDING);
	struct task_record code = task("code", REQUIRES_UNSAID, TASK_PENDING);
	struct policy p = { APPROVAL_MANUAL, &database, &docs };

	strvec_add(&database, "database");
	strvec_add(&docs, "docs");
	ck_assert(policy_waits(&p, NULL, &no));
	p.mode = APPROVAL_REQUIRED;
	ck_assert(policy_waits(&p, &done, &no));
	ck_assert(!policy_waits(&p, &failed, &no));
	ck_assert(policy_waits(&p, NULL, &yes));
	ck_assert(!policy_waits(&p, NULL, &quiet));
	ck_assert(policy_waits(&p, NULL, &code));
	p.mode = APPROVAL_AUTO;
	ck_assert(!policy_waits(&p, NULL, &code));
	ck_assert(policy_waits(&p, NULL, &yes));
	strvec_release(&database);
	strvec_release(&docs);
}
END_TEST

START_TEST(a_denied_tool_is_a_checkpoint)
{
	const struct policy p = { APPROVAL_AUTO, &nothing, &nothing };
	struct task_record done = task("code", REQUIRES_UNSAID, TASK_COMPLETED);
	struct task_record no = task("code", REQUIRES_NO, TASK_PENDING);

	ck_assert(!policy_waits(&p, &done, &no));
	done.outcome.denials = 1;
	ck_assert(policy_waits(&p, &done, &no));
}
END_TEST

START_TEST(looser_is_what_lets_more_run_unasked)
{
	struct strvec docs = STRVEC_INIT;
	const struct policy strict = { APPROVAL_REQUIRED, &docs, &nothing };
	const struct policy manual = { APPROVAL_MANUAL, &docs, &nothing };
	const struct policy automatic = { APPROVAL_AUTO, &docs, &nothing };
	const struct policy types = { APPROVAL_REQUIRED, &docs, &docs };
	const struct policy unchecked = { APPROVAL_REQUIRED, &nothing,
		&nothing };

	strvec_add(&docs, "docs");
	ck_assert(!policy_is_looser(&strict, &strict));
	ck_assert(!policy_is_looser(&manual, &strict));
	ck_assert(policy_is_looser(&strict, &manual));
	ck_assert(policy_is_looser(&automatic, &strict));
	ck_assert(policy_is_looser(&types, &strict));
	ck_assert(!policy_is_looser(&strict, &types));
	ck_assert(policy_is_looser(&unchecked, &strict));
	ck_assert(!policy_is_looser(&strict, &unchecked));
	strvec_release(&docs);
}
END_TEST

UNIT_MAIN("policy", looser_is_what_lets_more_run_unasked,
    the_first_line_that_fits_decides, a_denied_tool_is_a_checkpoint)
