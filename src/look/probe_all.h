/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/source.h"
#include "pass/targets.h"

/*
 * Looks at the services of all targets whose decision is STEP_PROBE, all at
 * once, and notes in each what they present. Called by run/run.c where a round
 * wants it; one that presents something else takes back that it was proven.
 */
void probe_all(const struct source *source, struct targets *targets);
