/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/targets.h"

/*
 * Programs run one after the other, and one that hangs takes the time of all
 * that come after it: so those go last whose programs took long, and of these
 * the one first that was tried the longest ago. What has its place is kept in
 * the states: whom time did not reach goes before the slow ones of this run in
 * the next.
 */

/* The indices of TARGETS in their turn; the caller's. */
size_t *turns_order(const struct targets *targets);
/* A program of TARGET has run from BEGUN until now. */
void turns_note(struct target *target, struct world *world,
		const struct moment *begun);
