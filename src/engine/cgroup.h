/* cgroup.h - a cgroup for one attempt, where one can be made.
 *
 * cgroup.kill ends all members at once, whatever they do, and needs no right
 * to signal them. Every failure here is silent: the walk of /proc does the
 * work then. */
#ifndef ENGINE_CGROUP_H
#define ENGINE_CGROUP_H

#include "base/base.h"

/* The folder that this attempt's cgroup has, or would have, below our own;
 * NULL: there is no cgroup v2 here. To be freed. */
char *cgroup_path(const char *marker);
/* Makes it. Returns a descriptor for its folder, to be closed, or -1. */
int cgroup_make(const char *path);
/* Is there a living process in it or below? */
bool cgroup_is_populated(const char *path);
void cgroup_kill(const char *path);
/* Removes it with all below, where it is empty. */
void cgroup_remove(const char *path);

/* Sets CONTROLLER.max of a fresh group; false where the controller is not to
 * be had: it is not delegated to us or, as memory is while we are in the group
 * above, not for those below. */
bool cgroup_limit(const char *path, const char *controller, int64_t most);

#endif
