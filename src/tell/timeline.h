/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

#include <jansson.h>

/*
 * The stages of the rollover that is under way, or of the last one, in their
 * order: [{event, state: "done", "now" or "to come", at, at_ms (when it was or
 * will be; null: not known)}]. The times of what was done are those of JOURNAL,
 * a list of deeds (deed.h), the oldest first. An empty list where nothing is
 * managed yet. The caller's.
 */
json_t *timeline_json(const struct facts *facts, const json_t *journal);

/* Writes it to standard output, DRAWN for a terminal or as plain lines. */
void timeline_print(const json_t *timeline, int64_t now_ms, bool drawn);
