/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * The real world, and one whose programs do nothing but what CANNED says
 * (error, timed_out, status, signal, output); TOLD is how the last was run.
 */
extern struct world real, fake;
extern struct program canned;
extern struct told {
	unsigned runs, timeout_ms;
	const char *user;
	char *environment;	/* a line for each variable */
} told;

/* For cmocka, of every test. */
int program_open(void **state);
int program_close(void **state);
