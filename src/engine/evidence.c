/* evidence.c - the steps of git, as one script, and what it says. */
#include "engine/evidence.h"
#include "base/path.h"
#include "store/log_file.h"
#include "store/logs.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_MAX = 1024 };

/* $1 before|after|undo, $2 session, $3 task, $4 attempt (undo: the first that
 * is undone), $5 days to keep those of other sessions (0: for good; undo:
 * force, or nothing), $6 undo: its id; then pathspecs of what is not to be
 * kept. It
 * runs under Claude's account, and yet trusts nothing that the repository's
 * configuration names: no hook, filter, fsmonitor, textconv or signature is
 * run, nothing is fetched. The index is kept from one time to the next: only
 * what has changed is read again. */
/* clang-format off */
static const char script[] =
    "mode=$1 session=$2 task=$3 attempt=$4 days=$5 id=$6\n"
    "shift 6\n"
    "export LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0\n"
    "export GIT_ATTR_NOSYSTEM=1 GIT_NO_LAZY_FETCH=1 GIT_ALLOW_PROTOCOL=none\n"
    "export GIT_AUTHOR_NAME=orchestrator GIT_AUTHOR_EMAIL=orchestrator@localhost\n"
    "export GIT_COMMITTER_NAME=orchestrator\n"
    "export GIT_COMMITTER_EMAIL=orchestrator@localhost\n"
    "g() {\n"
    "  git --no-pager -c core.hooksPath=/dev/null -c core.fsmonitor=false \\\n"
    "    -c core.attributesFile=/dev/null -c core.autocrlf=false \\\n"
    "    -c core.safecrlf=false -c core.sparseCheckout=false \\\n"
    "    -c core.splitIndex=false -c core.quotePath=false -c index.sparse=false \\\n"
    "    -c submodule.recurse=false -c diff.ignoreSubmodules=dirty -c gc.auto=0 \\\n"
    "    -c maintenance.auto=false -c commit.gpgSign=false -c color.ui=false \\\n"
    "    -c advice.addEmbeddedRepo=false -c protocol.allow=never \"$@\"\n"
    "}\n"
    "folder=$(g rev-parse --absolute-git-dir) || exit 1\n"
    "index=$(g rev-parse --git-path index) || exit 1\n"
    "n=0\n"
    "drivers=$(g config --name-only --get-regexp '^filter\\.')\n"
    "while IFS= read -r key; do\n"
    "  [ -n \"$key\" ] || continue\n"
    "  case $key in *.required) value=false ;; *) value= ;; esac\n"
    "  eval \"export GIT_CONFIG_KEY_$n=\\$key GIT_CONFIG_VALUE_$n=\\$value\"\n"
    "  n=$((n + 1))\n"
    "done <<END\n"
    "$drivers\n"
    "END\n"
    "export GIT_CONFIG_COUNT=$n\n"
    "mkdir -p \"$folder/orchestrator\" || exit 1\n"
    "export GIT_INDEX_FILE=\"$folder/orchestrator/index\"\n"
    "refs=refs/orchestrator/$session\n"
    "name=$refs/$task/$attempt\n"
    "head=$(g rev-parse -q --verify 'HEAD^{commit}') || head=\n"
    "branch=$(g symbolic-ref -q HEAD) || branch=\n"
    "rm -f \"$GIT_INDEX_FILE.lock\" \"$folder/orchestrator/theirs.lock\"\n"
    "scan() {\n"
    "  g add -A --ignore-errors -- . \"$@\" || :\n"
    "  GIT_INDEX_FILE=$index g ls-files -z -c -i --exclude-standard -- . \"$@\" |\n"
    "    g update-index -z --add --remove --replace --stdin\n"
    "  g write-tree\n"
    "}\n"
    "tree=$(scan \"$@\") || exit 1\n"
    "# The user's index as a commit; nothing where it cannot be one (a merge).\n"
    "staged() {\n"
    "  if [ -e \"$index\" ]; then\n"
    "    cp \"$index\" \"$folder/orchestrator/theirs\" || return 0\n"
    "    staged=$(GIT_INDEX_FILE=$folder/orchestrator/theirs g write-tree --missing-ok 2>/dev/null) || return 0\n"
    "  else\n"
    "    staged=$(g mktree </dev/null)\n"
    "  fi\n"
    "  echo index | g commit-tree \"$staged\"\n"
    "}\n"
    "keep() {\n"
    "  c=$(printf '%s\\n\\nhead: %s\\nbranch: %s\\nindex: %s\\nkept: %s\\n' \"$2\" \"$head\" \"$branch\" \"$3\" \"$4\" |\n"
    "    g commit-tree \"$1\" ${head:+-p \"$head\"} ${3:+-p \"$3\"}) && echo \"$c\"\n"
    "}\n"
    "said() {\n"
    "  g cat-file commit \"$1\" | sed -n \"s/^$2: //p\"\n"
    "}\n"
    "sweep() {\n"
    "  [ \"$days\" -gt 0 ] || return 0\n"
    "  oldest=$(($(date +%s) - days * 86400))\n"
    "  g for-each-ref --format='%(committerdate:unix) %(refname)' \\\n"
    "    refs/orchestrator/ | while read -r at ref; do\n"
    "    case $ref in \"$refs\"/*) continue ;; esac\n"
    "    [ -n \"$at\" ] && [ \"$at\" -lt \"$oldest\" ] && echo \"delete $ref\"\n"
    "  done | g update-ref --stdin\n"
    "}\n"
    "case $mode in\n"
    "before)\n"
    "  c=$(keep \"$tree\" \"before task $task, attempt $attempt\" \"$(staged)\") || exit 1\n"
    "  g update-ref \"$name\" \"$c\" || exit 1\n"
    "  g update-ref -d \"$refs/last\"\n"
    "  ;;\n"
    "after)\n"
    "  g rev-parse -q --verify \"$name\" >/dev/null || exit 1\n"
    "  sweep\n"
    "  c=$(keep \"$tree\" \"after task $task, attempt $attempt\") || exit 1\n"
    "  g update-ref \"$name-after\" \"$c\" && g update-ref \"$refs/last\" \"$c\" || exit 1\n"
    "  g diff-tree --shortstat \"$name\" \"$c\"\n"
    "  echo\n"
    "  g diff-tree -r -p -M --no-ext-diff --no-textconv \"$name\" \"$c\"\n"
    "  ;;\n"
    "undo)\n"
    "  undoing=$refs/undoing-$id\n"
    "  before=$(g rev-parse -q --verify \"$name\") || { echo refused none; exit 0; }\n"
    "  kept=$(said \"$undoing\" kept 2>/dev/null)\n"
    "  if [ -z \"$kept\" ]; then\n"
    "    last=$(g rev-parse -q --verify \"$refs/last\") || last=\n"
    "    was=$(said \"$before\" head) on=$(said \"$before\" branch) no=\n"
    "    if [ \"$head\" != \"$was\" ] || [ \"$branch\" != \"$on\" ]; then\n"
    "      no=1\n"
    "      echo \"from $(g rev-parse --short \"${was:-none}\" 2>/dev/null) ${on#refs/heads/}\"\n"
    "      echo \"to $(g rev-parse --short \"${head:-none}\" 2>/dev/null) ${branch#refs/heads/}\"\n"
    "    fi\n"
    "    if [ -z \"$last\" ]; then\n"
    "      no=1\n"
    "      echo unknown\n"
    "    elif [ \"$(g rev-parse \"$last^{tree}\")\" != \"$tree\" ]; then\n"
    "      no=1\n"
    "      g diff-tree -r --name-only \"$last\" \"$tree\" | sed 's/^/path /'\n"
    "    fi\n"
    "    if [ -n \"$no\" ] && [ \"$days\" != force ]; then echo refused; exit 0; fi\n"
    "    k=1\n"
    "    while g rev-parse -q --verify \"$refs/$task/undone-$k\" >/dev/null; do\n"
    "      k=$((k + 1))\n"
    "    done\n"
    "    kept=$refs/$task/undone-$k\n"
    "    c=$(keep \"$tree\" \"what was undone of task $task\" \"$(staged)\" \"$kept\") || exit 1\n"
    "    printf 'create %s %s\\n' \"$kept\" \"$c\" \"$undoing\" \"$c\" |\n"
    "      g update-ref --stdin || exit 1\n"
    "  elif [ \"$tree\" != \"$(g rev-parse \"$before^{tree}\")\" ]; then\n"
    "    # Cut off half way: nothing of what is there now is lost either.\n"
    "    c=$(keep \"$tree\" \"half way back to before task $task\" \"\" \"$kept-half\") &&\n"
    "      g update-ref \"$kept-half\" \"$c\" || exit 1\n"
    "  fi\n"
    "  echo \"kept $kept\"\n"
    "  g read-tree -m -u \"$tree\" \"$before^{tree}\" || exit 1\n"
    "  now=$(scan \"$@\") || exit 1\n"
    "  g diff-tree -r --name-only \"$before\" \"$now\" | sed 's/^/left /'\n"
    "  want=$(said \"$before\" index)\n"
    "  if [ -n \"$want\" ]; then\n"
    "    mine=$(staged)\n"
    "    if [ -z \"$mine\" ] || [ \"$(g rev-parse \"$mine^{tree}\")\" != \"$(g rev-parse \"$want^{tree}\")\" ]; then\n"
    "      (GIT_INDEX_FILE=$index g read-tree --reset \"$want^{tree}\") && echo index || echo staged\n"
    "    fi\n"
    "  fi\n"
    "  c=$(keep \"$now\" \"after task $task was undone\") &&\n"
    "    g update-ref \"$refs/last\" \"$c\" || exit 1\n"
    "  echo \"counts $(g diff-tree --shortstat \"$kept^{tree}\" \"$now\")\"\n"
    "  echo done\n"
    "  ;;\n"
    "esac\n";
