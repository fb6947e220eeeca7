/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "world/world.h"

enum reload_verdict {
	RELOAD_OK,		/* exit status 0, or nothing to run */
	RELOAD_FAILED,		/* any other exit status, or a signal */
	RELOAD_TIMEOUT,		/* killed after its time */
	RELOAD_NOT_STARTED,
};

/*
 * Runs the target's `reload` by /bin/sh -c, with PATH, LANG=C and
 * ALNITAK_TARGET as its whole environment, for TIMEOUT_MS at most (see
 * RELOAD_TIMEOUT_MS). Its output goes to the log. Where it is not OK, that is
 * logged as an error and *DETAIL (allocated, else NULL) says what happened and
 * the last line of the output. Not started where reload_fault() finds
 * something.
 */
enum reload_verdict reload_run(struct world *world,
			       const struct config_target *target,
			       unsigned timeout_ms, char **detail);

/*
 * COMMAND runs as we do. Of each program in it that is named by its path, where
 * the shell begins a command: others must not be able to change it, as for
 * exec_fault(). NULL, or what is wrong, allocated.
 */
char *reload_fault(struct world *world, const char *command);
