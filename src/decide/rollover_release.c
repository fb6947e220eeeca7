/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

#include "base/xalloc.h"
#include "decide/caches.h"
#include "decide/outside.h"

/* B may go into service when no cache can hold a set without a match for it,
 * and every server has said so once more. */

struct action rollover_next_confirm(const struct facts *facts,
				  const struct chain *chain, int64_t until_ms)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const struct sighting *late =
			owner_unconfirmed(owner, chain, until_ms);

		if (late)
			return (struct action){ .step = STEP_WAIT,
				.reason = REASON_SERVER, .owner = owner,
				.sighting = late };
	}
	return step(STEP_NOTHING);
}

/* One that never told what it serves is in no ledger. */
struct action rollover_next_unheard(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		for (size_t k = 0; owner_is_in_use(owner) &&
		     k < owner->seen->count; k++) {
			const struct sighting *at = &owner->seen->sightings[k];

			if (!sighting_is_useful(at) && !sighting_is_hidden(at))
				return (struct action){ .step = STEP_WAIT,
					.reason = REASON_SERVER, .owner = owner,
					.sighting = at };
		}
	}
	return step(STEP_NOTHING);
}

typedef int64_t (*safe_from_fn)(const struct facts *facts,
				const struct owner_facts *owner,
				const struct chain *chain);

/* The owner whose caches take longest, and until when. */
static struct action next_caches(const struct facts *facts,
				 const struct chain *chain,
				 safe_from_fn safe_from)
{
	struct action longest = step(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		int64_t safe_ms = safe_from(facts, owner, chain);

		if (safe_ms > facts->now_ms && safe_ms > longest.until_ms)
			longest = wait_until(REASON_CACHES, safe_ms, owner);
	}
	return longest;
}

struct action rollover_next_caches(const struct facts *facts,
				   const struct chain *chain)
{
	return next_caches(facts, chain, caches_safe_from);
}

/* Another version may have been in service: not live, which came later. */
static bool is_one_of_several(const struct facts *facts)
{
	for (size_t i = 0; i < facts->former.count; i++) {
		const struct chain *at = facts->former.items[i];

		if (!chain_is(facts->released, &at->version) &&
		    !chain_is(facts->live, &at->version))
			return true;
	}
	return facts->former_more;
}

struct action rollover_next_guess(const struct facts *facts)
{
	return next_caches(facts, facts->released, is_one_of_several(facts) ?
			   caches_safe_from_guess : caches_safe_from);
}

/* Another target may have seen here what caches keep long, and cannot say. */
static struct action next_unseen(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].others.unseen)
			return because(STEP_WAIT, REASON_OTHERS,
				       &facts->owners[i]);
	return step(STEP_NOTHING);
}

/* ---- The view from outside --------------------------------------------- */

static int64_t later_of(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/* Until when a release waits for ANSWER; 0: nobody knows, for what it holds
 * it got just now. */
static int64_t held_until(const struct facts *facts,
			  const struct outside_answer *answer)
{
	int64_t until_ms = answer->until_ms +
			   facts->rules.margin_seconds * INT64_C(1000);

	return until_ms > facts->now_ms ? until_ms : 0;
}

/* Until when a resolver that does not answer holds the release up. */
static int64_t patience_until(const struct facts *facts)
{
	int64_t since_ms = facts->state->outside_ms;

	return (since_ms ? since_ms : facts->now_ms) + OUTSIDE_PATIENCE_MS;
}

/* What ANSWER has against CHAIN at OWNER. CACHES_MS: until then the ledger has
 * the release wait in any case, 0: no longer; what is held until then is no
 * news. */
static struct action next_answer(const struct facts *facts,
				 const struct owner_facts *owner,
				 const struct outside_answer *answer,
				 const struct chain *chain, int64_t caches_ms)
{
	struct action next = because(STEP_WAIT, REASON_OUTSIDE, owner);

	next.outside = answer;
	switch (outside_judge(owner, answer, chain)) {
	case OUTSIDE_LACKS:
	case OUTSIDE_STRANGE:
		if (caches_ms && !answer->is_late)
			break;
		next.until_ms = held_until(facts, answer);
		if (next.until_ms)
			next.until_ms = later_of(next.until_ms, caches_ms);
		return next;
	case OUTSIDE_SILENT:
		next.until_ms = patience_until(facts);
		if (caches_ms || next.until_ms <= facts->now_ms ||
		    facts->state->outside_ms > facts->now_ms)
			break;
		return next;
	case OUTSIDE_EMPTY:
	case OUTSIDE_AGREES:
		break;
	}
	return step(STEP_NOTHING);
}

/* What contradicts goes before what was not looked at. */
static bool is_worse(const struct action *next, const struct action *worst)
{
	bool seen = next->outside->verdict != OUTSIDE_UNSEEN;

	if (worst->step == STEP_NOTHING)
		return true;
	if (seen != (worst->outside->verdict != OUTSIDE_UNSEEN))
		return seen;
	return worst->until_ms && (!next->until_ms ||
				   next->until_ms > worst->until_ms);
}

struct action rollover_next_outside(const struct facts *facts,
				    const struct chain *chain,
				    int64_t caches_ms)
{
	struct action worst = step(STEP_NOTHING);

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		bool counts = owner->outside &&
			      (owner->param_count || owner->alias);

		for (size_t k = 0; counts && k < owner->outside->count; k++) {
			struct action next = next_answer(facts, owner,
				&owner->outside->answers[k], chain, caches_ms);

			if (next.step != STEP_NOTHING &&
			    is_worse(&next, &worst))
				worst = next;
		}
	}
	return worst;
}

/* ---- All together ------------------------------------------------------ */

static struct action release(const struct facts *facts,
			     const struct chain *chain)
{
	struct action action = { .step = STEP_RELEASE, .chain = chain };
	unsigned number = chain == facts->live ? facts->live_number :
						 facts->next_number;

	if (chain == facts->live && facts->may_rest && !facts->pin) {
		action.links.place = LINKS_REST;
	} else if (number) {
		action.links.place = LINKS_ARCHIVE;
		action.links.number = number;
	} else {
		action.links.place = LINKS_HELD;
		action.links.held = chain->version;
	}
	return action;
}

struct action rollover_next_release(const struct facts *facts,
				    struct chain *chain)
{
	struct action redo = rollover_next_redo(facts, chain);
	struct action caches = rollover_next_caches(facts, chain);
	struct action unseen = next_unseen(facts);
	struct action confirm = rollover_next_confirm(facts, chain,
		caches.until_ms ? caches.until_ms : facts->now_ms);
	struct action outside;

	if (redo.step != STEP_NOTHING)
		return redo;
	if (confirm.step != STEP_NOTHING)
		return confirm;
	outside = rollover_next_outside(facts, chain, caches.until_ms);
	if (outside.step != STEP_NOTHING && outside.outside->verdict ==
	    OUTSIDE_SET)
		return outside;
	if (caches.step != STEP_NOTHING)
		return caches;
	if (unseen.step != STEP_NOTHING)
		return unseen;
	if (facts->surveyed != TRANSPORT_TCP)
		return (struct action){ .step = STEP_SURVEY,
					.transport = TRANSPORT_TCP };
	if (outside.step != STEP_NOTHING)
		return outside;
	return release(facts, chain);
}
