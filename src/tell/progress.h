/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/phase.h"
#include "decide/rollover.h"

#include <jansson.h>

/*
 * How far a target has come, whom it waits for, and what comes next: in fixed
 * words, which dist/schema/status.json lists, and as the one line of `status`.
 */
const char *progress_phase(enum phase phase);
/* NULL: nobody in particular. */
const char *progress_waits_for(enum reason reason);

/* Gives a REPORT its fields; of a target that cannot be looked at, nulls. */
void progress_put(json_t *report, const struct facts *facts,
		  const struct action *action);
void progress_put_bare(json_t *report);

/*
 * "NAME: PHASE, what is done or waited for, until when; how long the
 * certificate lasts", and what stands and needs a person before all that.
 * NOW_MS is 0 where nothing is wanted that goes on changing by itself.
 * Allocated.
 */
char *progress_line(const json_t *report, int64_t now_ms);

/* Somebody who reads many lines is to read this first. */
bool progress_is_alarm(const json_t *report);
