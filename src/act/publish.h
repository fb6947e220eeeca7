/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/keyring.h"
#include "pass/budget.h"
#include "pass/source.h"
#include "pass/targets.h"

/*
 * Makes the changes that STEP_PUBLISH, STEP_RETIRE and STEP_RETIME carry, for
 * all targets of a pass at once; run/run.c calls it when a round wants any. The
 * promise of each is in its state on the disk before anything is sent. What
 * several targets want at one owner is joined into one change, and the changes
 * of one zone travel together; programs are asked last. Targets that cannot go
 * on get a failure; for the others the next survey shows what came of it.
 */
void publish_changes(const struct source *source, struct targets *targets,
		     struct keyring *keys, struct budget *budget);
