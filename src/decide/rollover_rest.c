/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

/* Is all as it should be, beside the records? Before a target is settled, once
 * in a while when it is, and while it waits. */

/*
 * What is configured for the first time is not called done, and no service
 * shall begin to present A for it, before every cache can have a match: an
 * owner may have had the records of others alone. That is a release of A.
 */
static struct action next_first_wait(const struct facts *facts)
{
	struct action next = facts->config_settled ? step(STEP_NOTHING) :
			     rollover_next_caches(facts, facts->released);

	if (next.step == STEP_WAIT)
		next.reason = REASON_LOCKED_OUT;
	return next;
}

/* Caches may have a set without a match: somebody has put it there, or it was
 * there before we came. */
static struct action next_locked_out(const struct facts *facts)
{
	int64_t until_ms = facts->state->locked_until_ms;
	struct action first = next_first_wait(facts);
	struct action next = wait_until(REASON_LOCKED_OUT, until_ms, NULL);

	if (until_ms <= facts->now_ms)
		return first;
	if (facts->state->settled_config)
		next.step = STEP_STUCK;
	else if (first.until_ms > until_ms)
		return first;
	return next;
}

static struct action next_signature(const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		for (size_t k = 0; k < owner->seen->count; k++) {
			const struct sighting *at = &owner->seen->sightings[k];

			if (sighting_is_running_out(at, facts->now_ms))
				return (struct action){ .step = STEP_STUCK,
					.reason = REASON_SIGNATURE,
					.owner = owner, .sighting = at };
		}
	}
	return step(STEP_NOTHING);
}

/* A service that does not answer presents nothing: others look after that. */
static struct action next_services(const struct facts *facts)
{
	if (!facts->may_look || facts->target->probe == CONFIG_PROBE_OFF)
		return step(STEP_NOTHING);
	switch (facts->probe) {
	case PROBE_NOT_ASKED:
		return step(STEP_PROBE);
	case PROBE_SAW_OTHER:
	case PROBE_SAW_NEXT:
		return because(STEP_STUCK, REASON_ASTRAY, NULL);
	case PROBE_SAW_OLD:
	case PROBE_NO_ANSWER:
	case PROBE_UNSEEN:
	case PROBE_SAW_NEW:
		break;
	}
	return step(STEP_NOTHING);
}

struct action rollover_next_rest(const struct facts *facts)
{
	struct action next = next_locked_out(facts);

	if (next.step == STEP_NOTHING)
		next = next_signature(facts);
	if (next.step == STEP_NOTHING)
		next = next_services(facts);
	return next.step == STEP_NOTHING ? step(STEP_SETTLE) : next;
}

/* At once, though servers have not yet what is published again: whose clients
 * fail must not first wait for a secondary. */
struct action rollover_watch_rest(const struct facts *facts,
				  struct action waiting)
{
	struct action next;

	if (!facts->state->settled_config ||
	    facts->state->locked_until_ms <= facts->now_ms)
		return waiting;
	action_clear(&waiting);
	next = wait_until(REASON_LOCKED_OUT, facts->state->locked_until_ms,
			  NULL);
	next.step = STEP_STUCK;
	return next;
}

/* Longer than any reload should take. */
#define RELOADED_LONG_MS (6 * 3600 * INT64_C(1000))

/* What was released has its records, so nobody fails; but while the next one
 * is waited for, nothing else would tell. */
static bool is_old_kept(const struct facts *facts)
{
	int64_t told_ms = facts->state->reloaded_ms;
	int64_t linger_ms = (int64_t)facts->target->linger_seconds * 1000;

	return facts->probe == PROBE_SAW_OLD && told_ms &&
	       told_ms + linger_ms + RELOADED_LONG_MS < facts->now_ms;
}

/* Nobody knows what services were given before a guess, and reloaded they
 * would present that too early. */
static bool may_be_former(const struct facts *facts)
{
	return facts->state->guessed &&
	       rollover_next_guess(facts).step != STEP_NOTHING;
}

struct action rollover_watch(const struct facts *facts, struct action waiting)
{
	struct action next = rollover_watch_rest(facts, waiting);

	if (next.step == STEP_STUCK || may_be_former(facts))
		return next;
	next = is_old_kept(facts) ? because(STEP_STUCK, REASON_PROBE, NULL) :
				    next_services(facts);
	if (next.step == STEP_STUCK)
		next.until_ms = waiting.until_ms;
	return next.step == STEP_NOTHING ? waiting : next;
}
