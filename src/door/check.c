/* check.c - all that is wrong with a configuration and a task list, at once.
 *
 * Reads only; the list is read with the caller's rights, wherever it is. */
#include "door/check.h"
#include "base/durable.h"
#include "base/exit.h"
#include "base/path.h"
#include "core/list/task.h"
#include "engine/child.h"
#include "store/config.h"
#include "store/state.h"
#include "store/yaml.h"

#include <errno.h>
#include <strings.h>
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
		    "claude.workdir: there is no folder '%s', want one for Claude to work in",
		    workdir);
	else if (secrets || state)
		faults_warn(f, name, line,
		    "claude.workdir: '%s' holds %s%s%s, where Claude can change them, want a folder of its own",
		    workdir, secrets ? ".env" : "",
		    secrets && state ? " and " : "", state ? "the state" : "");
	free(dotenv);
}

bool check_tells_of_user(const struct strvec *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		if (strstr(lines->v[i], ": claude.user: ") != NULL)
			return true;
	return false;
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
	else if (c->claude.user != NULL && account.uid == 0 &&
		 !check_tells_of_user(&f->lines))
		faults_warn(f, name, config_line(c, "claude", "user"),
		    "claude.user: '%s' may do everything on this machine, want an ordinary account",
		    c->claude.user);
	account_release(&account);
	if (c->claude.user == NULL && !c->claude.sandbox)
		faults_warn(f, name, config_line(c, "claude", "user"),
		    "claude.user: none, so Claude can read .env, change the state and approve itself; "
		    "want an account of its own, or claude.sandbox: true");
}

/* In the sandbox Claude has our account: it can read the configuration, though
 * not .env. */
static void check_written_secret(
    const struct config *c, const char *name, struct faults *f)
{
	char *text = NULL;
	size_t n;
	bool found = false;

	if (!c->claude.sandbox || c->claude.user != NULL || c->path == NULL ||
	    read_file(c->path, YAML_MAX_BYTES, &text, &n, NULL) != 0)
		return;
	for (size_t i = 0; i < c->webhooks.secrets.n && !found; i++)
		found = strstr(text, c->webhooks.secrets.v[i]) != NULL;
	if (found)
		faults_warn(f, name, config_line(c, "webhooks", "secret"),
		    "webhooks.secret: it is written here, where Claude can read it, want ${WEBHOOK_SECRET} and .env");
	free(text);
}

static bool has_type(const struct task_list *l, const char *type)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcasecmp(l->v[i].type, type) == 0)
			return true;
	return false;
}

/* A misspelt type would be a checkpoint that never comes. */
static void check_types(const char *key, const struct strvec *types,
    const struct task_list *l, const char *file, struct faults *f)
{
	for (size_t i = 0; i < types->n; i++)
		if (!has_type(l, types->v[i]))
			faults_warn(f, file, 0,
			    "no task has the type \"%s\" of orchestrator.%s",
			    types->v[i], key);
}

static void check_verified(const struct config *c, const struct task_list *l,
    const char *file, struct faults *f)
{
	for (size_t i = 0; i < c->verify.n; i++)
		if (!has_type(l, c->verify.v[i].type))
			faults_warn(f, file, 0,
			    "no task has the type \"%s\" of verify",
			    c->verify.v[i].type);
}

/* c: NULL where the configuration is not to be read. */
static void check_tasks(
    const char *file, const struct config *c, struct faults *f)
{
	struct task_list list = { NULL, 0 };
	struct error err = ERROR_INIT;
	char *text;
	size_t n;

	if (read_file(file, TASK_LIST_MAX_BYTES, &text, &n, &err) == 0) {
		if (task_list_parse(&list, file, text, n, f) == 0 &&
		    c != NULL) {
			check_types("checkpoint_after",
			    &c->orchestrator.checkpoint_after, &list, file, f);
			check_types("auto_approve",
			    &c->orchestrator.auto_approve, &list, file, f);
			check_verified(c, &list, file, f);
		}
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
	struct error why = ERROR_INIT;

	if (path == NULL)
		error_set(err,
		    "no config.yaml here or in /etc/orchestrator, want one, or -c CONFIG");
	else
		result = config_load(c, path, f, err);
	if (result == CONFIG_OK) {
		check_account(c, path, f);
		check_written_secret(c, path, f);
		check_workdir(c, path, f);
		if (state_replaceable(c->paths.state_file, &why) != 0)
			faults_add(f, path,
			    config_line(c, "paths", "state_file"),
			    "paths.state_file: %s", why.text);
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

int door_check(const char *config_option, const char *tasks_file, bool print)
{
	struct config c = CONFIG_INIT;
	struct faults f = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result result =
	    check_configuration(&c, config_option, &f, &err);
	enum permissions p = c.claude.permissions;
	bool to_person = isatty(STDOUT_FILENO), clean;
	struct buf out = BUF_INIT;

	if (result == CONFIG_UNREADABLE)
		log_error("%s", err.text);
	if (tasks_file != NULL)
		check_tasks(tasks_file, result == CONFIG_OK ? &c : NULL, &f);
	clean = f.count == 0;
	print = print && result == CONFIG_OK && clean;
	show(&f, print);
	if (clean && result == CONFIG_OK && (print || to_person) &&
	    c.claude.output_format == OUTPUT_STREAM_JSON)
		printf("%sclaude.permissions: %s: %s\n", print ? "# " : "",
		    p == PERMIT_BY_FLAGS ? "claude.flags" : permissions_name[p],
		    permissions_meaning(p));
	if (print) {
		config_print(&out, &c);
		fputs(out.data, stdout);
	} else if (clean && result == CONFIG_OK && to_person) {
		puts("no faults");
	}
	buf_release(&out);
	config_release(&c);
	faults_release(&f);
	return result == CONFIG_UNREADABLE ? CODE_CONFIGURATION
	       : clean                     ? CODE_DONE
					   : CODE_REFUSED;
}
