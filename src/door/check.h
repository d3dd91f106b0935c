/* check.h - `orchestrator check`: is everything as it should be? */
#ifndef DOOR_CHECK_H
#define DOOR_CHECK_H

#include "store/config.h"

/* Validates the configuration that config_option (-c's argument or NULL)
 * leads to and, where tasks_file is not NULL, that task list. All faults go
 * to standard output, one a line; warnings too, behind "warning: ". print:
 * the effective configuration as well, when it has no fault; warnings are
 * then comments of it. Returns the exit code: 0 clean, 1 for any fault, 4
 * only where config.yaml cannot be opened. */
int door_check(const char *config_option, const char *tasks_file, bool print);

/* Its first half, for the doctor, too: like config_load() of what option leads
 * to; and whether claude.user and claude.workdir are there. With CONFIG_OK f
 * may hold faults of these two. */
enum config_result check_configuration(
    struct config *c, const char *option, struct faults *f, struct error *err);
/* Is one of these lines, faults or warnings, about claude.user? */
bool check_tells_of_user(const struct strvec *lines);

#endif
