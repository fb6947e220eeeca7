/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim.h"

/*
 * What an operator sees of a renewal that nothing disturbs: whenever `status`
 * has come to another phase, what it says with -v is printed. doc/transcript is
 * that, and tests/sim/check.sh sees that it still is. Returns an exit status.
 */
int transcript_print(void);

/* Called after each COMMAND of the scenario that is told. */
void transcript_note(struct sim *sim, const char *command);
