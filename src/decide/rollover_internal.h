/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

/*
 * The parts of the decision: rollover.c has the order of everything;
 * rollover_links.c what is in service and where the links lead;
 * rollover_publish.c what is missing in DNS; rollover_release.c
 * what leads to B in service; rollover_turn.c whose turn it is where several
 * wait for that; rollover_retire.c what follows; rollover_rest.c what must be
 * so before all is done; rollover_retime.c that the time to live is as it is
 * configured; rollover_remove.c the end of a target that is removed;
 * rollover_change.c makes changes of what these want.
 * Each says STEP_NOTHING where it has no more to do.
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

static inline struct action adopt(const struct chain *chain)
{
	return (struct action){ .step = STEP_ADOPT, .chain = chain };
}

/* The same, where nobody knows: no service is told to load it before caches
 * allow that. */
static inline struct action guess(const struct chain *chain)
{
	struct action next = adopt(chain);

	next.guesses = true;
	return next;
}

static inline bool only_released_presented(const struct state *state)
{
	return state->presented_count == 1;
}

/*
 * What to do so that OWNER gets ADD, or loses REMOVE: STEP_PUBLISH or
 * STEP_RETIRE with the change, STEP_NOTHING for an empty set, or why it must
 * not be done. Through a program the change is only what may be asked for now
 * (exec_order.h), perhaps nothing. The sets are taken over.
 */
struct action rollover_propose_add(const struct facts *facts,
				   const struct owner_facts *owner,
				   struct tlsa_set add);
struct action rollover_propose_remove(const struct facts *facts,
				      const struct owner_facts *owner,
				      struct tlsa_set remove);

/* STEP_RETIME: what OWNER has gets the TTL that is configured. */
struct action rollover_propose_retime(const struct facts *facts,
				      const struct owner_facts *owner);

/* WHOLE, for all owners so far, takes in what is to be done AT one more, which
 * is used up: changes of all of them are made together, and one owner in
 * trouble does not keep the others from theirs. */
void rollover_join(struct action *whole, struct action at);

/* What the servers serve at all owners is known. */
static inline bool rollover_is_surveyed(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (!facts->owners[i].seen)
			return false;
	return true;
}

static inline struct action rollover_survey(void)
{
	return (struct action){ .step = STEP_SURVEY,
				.transport = TRANSPORT_UDP };
}

/* Links that are not where they should be, and what is taken as in service
 * where the state does not tell. STEP_NOTHING: all is as it should be. */
struct action rollover_next_links(const struct facts *facts);
/* Where that was guessed by who could ask nobody: STEP_ADOPT, or STEP_SURVEY
 * before it, where servers tell more. */
struct action rollover_ask_again(const struct facts *facts);
/* STEP_PUBLISH for all that is missing at the primary for any certificate that
 * may be presented, or for the goal. */
struct action rollover_next_publish(const struct facts *facts);
/* CHAIN's key was given up and comes back while the deletion of its record is
 * under way: that must be seen to be over before the record can be counted
 * on. */
struct action rollover_next_redo(const struct facts *facts,
				 struct chain *chain);

/* Why the set that the primary has at OWNER is not known. */
struct action rollover_primary_trouble(const struct owner_facts *owner);
/* Why live is of no use. */
struct action rollover_live_trouble(const struct facts *facts);

/* Does every server confirm CHAIN, and until UNTIL_MS? */
struct action rollover_next_confirm(const struct facts *facts,
				    const struct chain *chain,
				    int64_t until_ms);
/* STEP_WAIT while one that clients may ask has not told what it serves. */
struct action rollover_next_unheard(const struct facts *facts);
/* STEP_WAIT while caches may hold a set without a match for CHAIN. */
struct action rollover_next_caches(const struct facts *facts,
				   const struct chain *chain);
/* The same for what is released but was only guessed to be. */
struct action rollover_next_guess(const struct facts *facts);
/* STEP_WAIT while resolvers elsewhere contradict that, or were not looked at;
 * CACHES_MS as rollover_next_caches() has it. */
struct action rollover_next_outside(const struct facts *facts,
				    const struct chain *chain,
				    int64_t caches_ms);
/* The waits before CHAIN, live or next, goes into service, and STEP_RELEASE
 * after them. */
struct action rollover_next_release(const struct facts *facts,
				    struct chain *chain);
/* Live is not in service: its release or that of what was under way before it;
 * while they wait, what a former release has left to be done. */
struct action rollover_next_turn(const struct facts *facts);

/* Reload and proof, until A can no longer be presented. */
struct action rollover_next_proof(const struct facts *facts);
/* Records of ours at owners that are no longer configured. STEP_NOTHING also
 * while a server was not heard: what comes next waits for it. */
struct action rollover_next_orphans(const struct facts *facts);
/* NEXT, which deletes where nothing is configured any more; but what others
 * have there is not left alone for those who still come by an old alias. */
struct action rollover_wait_for_old_aliases(const struct facts *facts,
					    struct action next);
/* A target that is being removed and whose services are still ours: its
 * records go, or stay. */
struct action rollover_next_removal(const struct facts *facts);
/* After that: its links go to live, for good. */
struct action rollover_next_farewell(const struct facts *facts);
/* Records of ours that nothing needs which may be presented, is live, or is
 * under way: of versions that never went into service. */
struct action rollover_next_superseded(const struct facts *facts);
/* Records that only A needed; STEP_SETTLE: there are none. */
struct action rollover_next_retire(const struct facts *facts);
/* All else is done: STEP_RETIME where record_ttl is another than when the
 * target settled last, and the records are all of this program's. */
struct action rollover_next_retime(const struct facts *facts);
/* The last look before STEP_SETTLE: caches, signatures and services. */
struct action rollover_next_rest(const struct facts *facts);
/* While WAITING for servers: may caches hold a set without a match? */
struct action rollover_watch_rest(const struct facts *facts,
				  struct action waiting);
/* While WAITING for a release, or for an old alias to be forgotten: do the
 * services present what they should? */
struct action rollover_watch(const struct facts *facts, struct action waiting);
