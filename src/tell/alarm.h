/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/* alarm.c: tells what a person has to know, once when it begins and once when
 * it ends. */
bool alarm_needs_person(const struct run_target *target);
void alarm_tell(struct run *run, struct run_target *target);
/* Is TEXT what was told before? Numbers may differ. */
bool alarm_is_same(const char *before, const char *text);
