/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim.h"

/*
 * What an operator sees of a renewal that nothing disturbs: whenever `status`
 * has come to another phase, or waits for something else, what it says with -v
 * is printed. doc/transcript is that, and tests/sim/check.sh sees that it still
 * is. Called by main() for --transcript. Returns an exit status.
 */
int transcript_print(void);

/* Called by sim_command() after each COMMAND, where somebody looks. */
void transcript_note(struct sim *sim, const char *command);
