/* family.c - our own children, and the end of those that a killed keeper has
 * left behind. */
#include "engine/family.h"
#include "engine/cgroup.h"
#include "engine/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct member {
	pid_t pid;
	bool abandoned;
} * members;
static size_t n_members;

static struct member *find_member(pid_t pid)
{
	for (size_t i = 0; i < n_members; i++)
		if (members[i].pid == pid)
			return &members[i];
	return NULL;
}

void family_add(pid_t pid)
{
	members = xrealloc(members, n_members + 1, sizeof(*members));
	members[n_members++] = (struct member){ .pid = pid };
}

void family_left(pid_t pid)
{
	struct member *m = find_member(pid);

	if (m != NULL)
		*m = members[--n_members];
	if (n_members == 0)
		family_forget();
}

void family_abandon(pid_t pid)
{
	struct member *m = find_member(pid);

	if (m != NULL)
		m->abandoned = true;
	family_reap();
}

void family_reap(void)
{
	for (size_t i = n_members; i-- > 0;)
		if (members[i].abandoned &&
		    waitpid(members[i].pid, NULL, WNOHANG) != 0)
			family_left(members[i].pid);
}

bool family_has(pid_t pid)
{
	return find_member(pid) != NULL;
}

void family_forget(void)
{
	free(members);
	members = NULL;
	n_members = 0;
}

static int kill_found(const struct process_list *l)
{
	int found = 0;

	for (size_t i = 0; i < l->n; i++)
		found += process_signal(&l->v[i], SIGKILL);
	return found;
}

void family_reap_strays(void)
{
	struct process_list l = PROCESS_LIST_INIT;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		if (l.v[i].ppid == getpid() && process_is_dead(&l.v[i]) &&
		    !family_has(l.v[i].pid))
			waitpid(l.v[i].pid, NULL, WNOHANG);
	process_list_release(&l);
}

int family_sweep_below(pid_t root)
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

int family_sweep(const char *marker)
{
	int found = family_sweep_below(getpid());
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
	family_reap_strays();
	return found;
}
