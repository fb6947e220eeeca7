/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

enum placement { PLACED, MISPLACED, LOST };

/* Where the released version's files are beside the live directory. */
static enum placement place_aside(const struct facts *facts,
				  struct links *links)
{
	if (facts->released_number) {
		links->place = LINKS_ARCHIVE;
		links->number = facts->released_number;
	} else if (facts->released_held) {
		links->place = LINKS_HELD;
		links->held = facts->state->released;
	} else {
		return LOST;
	}
	return MISPLACED;
}

static enum placement place_links(const struct facts *facts,
				  struct links *links)
{
	const struct fingerprint *released = &facts->state->released;
	bool at_rest = facts->links.place == LINKS_REST;
	/* combined.pem has no other place than the held file. */
	bool alone = facts->links.files == PEM_BIT(PEM_COMBINED);
	bool shown = chain_is(facts->shown, released) && !facts->links_lack;

	*links = (struct links){ .place = LINKS_REST };
	if (!facts->pin && facts->may_rest && chain_is(facts->live, released))
		return (at_rest || alone) && shown ? PLACED : MISPLACED;
	if (shown && !(facts->pin && at_rest))
		return PLACED;
	return place_aside(facts, links);
}

static const struct owner_facts *find_unanswered(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (owner_is_in_use(&facts->owners[i]) &&
		    facts->owners[i].seen->count == 0)
			return &facts->owners[i];
	return NULL;
}

static bool is_served(const struct facts *facts, const struct chain *chain)
{
	return rollover_next_confirm(facts, chain, facts->now_ms).step ==
	       STEP_NOTHING;
}

/* The one that ends last, of CHAINS that are valid and, as IS_IT has it, have a
 * match. */
static const struct chain *find_last(const struct facts *facts,
				     const struct chains *chains,
				     bool (*is_it)(const struct facts *facts,
						   const struct chain *chain))
{
	const struct chain *found = NULL;

	for (size_t i = 0; i < chains->count; i++) {
		const struct chain *at = chains->items[i];

		if (at && at->not_after_seconds * 1000 > facts->now_ms &&
		    (!found ||
		     at->not_after_seconds > found->not_after_seconds) &&
		    is_it(facts, at))
			found = at;
	}
	return found;
}

/* Do sets that servers show have a match for CHAIN? Who is silent says
 * nothing. */
struct opinion {
	size_t with, without;
};

static struct opinion ask_about(const struct owner_facts *owner,
				const struct chain *chain)
{
	struct opinion opinion = { 0 };

	for (size_t i = 0; i < owner->seen->count; i++) {
		const struct sighting *at = &owner->seen->sightings[i];

		if (at->verdict != SIGHTING_SET)
			continue;
		if (tlsa_set_covers(&at->set, chain))
			opinion.with++;
		else
			opinion.without++;
	}
	return opinion;
}

/* Somewhere there are sets, and none has a match. */
static bool is_refused(const struct facts *facts, const struct chain *chain)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		struct opinion is = ask_about(&facts->owners[i], chain);

		if (facts->owners[i].param_count && is.without && !is.with)
			return true;
	}
	return false;
}

/* In all that is wanted. */
static struct opinion ask_all_about(const struct facts *facts,
				    const struct chain *chain)
{
	struct opinion all = { 0 };

	for (size_t i = 0; i < facts->owner_count; i++) {
		struct opinion is = ask_about(&facts->owners[i], chain);

		if (facts->owners[i].param_count) {
			all.with += is.with;
			all.without += is.without;
		}
	}
	return all;
}

/* Somewhere there are sets, and all that there are have a match: an owner that
 * is new in the configuration has none yet. */
static bool is_offered(const struct facts *facts, const struct chain *chain)
{
	struct opinion all = ask_all_about(facts, chain);

	return all.with && !all.without;
}

/* The state is older than the links, and what is held may have come back with
 * it: then it says less than they do, but for what servers say. */
static bool is_kept_outdated(const struct facts *facts)
{
	const struct links *links = &facts->links;

	return facts->state->outdated && facts->kept && facts->shown &&
	       !chain_is(facts->shown, &facts->kept->version) &&
	       !(links->files & PEM_BIT(PEM_COMBINED) &&
		 fingerprint_equal(&links->combined, &facts->kept->version));
}

/* Certbot led links at rest on, to what may never have been published, or the
 * zone came back from a backup. What was in service last goes on if it has a
 * match, or nobody can be asked. Where nobody knows what that was, or it has
 * none, what is shown and what is served get their records, the links stay, and
 * no service is told to load anything before caches allow it. */
