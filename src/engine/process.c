/* process.c - reading /proc. */
#include "engine/process.h"
#include "base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STAT_MAX = 1024, ENVIRON_MAX = 8 * 1024 * 1024 };

void process_list_release(struct process_list *l)
{
	free(l->v);
	*l = (struct process_list)PROCESS_LIST_INIT;
}

int process_find(struct process *p, pid_t pid)
{
	char path[32], text[STAT_MAX];
	const char *rest;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	/* The name before it may hold anything, ')' and blanks too. */
	rest = strrchr(text, ')');
	*p = (struct process){ .pid = pid };
	if (rest == NULL ||
	    sscanf(rest,
		") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d %llu",
		&p->state, &p->ppid, &p->threads, &p->started) != 4)
		return -1;
	return 0;
}

int process_count_threads(uid_t uid)
{
	struct process_list l = PROCESS_LIST_INIT;
	struct stat st;
	char path[32];
	long n = 0;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++) {
		snprintf(path, sizeof(path), "/proc/%d", (int)l.v[i].pid);
		if (stat(path, &st) == 0 && st.st_uid == uid)
			n += l.v[i].threads;
	}
	process_list_release(&l);
	return (int)n;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void process_list_all(struct process_list *l)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct process p;
	long pid;

	l->n = 0;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (parse_number(entry->d_name, 1, INT32_MAX, &pid) != 0 ||
		    process_find(&p, (pid_t)pid) != 0)
			continue;
		if (l->n == l->cap) {
			l->cap = l->cap > 0 ? l->cap * 2 : 128;
			l->v = xrealloc(l->v, l->cap, sizeof(*l->v));
		}
		l->v[l->n++] = p;
	}
	if (dir != NULL)
		closedir(dir);
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_pid);
}

bool process_is_dead(const struct process *p)
{
	return p->state == 'X' || p->state == 'x' ||
	       (p->state == 'Z' && p->threads <= 1);
}

bool process_is_stopped(const struct process *p)
{
	return p->state == 'T' || p->state == 't';
}

static struct process *find(const struct process_list *l, pid_t pid)
{
	struct process key = { .pid = pid };

	return l->n == 0 ? NULL
			 : bsearch(&key, l->v, l->n, sizeof(*l->v), by_pid);
}

/* Climbs from p until somebody's kinship is known, then writes it on all
 * that were passed: each process is passed once, however deep the tree. A
 * list that was read while it changed may hold a circle: it ends, because
 * who was passed is marked as no kin first. */
static void settle_kinship(const struct process_list *l, struct process *p,
    pid_t root, bool (*spare)(pid_t))
{
	struct process *at = p;
	bool kin = false;

	for (;;) {
		if (at == NULL || at->kin != KIN_UNKNOWN) {
			kin = at != NULL && at->kin == KIN_YES;
			break;
		}
		at->kin = KIN_NO;
		if (spare != NULL && spare(at->pid))
			break;
		if (at->ppid == root) {
			kin = true;
			break;
		}
		at = find(l, at->ppid);
	}
	for (struct process *q = p; kin && q != NULL; q = find(l, q->ppid)) {
		if (q->kin == KIN_YES)
			break;
		q->kin = KIN_YES;
		if (q->ppid == root)
			break;
	}
}

void process_list_descendants(
    struct process_list *l, pid_t root, bool (*spare)(pid_t))
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kin == KIN_UNKNOWN && l->v[i].pid != root)
			settle_kinship(l, &l->v[i], root, spare);
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kin == KIN_YES && l->v[i].pid != root &&
		    !process_is_dead(&l->v[i]))
			l->v[kept++] = l->v[i];
	l->n = kept;
}

bool process_descends(pid_t pid, pid_t root)
{
	struct process p;

	while (pid > 1 && pid != root) {
		/* Hidden (hidepid) is not gone: it is another account's, or a
		 * program of ours, which is not dumpable. */
		if (process_find(&p, pid) != 0)
			return kill(pid, 0) != 0 && errno == ESRCH;
		pid = p.ppid;
	}
	return pid == root;
}

bool process_signal(const struct process *p, int sig)
{
	int fd = pidfd_open(p->pid, 0);
	struct process now;
	bool sent = false;

	if (fd < 0)
		return false;
	if (process_find(&now, p->pid) == 0 && now.started == p->started)
		sent = pidfd_send_signal(fd, sig, NULL, 0) == 0;
	close(fd);
	return sent;
}

/* A first thread that has ended has let go of the memory: another of them
 * still shows it. */
static int a_living_thread(pid_t pid)
{
	char path[40];
	struct dirent *entry;
	long tid, found = pid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir != NULL && found == pid && (entry = readdir(dir)) != NULL)
		if (parse_number(entry->d_name, 1, INT32_MAX, &tid) == 0)
			found = tid;
	if (dir != NULL)
		closedir(dir);
	return (int)found;
}

bool process_has_env(
    const struct process *p, const char *name, const char *value)
{
	int tid = p->state == 'Z' ? a_living_thread(p->pid) : p->pid;
	struct buf env = BUF_INIT;
	char path[64], *wanted;
	bool found = false;
	ssize_t n = 0;
	int fd;

	snprintf(
	    path, sizeof(path), "/proc/%d/task/%d/environ", (int)p->pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (env.len < ENVIRON_MAX &&
	       (n = read(fd, buf_reserve(&env, 65536), 65536)) > 0)
		buf_grown(&env, (size_t)n);
	close(fd);
	wanted = xasprintf("%s=%s", name, value);
	for (size_t at = 0; at < env.len && !found;
	     at += strlen(env.data + at) + 1)
		found = strcmp(env.data + at, wanted) == 0;
	free(wanted);
	buf_release(&env);
	return found;
}
