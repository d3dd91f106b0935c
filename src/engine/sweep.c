/* sweep.c - the second line: what a killed keeper has left behind. */
#include "engine/sweep.h"
#include "engine/cgroup.h"
#include "engine/family.h"
#include "engine/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int kill_found(const struct process_list *l)
{
	int found = 0;

	for (size_t i = 0; i < l->n; i++)
		found += process_signal(&l->v[i], SIGKILL);
	return found;
}

void sweep_reap(void)
{
	struct process_list l = PROCESS_LIST_INIT;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].ppid == getpid() && process_is_dead(&l.v[i]) &&
		    !family_has(l.v[i].pid))
			waitpid(l.v[i].pid, NULL, WNOHANG);
	process_list_release(&l);
}

int sweep_below(pid_t root)
{
	struct process_list l = PROCESS_LIST_INIT;
	int found;

	process_list_all(&l);
	process_list_descendants(&l, root, family_has);
	found = kill_found(&l);
	process_list_release(&l);
	return found;
}

static int sweep_marked(const char *marker)
{
	struct process_list l = PROCESS_LIST_INIT;
	size_t kept = 0;
	int found;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].pid != getpid() && !process_is_dead(&l.v[i]) &&
		    !family_has(l.v[i].pid) &&
		    process_has_env(&l.v[i], "ORCHESTRATOR_ATTEMPT", marker))
			l.v[kept++] = l.v[i];
	l.n = kept;
	found = kill_found(&l);
	process_list_release(&l);
	return found;
}

int sweep(const char *marker)
{
	int found = sweep_below(getpid());
	char *path = NULL;

	if (marker != NULL) {
		found += sweep_marked(marker);
		path = cgroup_path(marker);
	}
	if (path != NULL && access(path, F_OK) == 0) {
		if (cgroup_is_populated(path)) {
			cgroup_kill(path);
			found++;
		} else {
			cgroup_remove(path);
		}
	}
	free(path);
	sweep_reap();
	return found;
}
