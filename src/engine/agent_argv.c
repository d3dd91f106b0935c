/* agent_argv.c - the command line of Claude, for a task, a plan and a trial
 * alike. SPEC section 3. */
#include "engine/agent.h"

void agent_flags(struct strvec *out, const struct config *c)
{
	enum permissions named;

	strvec_extend(out, &c->claude.flags);
	if (c->claude.output_format == OUTPUT_TEXT ||
	    permissions_named(&c->claude.flags, &named, NULL) ||
	    permissions_named(&c->claude.command, &named, NULL))
		return;
	permissions_words(out, c->claude.permissions);
}

void agent_argv(struct strvec *argv, const struct agent_words *w)
{
	strvec_extend(argv, w->command);
	if (w->format == OUTPUT_TEXT) {
		strvec_extend(argv, w->flags);
		return;
	}
	strvec_add(argv, w->instruction);
	strvec_extend(argv, w->flags);
	strvec_add(argv, "--output-format");
	strvec_add(argv, "stream-json");
	strvec_add(argv, "--verbose");
	if (w->conversation != NULL) {
		strvec_add(argv, "--session-id");
		strvec_add(argv, w->conversation);
	}
	if (w->resume != NULL) {
		strvec_add(argv, "--resume");
		strvec_add(argv, w->resume);
		strvec_add(argv, "--fork-session");
	}
	if (w->more != NULL)
		strvec_extend(argv, w->more);
}
