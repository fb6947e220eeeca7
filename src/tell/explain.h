/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

#include <jansson.h>

/*
 * Why not yet, or why now: {schema: "explain-1", time, ms, target, line, step,
 * reason, until (RFC 3339) and until_ms (or null), certificate: {version,
 * leaf} that shall be in service in the end (or null), owners: what caches may
 * hold that has no match for it (proof.h), shed: {seen, from_ms, linger_ms,
 * grace_ms, until_ms} where the old one is waited for (or null), journal: the
 * JOURNAL}. FAILURE may be NULL; JOURNAL, a list of deeds (deed.h) with the
 * oldest first, is taken over. The caller's.
 */
json_t *explain_json(const struct facts *facts, const struct action *action,
		     const char *failure, json_t *journal);

/* Writes it for people to standard output, with the last DEEDS_MAX of the
 * journal. */
void explain_print(const json_t *explanation, size_t deeds_max);
