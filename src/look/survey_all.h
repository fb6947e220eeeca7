/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Asks every server about the owners of all targets that are not done, in one
 * survey, and writes what it saw into their ledgers and into those of targets
 * that still watch an owner by the way. Called by run/run.c where a round
 * wants it. Zones are looked for only when an owner is new.
 */
void survey_all(struct pass *pass, enum transport transport);

/* What was seen is not what stands there any more: the facts of all targets
 * see nothing until the next survey. Called after DNS was changed. */
void survey_drop(struct targets *targets, struct seen *seen);
