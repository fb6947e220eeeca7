/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "world/world.h"

/*
 * The units that COMMAND, a target's `reload` (may be NULL), has systemctl
 * reload or restart, as they are written there, into UNITS. Those alone that
 * are surely meant: not what a shell would first put in or together, and not
 * those of another manager than the system's own (--user, --machine).
 */
void units_named(const char *command, struct texts *units);

/*
 * Of UNITS those that systemd has no file for, or may not start (masked), into
 * UNKNOWN. Where systemd does not run, or does not answer, none is: for
 * configtest, which then has nothing to say.
 */
void units_find_unknown(struct world *world, const struct texts *units,
			struct texts *unknown);