static struct action adopt_from_rest(const struct facts *facts)
{
	const struct chain *was = facts->kept;
	bool stays = was && chain_is(facts->shown, &was->version);
	bool doubted = is_kept_outdated(facts);
	struct action next = stays ? adopt(facts->shown) : guess(facts->shown);

	if (facts->local_only)
		return was && !doubted ? adopt(was) : next;
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
	if (find_unanswered(facts))
		return was && !doubted ? adopt(was) : next;
	if (is_served(facts, facts->shown))
		return next;
	if (doubted && is_offered(facts, was)) {
		next = guess(was);
		next.beside = facts->shown;
		return next;
	}
	if (was && !stays && !doubted && !is_refused(facts, was))
		return adopt(was);
	next.beside = find_last(facts, &facts->former, is_offered);
	return next;
}

/* Nothing tells what was in service, but one of the archive has a match on all
 * servers that answer, and CHAIN has none: whatever reads the links may present
 * that one. */
static struct action guess_again(const struct facts *facts,
				 const struct chain *chain)
{
	struct action next = guess(chain);
	const struct chain *served;

	if (facts->local_only || facts->former.count < 2)
		return next;
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
	served = is_offered(facts, chain) ? NULL :
		 find_last(facts, &facts->former, is_offered);
	if (served) {
		next.beside = chain;
		next.chain = served;
	}
	return next;
}

/* Links of our own tell, or what is held; live and the archive do not. */
static struct action next_adopt(const struct facts *facts)
{
	/* Services may present what the links show, readable now or not. */
	if (!facts->shown && (facts->disk_trouble || facts->held_unread))
		return because(STEP_STUCK, REASON_DISK, NULL);
	if (!facts->shown && !facts->kept && facts->state->transient)
		return because(STEP_STUCK, REASON_STATE, NULL);
	if (facts->shown && facts->links.place == LINKS_REST)
		return adopt_from_rest(facts);
	if (facts->kept && !is_kept_outdated(facts))
		return adopt(facts->kept);
	if (facts->shown || facts->live)
		return guess_again(facts, facts->shown ? facts->shown :
							 facts->live);
	return because(STEP_STUCK, REASON_LIVE_BROKEN, NULL);
}

/* Since the first look: then it is no guess any more what may be presented. */
static bool was_served(const struct facts *facts, const struct chain *chain)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct ledger *ledger = facts->owners[i].ledger;

		for (size_t k = 0; ledger && k < ledger->version_count; k++)
			if (ledger->versions[k].kind == LEDGER_SET &&
			    tlsa_set_covers(&ledger->versions[k].set, chain))
				return true;
	}
	return false;
}

/* Who could ask nobody took what there was. */
struct action rollover_ask_again(const struct facts *facts)
{
	struct action next = step(STEP_NOTHING);

	if (facts->state->guessed && facts->links.place != LINKS_REST &&
	    !was_served(facts, facts->released))
		next = guess_again(facts, facts->released);
	return next.step == STEP_ADOPT && next.chain == facts->released ?
	       step(STEP_NOTHING) : next;
}

/* Certbot moves its own links and none of ours: where these were made for
 * another good version than the state has, the state is not of today. */
static bool is_made_for_another(const struct facts *facts)
{
	return facts->shown && facts->shown_as_made && !facts->links_old &&
	       facts->links.place != LINKS_REST &&
	       !chain_is(facts->shown, &facts->state->released);
}

static bool is_returned(const struct facts *facts, const struct chain *chain)
{
	for (size_t i = 0; i < facts->returned.count; i++)
		if (chain_is(chain, &facts->returned.items[i]->version))
			return true;
	return false;
}

/* Or others were in service than the state knows of: then links at rest may
 * show what is. */
static bool is_led_elsewhere(const struct facts *facts)
{
	return is_made_for_another(facts) ||
	       (facts->shown && facts->kept &&
		!chain_is(facts->shown, &facts->state->released));
}

/* Links that were made for a guess make it no more than that. */
static struct action adopt_what_was(const struct facts *facts)
{
	bool stays = is_made_for_another(facts) ||
		     is_returned(facts, facts->shown);

	if (stays && facts->state->guessed)
		return guess(facts->shown);
	return adopt(stays ? facts->shown : facts->kept);
}

/* Whatever the state says, links do not move to a certificate for which the
 * servers have no match: then it is the links that are right. That one server
 * is silent proves neither, so those that answer tell; or it is waited for.
 * Where all answer, and none has a set, nothing tells; nor where sets speak for
 * both, or some for neither. */
