/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

#include <jansson.h>

/*
 * Why not yet, or why now, as dist/schema/explain.json describes it: owners are
 * those of proof.h, shed is that of deed.h, with the times in words as well.
 * FAILURE may be NULL; JOURNAL, a list of deeds (deed.h) with the oldest first,
 * is taken over. The caller's.
 */
json_t *explain_json(const struct facts *facts, const struct action *action,
		     const char *failure, json_t *journal);

/* The same of a target without a state, of which there is a LINE. */
json_t *explain_bare_json(const char *target, const char *line,
			  json_t *journal, int64_t now_ms);

/* Writes it for people to standard output, with the last DEEDS_MAX of the
 * journal. */
void explain_print(const json_t *explanation, size_t deeds_max);
/* Of that, what caches may hold. */
void explain_print_caches(const json_t *explanation);
