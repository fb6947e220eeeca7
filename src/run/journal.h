/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

#include <jansson.h>

/*
 * What was done for a target and why, one line a deed (tell/deed.h), in
 * journal/NAME.jsonl of the state directory; what is too old for that is in
 * NAME.jsonl.old, and then nowhere. Nothing is decided on it, so it costs no
 * sync, and where it cannot be written nothing else is kept from being done.
 */

/* The line of what TARGET is due, made before it is done, or, of changes in
 * DNS, once it is known what came of them; NULL: none. */
char *journal_line(struct target *target);
/* It was done. LINE is taken over, and may be NULL. */
void journal_write(struct pass *pass, const struct target *target, char *line);

/* Once TARGET was told of (tell/alarm.h): whether its alarm, whose text was
 * BEFORE (NULL: there was none), has begun or is over. What it became in
 * between is told by the log alone, so that an alarm that changes its words at
 * every run does not crowd the deeds out. */
void journal_write_alarm(struct pass *pass, const struct target *target,
			 const char *before);

/* All lines of TARGET, the oldest first; lines that are none are left
 * out. The caller's. */
json_t *journal_read(const struct pass *pass, const char *target);