/* clang-format on */

bool evidence_is_possible(const struct config *c)
{
	char *dir = xstrdup(c->claude.workdir);
	bool found = false;

	for (;;) {
		char *git = path_join(dir, ".git"), *above;
		struct stat st;

		/* What we may not see, Claude's account may. */
		found = lstat(git, &st) == 0 || errno == EACCES;
		free(git);
		if (found || strcmp(dir, "/") == 0)
			break;
		above = path_folder(dir);
		free(dir);
		dir = above;
	}
	free(dir);
	return found;
}

/* What is the orchestrator's own is no part of what a task changes, and must
 * never be put back. */
static void leave_out(struct strvec *argv, const struct config *c)
{
	char *state = path_folder(c->paths.state_file);
	char *ours[] = {
		xstrdup(c->paths.state_file),
		xasprintf("%s/.%s.lock", state, path_name(c->paths.state_file)),
		xstrdup(c->paths.run_dir),
		xstrdup(c->paths.logs_dir),
		xstrdup(c->paths.tasks_dir),
		xstrdup(c->paths.daily_dir),
		xstrdup(c->path),
		path_join(c->dir, ".env"),
	};
	const char *dir = c->claude.workdir;
	size_t n = strlen(dir);

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		if (ours[i] != NULL && strncmp(ours[i], dir, n) == 0 &&
		    ours[i][n] == '/')
			strvec_addf(
			    argv, ":(exclude,literal)%s", ours[i] + n + 1);
		free(ours[i]);
	}
	free(state);
}

