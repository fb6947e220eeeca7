/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

#include <jansson.h>

/*
 * Why no cache can hold a set without a match for a chain, or until when one
 * may: all that the decision follows from, owner by owner, so that somebody
 * who does not believe the program can reckon it out again.
 *
 *   [{owner, role: "wanted", "alias" (of where it is) or "former",
 *     leaving: whether CHAIN is NULL, so that no record may be left, whatever
 *       it matches,
 *     matches: ["3 1 1 HEX"] (of all records below those that match),
 *     servers: [{address, name, hidden (no client asks it), serves: [..]}]
 *       (as last seen),
 *     ledgers: [{of: "target" or "others", margin_seconds, ttl_factor,
 *       versions: [{kind, set, alias, matches}],
 *       served: [{address, version (index), last_ms, ttl_seconds, until_ms}]
 *         (without a match: until_ms = last_ms + ttl + margin),
 *       ttl_seconds (the longest of these), publication_ms (over all addresses
 *         the earliest of their latest last_ms), publication_until_ms (that +
 *         ttl_factor * ttl_seconds), safe_ms (the latest of this and every
 *         until_ms); null where nothing was served without a match}]}]
 *
 * The times are milliseconds since 1970. The caller's.
 */
json_t *proof_json(const struct facts *facts, const struct chain *chain);