static struct action move_if_served(const struct facts *facts,
				    struct action move)
{
	struct action stay = adopt_what_was(facts), wait;

	if (facts->local_only && facts->links.place != LINKS_REST)
		return step(STEP_NOTHING);
	if (facts->local_only || !facts->released)
		return stay;
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
	if (find_unanswered(facts))
		return because(STEP_STUCK, REASON_ZONE, find_unanswered(facts));
	if (is_served(facts, facts->released))
		return move;
	if (is_offered(facts, stay.chain))
		return is_offered(facts, facts->released) ? guess(stay.chain) :
							    stay;
	if (is_offered(facts, facts->released))
		return move;
	if (ask_all_about(facts, facts->released).without)
		return guess(stay.chain);
	wait = rollover_next_unheard(facts);
	return wait.step == STEP_WAIT ? wait : guess(stay.chain);
}

/* Links at rest show what certbot made, or pre has pinned that, and a state
 * that nothing proves yet has another: it may be of a time before what is shown
 * was released. */
static bool is_in_doubt(const struct facts *facts)
{
	const struct state *state = facts->state;

	return state->unproven &&
	       (facts->links.place == LINKS_REST || state->copied) &&
	       facts->shown && facts->released &&
	       !chain_is(facts->shown, &facts->released->version);
}

/* Nobody tells who is right, the state or the links: a state that is known for
 * a copy leaves them where they lead. */
static struct action stay_in_doubt(const struct facts *facts,
				   struct action move)
{
	struct action wait;

	if (!facts->state->copied)
		return move;
	if (find_unanswered(facts))
		return because(STEP_STUCK, REASON_ZONE, find_unanswered(facts));
	wait = rollover_next_unheard(facts);
	return wait.step == STEP_WAIT ? wait : guess(facts->shown);
}

/* Only what is served by all who answer, where the state's is not, is right
 * against the state: one that is silent speaks for neither. Where all sets are
 * without that of a copy, services are not told to load it.
 * Who asks nobody lets links lead where they do. */
static struct action move_in_doubt(const struct facts *facts,
				   struct action move)
{
	struct opinion released;

	if (facts->local_only)
		return facts->state->copied ? step(STEP_NOTHING) : move;
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
	released = ask_all_about(facts, facts->released);
	if (released.without && is_offered(facts, facts->shown))
		return guess(facts->shown);
	if (released.with)
		return move;
	return released.without && facts->state->copied ?
	       guess(facts->shown) : stay_in_doubt(facts, move);
}

static bool is_any(const struct facts *facts, const struct chain *chain)
{
	(void)facts;
	(void)chain;
	return true;
}

/* The files of what is released are gone for good, as where state and links
 * came back from a backup. Links that show something stay; what else may be
 * presented has its records, live perhaps none. */
static struct action next_lost(const struct facts *facts)
{
	const struct chain *last = find_last(facts, &facts->presented, is_any);
	const struct chain *offered;

	if (facts->shown)
		return guess(facts->shown);
	if (!last)
		return facts->live ? guess(facts->live) :
				     because(STEP_STUCK, REASON_LOST, NULL);
	if (facts->local_only)
		return guess(last);
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
	offered = find_last(facts, &facts->presented, is_offered);
	if (!offered && facts->live && is_offered(facts, facts->live))
		offered = facts->live;
	return guess(offered ? offered : last);
}

/* Step STEP_NOTHING: the links are where they should be. */
struct action rollover_next_links(const struct facts *facts)
{
	const struct state *state = facts->state;
	struct action move = step(STEP_LINKS);

	if (facts->links.place == LINKS_FOREIGN && !facts->recreate)
		return because(STEP_STUCK, REASON_LINKS_FOREIGN, NULL);
	if (!state->has_released)
		return next_adopt(facts);
	if (state->has_releasing && chain_is(facts->shown, &state->releasing))
		return step(STEP_ACCEPT);
	switch (place_links(facts, &move.links)) {
	case PLACED:
		return step(STEP_NOTHING);
	case MISPLACED:
		return is_led_elsewhere(facts) ? move_if_served(facts, move) :
		       is_in_doubt(facts) ? move_in_doubt(facts, move) : move;
	case LOST:
		break;
	}
	if (facts->disk_trouble || facts->held_unread)
		return because(STEP_STUCK, REASON_DISK, NULL);
	if (is_led_elsewhere(facts))
		return move_if_served(facts, move);
	if (facts->kept)
		return adopt(facts->kept);
	return next_lost(facts);
}
