/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/source.h"
#include "pass/targets.h"

/*
 * Tells what a person has to know, once when it begins and once when it ends:
 * run_pass() calls alarm_tell() for every target when nothing more can be done
 * for it, before its state is saved.
 */
bool alarm_needs_person(const struct target *target);
void alarm_tell(const struct source *source, struct target *target);
/* Is TEXT what was told before? Numbers may differ. */
bool alarm_is_same(const char *before, const char *text);
