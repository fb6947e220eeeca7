/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Looks at the services of all targets whose decision is STEP_PROBE, all at
 * once, and notes in each what they present. Called by run/run.c where a round
 * wants it; one that presents something else takes back that it was proven. Who
 * did not answer while there was no time left was not looked at: the probe of
 * its target stays PROBE_NOT_ASKED.
 */
void probe_all(struct pass *pass);
