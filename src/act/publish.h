/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Carries out STEP_PUBLISH and STEP_RETIRE for all targets of a run at once:
 * the changes of targets that share an owner are joined, those of one zone
 * travel in one message. The promise (what we publish) is in each state
 * before anything is sent. Targets that cannot go on get a failure; for the
 * others the next survey shows what came of it.
 */
void publish_changes(struct run *run);
