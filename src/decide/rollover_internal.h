/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

/*
 * The parts of the decision: rollover.c has the links, the publication and
 * the order of everything; rollover_release.c what leads to B in service;
 * rollover_retire.c what follows. Each says STEP_NOTHING where it has no more
 * to do.
 */

static inline struct action step(enum step step)
{
	return (struct action){ .step = step };
}

static inline struct action because(enum step step, enum reason reason,
				    const struct owner_facts *owner)
{
	return (struct action){ .step = step, .reason = reason,
				.owner = owner };
}

static inline struct action wait_until(enum reason reason, int64_t until_ms,
				       const struct owner_facts *owner)
{
	return (struct action){ .step = STEP_WAIT, .reason = reason,
				.until_ms = until_ms, .owner = owner };
}

static inline bool is_leaf(const struct chain *chain,
			   const struct fingerprint *leaf)
{
	return chain && fingerprint_equal(&chain->leaf, leaf);
}

static inline bool only_released_presented(const struct state *state)
{
	return state->presented_count == 1;
}

/* Does every server confirm CHAIN, and until UNTIL_MS? */
struct action rollover_next_confirm(const struct facts *facts,
				    const struct chain *chain,
				    int64_t until_ms);
/* The waits before B goes into service, and STEP_RELEASE after them. */
struct action rollover_next_release(const struct facts *facts);

/* Reload and proof, until A can no longer be presented. */
struct action rollover_next_proof(const struct facts *facts);
/* Records of ours at owners that are no longer configured. */
struct action rollover_next_orphans(const struct facts *facts);
/* Records that only A needed; then it is settled. */
struct action rollover_next_retire(const struct facts *facts);