static void add_script(struct strvec *argv, const char *mode)
{
	strvec_add(argv, "sh");
	strvec_add(argv, "-c");
	strvec_add(argv, script);
	strvec_add(argv, "orchestrator");
	strvec_add(argv, mode);
}

void evidence_undo_argv(struct strvec *argv, const struct config *c,
    const struct session *s, const struct rollback *r)
{
	const struct task_record *t = session_undoable(s, r->task);

	add_script(argv, "undo");
	strvec_add(argv, s->id);
	strvec_addf(argv, "%d", r->task);
	strvec_addf(argv, "%d", t->undone + 1);
	strvec_add(argv, r->force ? "force" : "");
	strvec_add(argv, r->asked);
	leave_out(argv, c);
}

void evidence_argv(struct strvec *argv, enum evidence_step step,
    const struct config *c, const struct session *s,
    const struct task_record *t)
{
	add_script(argv, step == EVIDENCE_BEFORE ? "before" : "after");
	strvec_add(argv, s->id);
	strvec_addf(argv, "%d", t->task.number);
	strvec_addf(argv, "%d", t->attempt);
	strvec_addf(argv, "%d", c->logging.keep_days);
	strvec_add(argv, "");
	leave_out(argv, c);
}

void evidence_open(struct evidence *e, const struct config *c, int task)
{
	char *name = task_log_name(task, TASK_LOG_CHANGES);
	char *path = path_join(c->paths.logs_dir, name);

	*e = (struct evidence)EVIDENCE_INIT;
	unlink(path);
	if (c->logging.task_logs)
		e->fd = log_file_open(path);
	free(path);
	free(name);
}

void evidence_take(struct evidence *e, const char *bytes, size_t n)
{
	static const char full[] = "\n(16 MiB are in; the rest is not kept)\n";

	for (; n > 0 && !e->in_diff && e->head.len < HEAD_MAX; bytes++, n--) {
		buf_addc(&e->head, *bytes);
		e->in_diff =
		    *bytes == '\n' &&
		    (e->head.len == 1 || e->head.data[e->head.len - 2] == '\n');
	}
	if (!e->in_diff || e->fd < 0 || e->bytes > DIFF_MAX)
		return;
	e->bytes += n;
	log_file_write(e->fd, bytes, n);
	if (e->bytes > DIFF_MAX)
		log_file_write(e->fd, full, sizeof(full) - 1);
}

void evidence_counts(const struct evidence *e, struct changes *out)
{
	*out = (struct changes){ 0 };
	if (e->in_diff)
		changes_read(out, e->head.data);
}

void evidence_release(struct evidence *e)
{
	if (e->fd >= 0)
		close(e->fd);
	buf_release(&e->head);
	*e = (struct evidence)EVIDENCE_INIT;
}
