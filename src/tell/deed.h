/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

#include <jansson.h>

/*
 * A deed with its reason, as the journal keeps it and `explain` shows it:
 * {time (RFC 3339), ms, target, deed, why} and
 *   adopt, release, follow
 *			certificate: {version (certbot's number, or null),
 *			leaf (its fingerprint)}
 *   release		owners, as proof.h has them
 *   publish, delete, retime
 *			changes: [{owner, add: ["3 1 1 HEX"], remove: [..]}],
 *			to which the journal adds the outcome of each
 *   shed		shed: {seen, from_ms, linger_ms, grace_ms, until_ms},
 *			as struct shedding has them
 * NULL where the decision is no deed, or one that was done before and changes
 * nothing. The caller's.
 */
json_t *deed_json(const struct facts *facts, const struct action *action);

/* No deed, but what kept one from being done: an alarm began (alarm), or is
 * over (over); why is its TEXT. The caller's. */
json_t *deed_alarm_json(const char *target, const char *text, bool is_over,
			int64_t now_ms);

/* Its parts, of which `explain` has the same. */
json_t *deed_chain_json(const struct facts *facts, const struct chain *chain);
json_t *deed_shed_json(const struct facts *facts);
