/* doctor.h - `orchestrator doctor`: can this machine run it? */
#ifndef DOOR_DOCTOR_H
#define DOOR_DOCTOR_H

#include "door/options.h"

/* One line for each thing looked at, on
 * standard output: ok, warn or fail, with the mend. Changes nothing and shows
 * no secret. Returns the exit code: 1 on any fail. */
int door_doctor(const struct given *g);

#endif
