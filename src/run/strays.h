/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Targets that left the configuration and still have a state: where records of
 * theirs stand, or a rollover is under way, a person must know. Called by
 * run_open(), under the lock; tells each at every run, like every alarm, and
 * leaves a line for status.
 */
void strays_find(struct pass *pass);
void strays_clear(struct strays *strays);
/* Some of them need a person. */
bool strays_stand(const struct strays *strays);
