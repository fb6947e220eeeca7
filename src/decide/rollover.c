/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

/* ---- The links -------------------------------------------------------- */

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

static struct action adopt(const struct chain *chain)
{
	return (struct action){ .step = STEP_ADOPT, .chain = chain };
}

static struct action guess(const struct chain *chain)
{
	struct action next = adopt(chain);

	next.guesses = true;
	return next;
}

static bool is_surveyed(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (!facts->owners[i].seen)
			return false;
	return true;
}

static struct action survey(enum transport transport)
{
	return (struct action){ .step = STEP_SURVEY, .transport = transport };
}

static const struct owner_facts *find_unanswered(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].seen->count == 0)
			return &facts->owners[i];
	return NULL;
}

static bool is_served(const struct facts *facts, const struct chain *chain)
{
	return rollover_next_confirm(facts, chain, facts->now_ms).step ==
	       STEP_NOTHING;
}

/* The one that ends last, of those that are valid and, as IS_IT has it, have a
 * match. */
static const struct chain *find_former(const struct facts *facts,
				       bool (*is_it)(const struct facts *facts,
						     const struct chain *chain))
{
	const struct chain *found = NULL;

	for (size_t i = 0; i < facts->former.count; i++) {
		const struct chain *at = facts->former.items[i];

		if (at->not_after_seconds * 1000 > facts->now_ms &&
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

/* Certbot led links at rest on, to what may never have been published, or the
 * zone came back from a backup. What was in service last goes on if it has a
 * match, or nobody can be asked. Where nobody knows what that was, or it has
 * none, what is shown and what is served get their records, the links stay, and
 * no service is told to load anything before caches allow it. */
static struct action adopt_from_rest(const struct facts *facts)
{
	const struct chain *was = facts->kept;
	bool stays = was && chain_is(facts->shown, &was->version);
	struct action next = stays ? adopt(facts->shown) : guess(facts->shown);

	if (facts->local_only)
		return was ? adopt(was) : next;
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	if (find_unanswered(facts))
		return was ? adopt(was) : next;
	if (is_served(facts, facts->shown))
		return next;
	if (was && !stays && !is_refused(facts, was))
		return adopt(was);
	next.beside = find_former(facts, is_served);
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
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	served = is_offered(facts, chain) ? NULL :
		 find_former(facts, is_offered);
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
	if (facts->kept)
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
static struct action next_guess(const struct facts *facts)
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
 * Where all answer, and none has a set, nothing tells. */
static struct action move_if_served(const struct facts *facts,
				    struct action move)
{
	struct action stay = adopt_what_was(facts), wait;

	if (facts->local_only && facts->links.place != LINKS_REST)
		return step(STEP_NOTHING);
	if (facts->local_only || !facts->released)
		return stay;
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	if (find_unanswered(facts))
		return because(STEP_STUCK, REASON_ZONE, find_unanswered(facts));
	if (is_served(facts, facts->released))
		return move;
	if (is_offered(facts, stay.chain) ||
	    ask_all_about(facts, facts->released).without)
		return stay;
	if (is_offered(facts, facts->released))
		return move;
	wait = rollover_next_unheard(facts);
	return wait.step == STEP_WAIT ? wait : guess(stay.chain);
}

/* Links at rest show what certbot made, and a state that nothing proves yet has
 * another: it may be of a time before what is shown was released. */
static bool is_in_doubt(const struct facts *facts)
{
	return facts->state->unproven && facts->links.place == LINKS_REST &&
	       facts->shown && facts->released;
}

/* Only what is served by all who answer, where the state's is not, is right
 * against the state: one that is silent speaks for neither.
 * Who asks nobody lets links lead where they do: pre pins them there. */
static struct action move_in_doubt(const struct facts *facts,
				   struct action move)
{
	if (facts->local_only)
		return facts->state->restored ? step(STEP_NOTHING) : move;
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	if (is_offered(facts, facts->released) ||
	    !is_offered(facts, facts->shown))
		return move;
	return guess(facts->shown);
}

/* Step STEP_NOTHING: the links are where they should be. */
static struct action next_links(const struct facts *facts)
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
	if (facts->kept || facts->live)
		return facts->kept ? adopt(facts->kept) : guess(facts->live);
	return because(STEP_STUCK, REASON_LOST, NULL);
}

/* ---- The whole -------------------------------------------------------- */

static bool is_settled(const struct facts *facts)
{
	const struct state *state = facts->state;

	return state->has_settled && facts->config_settled &&
	       (!state->record_ttl_seconds ||
		state->record_ttl_seconds == facts->record_ttl_seconds) &&
	       only_released_presented(state) &&
	       fingerprint_equal(&state->settled, &state->released) &&
	       chain_is(facts_goal(facts), &state->released);
}

struct action rollover_live_trouble(const struct facts *facts)
{
	if (facts->fitness != FITNESS_GOOD)
		return because(STEP_STUCK, REASON_UNFIT, NULL);
	if (facts->certbot_runs)
		return because(STEP_WAIT, REASON_CERTBOT_WRITES, NULL);
	return because(STEP_STUCK, REASON_LIVE_BROKEN, NULL);
}

/* What is presented keeps its records, but without a goal nothing may be given
 * up. */
static struct action next_without_live(const struct facts *facts)
{
	struct action trouble = rollover_live_trouble(facts), next;

	if (trouble.step != STEP_STUCK || !facts->may_look)
		return trouble;
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	next = rollover_next_publish(facts);
	return next.step == STEP_NOTHING ? trouble : next;
}

static struct action next_dns(const struct facts *facts)
{
	const struct state *state = facts->state;
	struct action next = rollover_next_publish(facts);

	if (next.step != STEP_NOTHING)
		return next;
	next = rollover_next_orphans(facts);
	if (next.step != STEP_NOTHING)
		return next.step == STEP_WAIT ? rollover_watch(facts, next) :
						next;
	if (!chain_is(facts->live, &state->released))
		return rollover_next_turn(facts);
	if (!only_released_presented(state))
		return rollover_next_proof(facts);
	if (facts->reload_failed)
		return because(STEP_STUCK, REASON_RELOAD, NULL);
	next = rollover_next_retire(facts);
	if (next.step == STEP_SETTLE)
		next = rollover_next_retime(facts);
	if (next.step == STEP_NOTHING)
		return rollover_next_rest(facts);
	return next.step == STEP_WAIT ? rollover_watch_rest(facts, next) : next;
}

struct action rollover_next(const struct facts *facts)
{
	struct action next;

	if (state_is_left(facts->state))
		return rollover_next_farewell(facts);
	next = next_links(facts);
	if (next.step != STEP_NOTHING || facts->local_only)
		return next;
	if (!facts->released)
		return because(STEP_STUCK, facts->disk_trouble ? REASON_DISK :
			       REASON_LOST, NULL);
	if (facts->held_unread)
		return because(STEP_STUCK, REASON_DISK, NULL);
	if (facts->returned.count)
		return adopt(facts->released);
	if (facts->state->reload_due && !facts->reload_failed)
		return step(STEP_RELOAD);
	if (facts->state->removal)
		return is_surveyed(facts) ||
		       facts->state->removal == REMOVAL_KEEPS ?
		       rollover_next_removal(facts) : survey(TRANSPORT_UDP);
	if (!facts->live)
		return next_without_live(facts);
	next = next_guess(facts);
	if (next.step != STEP_NOTHING)
		return next;
	if (is_settled(facts) && (facts->looked_lately || !facts->may_look))
		return step(STEP_NOTHING);
	if (!is_surveyed(facts))
		return survey(TRANSPORT_UDP);
	return next_dns(facts);
}

bool rollover_is_too_late(const struct facts *facts,
			  const struct action *action)
{
	const struct chain *goal = facts_goal(facts);
	int64_t until_ms = action->until_ms ? action->until_ms : facts->now_ms;

	return action->step == STEP_WAIT && facts->released && goal &&
	       !fingerprint_equal(&goal->version, &facts->released->version) &&
	       until_ms > facts->released->not_after_seconds * 1000;
}
