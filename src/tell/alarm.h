/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/source.h"
#include "pass/targets.h"

/*
 * Tells what a person has to know. A run that fails for a target says so and
 * why, every time: who read the last run's words is not known, least of all
 * whether anybody reads what a hook says. When the trouble ends one line says
 * that, and the state keeps in between what stands and since when.
 */
bool alarm_needs_person(const struct target *target);
/* .. or did, as far as the state knows, where nothing but that was looked at:
 * the alarm is over when a run finds so. */
bool alarm_stands(const struct source *source, const struct target *target);

/* run_pass() calls it for every target when nothing more can be done for it,
 * before its state is saved. Only a pass that got to an end can say that an
 * alarm is over. */
void alarm_tell(const struct source *source, struct target *target);

/*
 * Its parts, for what is no target of the configuration. The error TEXT is
 * told and noted in NOTE (NULL: there is none); the end is told where something
 * stood. True: NOTE is to be saved.
 */
bool alarm_begin(const struct source *source, struct alarm_note *note,
		 const char *text, int64_t now_ms);
bool alarm_end(const char *name, struct alarm_note *note, int64_t now_ms);

/* "since 2026-11-23 20:45:01 UTC: TEXT" of the one that stands, allocated. */
char *alarm_line(const struct alarm_note *note);
