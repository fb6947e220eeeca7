/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses of the simulator. */
enum { STATUS_USAGE = 2, STATUS_SAFETY = 3, STATUS_LIVENESS = 4,
       STATUS_CRASH = 5 };

/* What was done. */
struct tally {
	unsigned long units, runs, renewals, commands, calls;
};

/*
 * Work in numbered units, done by several processes. The result does not
 * depend on how many: all units below the first that fails are done, and
 * that one is told. RUN adds to TALLY and returns 0 or a status; with TELL
 * it prints what happened.
 */
struct work {
	uint64_t first, count;
	uint64_t chunk;			/* units per process */
	unsigned long renewals;		/* end when so many are done; 0 */
	int (*run)(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally);
	const void *argument;
};

/* 0, or the status of the first unit that failed, after it was told. */
int pool_run(const struct work *work, unsigned jobs, struct tally *tally);
