/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

#include "base/bounds.h"

#include <stdlib.h>
#include <string.h>

/* Addresses that left the delegation. */

/* Where it is not known how long resolvers keep what led them to it. */
#define DEPARTED_SECONDS 86400
/* Where it is ignored: not at all, as near as 0 would not say. */
#define IGNORED_SECONDS 1

int64_t ledger_asked_until_ms(const struct ledger_address *at)
{
	int64_t seconds = at->asked_seconds ? at->asked_seconds :
					      DEPARTED_SECONDS;

	return at->departed_ms + seconds * 1000;
}

static bool is_surveyed(const struct survey_owner *seen,
			const struct address *address)
{
	for (size_t i = 0; i < seen->count; i++)
		if (!sighting_is_hidden(&seen->sightings[i]) &&
		    address_equal(&seen->sightings[i].server->address, address))
			return true;
	return false;
}

static bool is_ignored(const struct survey_owner *seen,
		       const struct address *address)
{
	const struct zone *zone = seen->zone;

	for (size_t i = 0; zone && i < zone->server_count; i++)
		if (zone->servers[i].ignored &&
		    address_equal(&zone->servers[i].address, address))
			return true;
	/* One that left the delegation can be ignored too. */
	return zone && config_zone_ignores(zone->config, address);
}

/* An operator says that it is dead: nobody gets anything there from now on, but
 * caches keep what it served until it died, and nobody knows when that was. */
static void end_address(struct ledger_address *at, int64_t now_ms)
{
	if (at->departed_ms != LEDGER_NEVER &&
	    ledger_asked_until_ms(at) <= now_ms + IGNORED_SECONDS * 1000)
		return;
	at->departed_ms = now_ms;
	at->asked_seconds = IGNORED_SECONDS;
}

void ledger_remove_address(struct ledger *ledger, size_t index)
{
	size_t after = --ledger->address_count - index;

	free(ledger->addresses[index].last_ms);
	memmove(&ledger->addresses[index], &ledger->addresses[index + 1],
		after * sizeof(*ledger->addresses));
}

static int64_t last_ms(const struct ledger *ledger,
		       const struct ledger_address *at)
{
	int64_t last_ms = LEDGER_NEVER;

	for (size_t v = 0; v < ledger->version_count; v++)
		ledger_raise_time(&last_ms, at->last_ms[v]);
	return last_ms;
}

/* ---- Too many ---------------------------------------------------------- */

/* The departed address but NOT_THIS that resolvers ask for the shortest time;
 * ADDRESS_COUNT: there is none. */
static size_t find_first_unasked(const struct ledger *ledger, size_t not_this)
{
	size_t first = ledger->address_count;

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];

		if (i == not_this || at->departed_ms == LEDGER_NEVER)
			continue;
		if (first == ledger->address_count ||
		    ledger_asked_until_ms(at) <
		    ledger_asked_until_ms(&ledger->addresses[first]))
			first = i;
	}
	return first;
}

/* INTO may from now on serve whatever either may. */
static void join(const struct ledger *ledger, struct ledger_address *into,
		 const struct ledger_address *from)
{
	int64_t until_ms = ledger_asked_until_ms(from);

	ledger_raise_time(&until_ms, ledger_asked_until_ms(into));
	ledger_raise_time(&into->departed_ms, from->departed_ms);
	into->asked_seconds = (uint32_t)((until_ms - into->departed_ms + 999) /
					 1000);
	for (size_t v = 0; v < ledger->version_count; v++)
		ledger_raise_time(&into->last_ms[v], from->last_ms[v]);
	into->current = 0;
	into->serial = LEDGER_SERIAL_UNKNOWN;
}

static bool join_departed(struct ledger *ledger)
{
	size_t none = ledger->address_count;
	size_t first = find_first_unasked(ledger, none);
	size_t second = first == none ? none :
			find_first_unasked(ledger, first);

	if (second == none)
		return false;
	join(ledger, &ledger->addresses[second], &ledger->addresses[first]);
	ledger_remove_address(ledger, first);
	return true;
}

void ledger_join_departed(struct ledger *ledger, size_t most)
{
	while (ledger->address_count > most && join_departed(ledger))
		;
}

/* ---- After a survey ---------------------------------------------------- */

void ledger_depart(struct ledger *ledger, const struct survey_owner *seen,
		   int64_t now_ms)
{
	for (size_t i = ledger->address_count; i-- > 0;) {
		struct ledger_address *at = &ledger->addresses[i];

		if (is_surveyed(seen, &at->address))
			continue;
		if (last_ms(ledger, at) == LEDGER_NEVER)
			ledger_remove_address(ledger, i);
		else if (is_ignored(seen, &at->address))
			end_address(at, now_ms);
		else if (at->departed_ms == LEDGER_NEVER)
			at->departed_ms = now_ms;
	}
	ledger_join_departed(ledger, LEDGER_ADDRESSES_MAX);
}

/* Nobody can take any more what only this one is known to have had: all have
 * answered since (see ledger_may_pass()). */
static bool was_outlived(const struct ledger *ledger, size_t index)
{
	int64_t mine_ms = last_ms(ledger, &ledger->addresses[index]);

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];

		if (i != index && at->current &&
		    at->last_ms[at->current] <= mine_ms)
			return false;
	}
	return true;
}

bool ledger_address_is_over(const struct ledger *ledger, size_t index,
			    const struct ledger_rules *rules, int64_t now_ms)
{
	const struct ledger_address *at = &ledger->addresses[index];

	if (at->departed_ms == LEDGER_NEVER)
		return false;
	for (size_t v = 0; v < ledger->version_count; v++) {
		int64_t served_ms = ledger_last_served(ledger, at, v);

		if (served_ms != LEDGER_NEVER &&
		    served_ms + ledger_keep_ms(ledger, v, rules) > now_ms)
			return false;
	}
	return was_outlived(ledger, index);
}
