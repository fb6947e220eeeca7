/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim.h"

/*
 * Says whether the promise holds. It shares no code with the program: its
 * own matching, its own sets, its own idea of what caches hold.
 */
void checker_open(struct sim *sim);

/* Ends the run when some cache may hold a set in which no record matches a
 * certificate that some service may present. */
void checker_look(struct sim *sim);

/* After a command that was not killed: nothing may be left half done that
 * only it could have repaired. */
void checker_after_command(struct sim *sim, const char *command, int status);

/* NULL when all is at rest as it should be, else what is not. */
const char *checker_finished(struct sim *sim);
