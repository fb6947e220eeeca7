/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

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
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
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
	next = rollover_next_links(facts);
	if (next.step != STEP_NOTHING || facts->local_only)
		return next;
	if (!facts->released)
		return because(STEP_STUCK, facts->disk_trouble ? REASON_DISK :
			       REASON_LOST, NULL);
	if (facts->held_unread)
		return because(STEP_STUCK, REASON_DISK, NULL);
	if (facts->returned.count)
		return guess(facts->released);
	if (facts->state->reload_due && !facts->reload_failed)
		return step(STEP_RELOAD);
	if (facts->state->removal)
		return rollover_is_surveyed(facts) ||
		       facts->state->removal == REMOVAL_KEEPS ?
		       rollover_next_removal(facts) : rollover_survey();
	if (!facts->live)
		return next_without_live(facts);
	next = rollover_ask_again(facts);
	if (next.step != STEP_NOTHING)
		return next;
	if (is_settled(facts) && (facts->looked_lately || !facts->may_look))
		return step(STEP_NOTHING);
	if (!rollover_is_surveyed(facts))
		return rollover_survey();
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
