/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

/*
 * TTLs that were lowered. One look shows nothing of that: a front end that
 * answers from its cache counts down, and of several machines behind an
 * address each may show another. But where for long every answer of every
 * address had the very same TTL, nothing else was served since, and when
 * caches have let go of what was served before, only that TTL counts.
 */

/* So often it was so at rest: by chance no front end shows the same for so
 * long. */
#define RESTS_ALIKE 4

static bool shows_another(const struct survey_owner *seen, uint32_t ttl_seconds)
{
	for (size_t i = 0; i < seen->count; i++)
		if (sighting_is_useful(&seen->sightings[i]) &&
		    seen->sightings[i].ttl_seconds != ttl_seconds)
			return true;
	return false;
}

static bool all_answer(const struct survey_owner *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		if (!sighting_is_useful(&seen->sightings[i]))
			return false;
	return seen->count > 0;
}

static bool any_wavers(const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->address_count; i++)
		if (ledger->addresses[i].wavers)
			return true;
	return false;
}

/* Has every address that resolvers may ask just told what it serves? */
static bool all_told(const struct ledger *ledger)
{
	int64_t look_ms = ledger_last_look(ledger);

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];

		if (at->departed_ms != LEDGER_NEVER || !at->current ||
		    at->last_ms[at->current] != look_ms)
			return false;
	}
	return ledger->address_count > 0 && !any_wavers(ledger);
}

void ledger_end_steady(struct ledger *ledger)
{
	ledger->steady_ms = LEDGER_NEVER;
	ledger->steady_ttl_seconds = 0;
	ledger->steady_rests = 0;
}

void ledger_note_new(struct ledger *ledger)
{
	ledger_end_steady(ledger);
	if (ledger->versions[0].ttl_seconds < ledger->former_ttl_seconds)
		ledger->versions[0].ttl_seconds = ledger->former_ttl_seconds;
}

/* Who is silent for a while and then shows the same did not go back meanwhile;
 * but to begin with all have to answer. */
void ledger_note_steady(struct ledger *ledger, const struct survey_owner *seen,
			int64_t now_ms)
{
	uint32_t first_seconds = seen->sightings[0].ttl_seconds;

	if (ledger->steady_ms != LEDGER_NEVER && !any_wavers(ledger) &&
	    !shows_another(seen, ledger->steady_ttl_seconds))
		return;
	ledger_end_steady(ledger);
	if (!all_answer(seen) || shows_another(seen, first_seconds) ||
	    !all_told(ledger))
		return;
	ledger->steady_ms = now_ms;
	ledger->steady_ttl_seconds = first_seconds;
}

void ledger_lower(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms)
{
	uint32_t ttl_seconds = ledger->steady_ttl_seconds;

	if (ledger->steady_ms == LEDGER_NEVER || !all_told(ledger))
		return;
	if (ledger->steady_rests < RESTS_ALIKE)
		ledger->steady_rests++;
	if (ledger->steady_rests < RESTS_ALIKE ||
	    ledger->steady_ms + ledger_keep_ms(ledger, 0, rules) > now_ms)
		return;
	ledger->former_ttl_seconds =
		ledger_ttl_max(ledger, ledger->former_ttl_seconds);
	ledger->versions[0].ttl_seconds = ttl_seconds;
	for (size_t i = 0; i < ledger->address_count; i++)
		ledger->versions[ledger->addresses[i].current].ttl_seconds =
			ttl_seconds;
}

/* ---- Of what leads resolvers to a server --------------------------------- */

void ledger_note_asked(struct ledger_address *at, uint32_t seconds,
		       int64_t now_ms)
{
	/* Nobody looked while it was away. */
	if (at->departed_ms != LEDGER_NEVER || seconds >= at->asked_seconds)
		at->asked_since_ms = LEDGER_NEVER;
	if (seconds >= at->asked_seconds) {
		at->asked_seconds = seconds;
		return;
	}
	if (at->asked_since_ms == LEDGER_NEVER) {
		at->asked_since_ms = now_ms;
		at->asked_lately_seconds = 0;
		at->asked_rests = 0;
	}
	if (at->asked_lately_seconds < seconds)
		at->asked_lately_seconds = seconds;
}

/* One look shows what some of the parent's servers say, and one that nobody
 * proves may be forged: the longest of many counts. */
static void lower_asked(struct ledger_address *at, int64_t now_ms)
{
	if (at->asked_rests < RESTS_ALIKE)
		at->asked_rests++;
	if (at->asked_since_ms == LEDGER_NEVER ||
	    at->asked_rests < RESTS_ALIKE ||
	    at->asked_since_ms + at->asked_seconds * INT64_C(1000) > now_ms)
		return;
	at->asked_seconds = at->asked_lately_seconds;
	at->asked_since_ms = LEDGER_NEVER;
}

void ledger_lower_asked(struct ledger *ledger, int64_t now_ms)
{
	for (size_t i = 0; all_told(ledger) && i < ledger->address_count; i++)
		lower_asked(&ledger->addresses[i], now_ms);
}
