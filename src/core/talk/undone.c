/* undone.c - the lines of a rollback, and the sentences. */
#include "core/talk/undone.h"
#include "core/talk/message_parts.h"

enum { PATHS_SHOWN = 10 };

void undone_release(struct undone *u)
{
	free(u->from);
	free(u->to);
	free(u->kept);
	strvec_release(&u->paths);
	strvec_release(&u->left);
	*u = (struct undone){ 0 };
}

/* What stands behind the word that line begins with, or NULL. */
static const char *behind(const char *line, const char *word)
{
	size_t n = strlen(word);

	return str_starts(line, word) && line[n] == ' ' ? line + n + 1 : NULL;
}

static void parse_line(struct undone *u, const char *line)
{
	const char *rest;

	if ((rest = behind(line, "from")) != NULL)
		xreplace(&u->from, rest);
	else if ((rest = behind(line, "to")) != NULL)
		xreplace(&u->to, rest);
	else if ((rest = behind(line, "path")) != NULL)
		strvec_add(&u->paths, rest);
	else if ((rest = behind(line, "kept")) != NULL)
		xreplace(&u->kept, rest);
	else if ((rest = behind(line, "left")) != NULL)
		strvec_add(&u->left, rest);
	else if ((rest = behind(line, "counts")) != NULL)
		changes_read(&u->counts, rest);
	else if (strcmp(line, "refused none") == 0)
		u->refused = u->no_checkpoint = true;
	else if (strcmp(line, "refused") == 0)
		u->refused = true;
	else if (strcmp(line, "unknown") == 0)
		u->unknown = true;
	else if (strcmp(line, "index") == 0)
		u->index = true;
	else if (strcmp(line, "staged") == 0)
		u->staged = true;
	else if (strcmp(line, "done") == 0)
		u->done = true;
}

/* A name may hold anything but a newline. */
void undone_read(struct undone *u, const char *said)
{
	while (*said != '\0') {
		size_t n = strcspn(said, "\n");
		struct buf line = BUF_INIT;

		buf_add_clean(&line, said, n);
		parse_line(u, line.data);
		buf_release(&line);
		said += n + (said[n] == '\n');
	}
}

static void say_paths(struct buf *out, const struct strvec *paths)
{
	for (size_t i = 0; i < paths->n && i < PATHS_SHOWN; i++)
		buf_addf(out, "- %s\n", paths->v[i]);
	if (paths->n > PATHS_SHOWN)
		buf_addf(out, "... and %zu more\n", paths->n - PATHS_SHOWN);
}

/* The question that is open now. */
static void say_open(
    struct buf *out, const struct session *s, command_set enabled)
{
	if (s->phase == PHASE_APPROVAL) {
		say_task_card(out, s, session_current(s), "Next: Task");
		say_asked(out, s, enabled);
		return;
	}
	say_now(out, s, enabled);
	buf_addc(out, '\n');
}

void message_undone(struct buf *out, const struct session *s,
    const struct task_record *t, int again, const struct undone *u,
    const char *by, command_set enabled)
{
	buf_addf(out,
	    "↩️ Rolled back%s%s: the files are as before task %d\n📝 ",
	    by != NULL ? " by " : "", by != NULL ? by : "", t->task.number);
	say_title(out, t->task.title);
	buf_addf(out, "\n\n📁 %d file%s changed, +%d −%d\n", u->counts.files,
	    u->counts.files == 1 ? "" : "s", u->counts.added,
	    u->counts.removed);
	buf_addf(out, "What was undone is kept: %s\n", u->kept);
	if (u->to != NULL)
		buf_addf(out,
		    "HEAD stays where it is (%s; it was %s): what was committed since is still there, and shows as undone.\n",
		    u->to, u->from);
	if (u->index)
		buf_adds(out, "What is staged is as before the task too.\n");
	if (u->staged)
		buf_adds(out,
		    "⚠️ What is staged could not be put back: git was busy with it. See git status.\n");
	if (u->left.n > 0) {
		buf_adds(out,
		    "⚠️ Left as they are (ignored, or a repository of their own):\n");
		say_paths(out, &u->left);
	}
	if (again > 1)
		buf_addf(out, "The %d tasks from it on are pending again.\n\n",
		    again);
	else
		buf_adds(out, "The task is pending again.\n\n");
	say_open(out, s, enabled);
	buf_trim(out);
	message_cut(out);
}

/* What stands against it, each with what force would do. */
static void say_obstacles(struct buf *out, const struct undone *u)
{
	if (u->to != NULL)
		buf_addf(out,
		    "The branch has moved on since: HEAD was %s and is %s. With force the files go back all the same; HEAD and its commits stay.\n",
		    u->from, u->to);
	if (u->unknown)
		buf_adds(out,
		    "What the last attempt left was not kept (it was cut off), so that it cannot be told from what others have changed since. With force all of it is taken back.\n");
	if (u->paths.n > 0) {
		buf_addf(out,
		    "%zu file%s changed since by somebody else. With force %s taken back too:\n",
		    u->paths.n, u->paths.n == 1 ? " was" : "s were",
		    u->paths.n == 1 ? "that is" : "they are");
		say_paths(out, &u->paths);
	}
}

void message_not_undone(struct buf *out, const struct task_record *t,
    const struct undone *u, const char *why, command_set enabled)
{
	buf_addf(out, "Cannot roll back task %d; nothing was changed.\n\n",
	    t->task.number);
	if (why != NULL)
		buf_addf(out, "%s\n", why);
	else if (u->no_checkpoint)
		buf_adds(out,
		    "There is no checkpoint of the files from before it: it was ended before one was made, or the log says why there is none.\n");
	else
		say_obstacles(out, u);
	if (u->kept != NULL)
		buf_addf(out, "What is there is kept: %s\n", u->kept);
	if (u->refused && !u->no_checkpoint) {
		buf_adds(out, "\nAll of it would be kept under a ref. ");
		say_command(out, CMD_ROLLBACK, true, enabled);
		buf_addf(out, " %d %s does it.\n", t->task.number,
		    enabled & AT_TERMINAL ? "--force" : "force");
	}
	buf_trim(out);
	message_cut(out);
}

void message_undoing(struct buf *out, int task, bool waited)
{
	if (waited)
		buf_addf(out,
		    "↩️ Rolling back to before task %d takes a while; you are told when it is done.",
		    task);
	else
		buf_addf(out,
		    "The files are being put back to before task %d: wait a moment.",
		    task);
}
