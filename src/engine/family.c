/* family.c - the list of our own children. */
#include "engine/family.h"

#include <sys/wait.h>

static struct member {
	pid_t pid;
	bool abandoned;
} * members;
static size_t n_members;

static struct member *find(pid_t pid)
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
	struct member *m = find(pid);

	if (m != NULL)
		*m = members[--n_members];
	if (n_members == 0)
		family_forget();
}

void family_abandon(pid_t pid)
{
	struct member *m = find(pid);

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
	return find(pid) != NULL;
}

void family_forget(void)
{
	free(members);
	members = NULL;
	n_members = 0;
}
