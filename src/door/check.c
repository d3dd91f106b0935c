/* check.c - all that is wrong with a configuration and a task list, at once.
 *
 * Reads only; the list is read with the caller's rights, wherever it is. */
#include "door/check.h"
#include "base/durable.h"
#include "base/exit.h"
#include "base/path.h"
#include "core/task.h"
#include "engine/child.h"
#include "store/config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Claude can read, and change, whatever lies in its working folder. */
static void check_workdir(
    const struct config *c, const char *name, struct faults *f)
{
	const char *workdir = c->claude.workdir;
	int line = config_line(c, "claude", "workdir");
	char *dotenv = path_join(c->dir, ".env");
	bool secrets =
	    access(dotenv, F_OK) == 0 && path_is_inside(workdir, dotenv);
	bool state = path_is_inside(workdir, c->paths.state_file);
	struct stat st;

	if (stat(workdir, &st) == 0 ? !S_ISDIR(st.st_mode)
				    : errno == ENOENT || errno == ENOTDIR)
		faults_add(f, name, line,
		    "claude.workdir: there is no folder '%s', want one for "
		    "Claude to work in",
		    workdir);
	else if (secrets || state)
		faults_warn(f, name, line,
		    "claude.workdir: '%s' holds %s%s%s, where Claude can "
		    "change them, want a folder of its own",
		    workdir, secrets ? ".env" : "",
		    secrets && state ? " and " : "", state ? "the state" : "");
	free(dotenv);
}

static void check_account(
    const struct config *c, const char *name, struct faults *f)
{
	struct account account = ACCOUNT_INIT;
	struct error err = ERROR_INIT;

	if (c->claude.user != NULL &&
	    account_find(&account, c->claude.user, &err) != 0)
		faults_add(f, name, config_line(c, "claude", "user"),
		    "claude.user: %s, want an account of this machine",
		    err.text);
	account_release(&account);
}

static void check_tasks(const char *file, struct faults *f)
{
	struct task_list list = { NULL, 0 };
	struct error err = ERROR_INIT;
	char *text;
	size_t n;

	if (read_file(file, TASK_LIST_MAX_BYTES, &text, &n, &err) == 0) {
		task_list_parse(&list, file, text, n, f);
		task_list_release(&list);
		free(text);
	} else if (errno == EFBIG) {
		faults_add(f, file, 1, "over 1 MiB, want less");
	} else {
		faults_add(f, file, 0, "%s", err.text);
	}
}

enum config_result check_configuration(
    struct config *c, const char *option, struct faults *f, struct error *err)
{
	char *path = config_find(option);
	enum config_result result = CONFIG_UNREADABLE;

	if (path == NULL)
		error_set(err, "no config.yaml here or in /etc/orchestrator, "
			       "want one, or -c CONFIG");
	else
		result = config_load(c, path, f, err);
	if (result == CONFIG_OK) {
		check_account(c, path, f);
		check_workdir(c, path, f);
	}
	free(path);
	return result;
}

static void show(const struct faults *f, bool as_comment)
{
	for (size_t i = 0; i < f->lines.n; i++)
		puts(f->lines.v[i]);
	if (f->count > f->lines.n)
		printf("and %zu more\n", f->count - f->lines.n);
	for (size_t i = 0; i < f->warnings.n; i++)
		printf("%swarning: %s\n", as_comment ? "# " : "",
		    f->warnings.v[i]);
}

static void show_config(const struct config *c)
{
	struct buf out = BUF_INIT;

	config_print(&out, c);
	fputs(out.data, stdout);
	buf_release(&out);
}

int door_check(const char *config_option, const char *tasks_file, bool print)
{
	struct config c = CONFIG_INIT;
	struct faults f = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result result =
	    check_configuration(&c, config_option, &f, &err);
	bool clean;

	if (result == CONFIG_UNREADABLE)
		log_error("%s", err.text);
	if (tasks_file != NULL)
		check_tasks(tasks_file, &f);
	clean = f.count == 0;
	print = print && result == CONFIG_OK && clean;
	show(&f, print);
	if (print)
		show_config(&c);
	else if (clean && result == CONFIG_OK && isatty(STDOUT_FILENO))
		puts("no faults");
	config_release(&c);
	faults_release(&f);
	return result == CONFIG_UNREADABLE ? CODE_CONFIGURATION
	       : clean                     ? CODE_DONE
					   : CODE_REFUSED;
}
