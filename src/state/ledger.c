/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define NONE SIZE_MAX

struct ledger *ledger_new(const char *owner)
{
	static const struct tlsa_set nothing;
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));

	ledger->owner = xstrdup(owner);
	ledger->rested_ms = LEDGER_NEVER;
	ledger_end_steady(ledger);
	ledger_add_version(ledger, LEDGER_UNKNOWN, &nothing);
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (size_t i = 0; i < ledger->version_count; i++) {
		tlsa_set_clear(&ledger->versions[i].set);
		free(ledger->versions[i].alias);
	}
	for (size_t i = 0; i < ledger->address_count; i++)
		free(ledger->addresses[i].last_ms);
	free(ledger->versions);
	free(ledger->addresses);
	free(ledger->owner);
	free(ledger);
}

bool ledger_is_alias_of(const struct ledger_version *version,
			const char *alias)
{
	return version->alias && alias && streq(version->alias, alias);
}

static bool is_version(const struct ledger_version *version,
		       const struct ledger_version *other)
{
	return version->kind == other->kind &&
	       (version->kind == LEDGER_UNKNOWN ||
		tlsa_set_equal(&version->set, &other->set)) &&
	       (version->kind != LEDGER_ALIAS ||
		ledger_is_alias_of(version, other->alias));
}

static size_t find_version(const struct ledger *ledger,
			   const struct ledger_version *wanted)
{
	for (size_t i = 0; i < ledger->version_count; i++)
		if (is_version(&ledger->versions[i], wanted))
			return i;
	return NONE;
}

/* Finds or adds what is the same as WANTED. */
static size_t add_version(struct ledger *ledger,
			  const struct ledger_version *wanted)
{
	struct ledger_version *version;
	size_t n = find_version(ledger, wanted);

	if (n != NONE)
		return n;
	n = ledger->version_count;
	version = array_push(ledger->versions, ledger->version_count);
	version->kind = wanted->kind;
	version->set = tlsa_set_copy(&wanted->set);
	version->alias = wanted->alias ? xstrdup(wanted->alias) : NULL;
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		at->last_ms = xreallocarray(at->last_ms, n + 1,
					    sizeof(*at->last_ms));
		at->last_ms[n] = LEDGER_NEVER;
	}
	return n;
}

size_t ledger_add_version(struct ledger *ledger, enum ledger_kind kind,
			  const struct tlsa_set *set)
{
	struct ledger_version wanted = { .kind = kind, .set = *set };

	invariant(kind != LEDGER_ALIAS);
	return add_version(ledger, &wanted);
}

static bool has_combination(const struct tlsa_set *set,
			    struct tlsa_params params)
{
	for (size_t i = 0; i < set->count; i++)
		if (tlsa_params_equal(set->records[i].params, params))
			return true;
	return false;
}

void ledger_note_combinations(struct ledger *ledger,
			      const struct tlsa_set *set)
{
	struct tlsa_set *unknown = &ledger->versions[0].set;

	for (size_t i = 0; i < set->count; i++)
		if (tlsa_is_usable(&set->records[i]) &&
		    !has_combination(unknown, set->records[i].params))
			tlsa_set_add(unknown, &set->records[i]);
}

size_t ledger_add_alias(struct ledger *ledger, const char *alias)
{
	struct ledger_version wanted = { .kind = LEDGER_ALIAS,
					 .alias = xstrdup(alias) };
	size_t version = add_version(ledger, &wanted);

	free(wanted.alias);
	return version;
}

static struct ledger_address *find_address(const struct ledger *ledger,
					   const struct address *address)
{
	for (size_t i = 0; i < ledger->address_count; i++)
		if (address_equal(&ledger->addresses[i].address, address))
			return &ledger->addresses[i];
	return NULL;
}

struct ledger_address *ledger_add_address(struct ledger *ledger,
					  const struct address *address)
{
	struct ledger_address *at = find_address(ledger, address);

	if (at)
		return at;
	at = array_push(ledger->addresses, ledger->address_count);
	at->address = *address;
	at->serial = LEDGER_SERIAL_UNKNOWN;
	at->departed_ms = LEDGER_NEVER;
	at->asked_since_ms = LEDGER_NEVER;
	at->last_ms = xcalloc(ledger->version_count, sizeof(*at->last_ms));
	for (size_t i = 0; i < ledger->version_count; i++)
		at->last_ms[i] = LEDGER_NEVER;
	return at;
}

/* False: the sighting does not tell what the address serves. */
static bool version_of_sighting(const struct sighting *sighting,
				struct ledger_version *version)
{
	*version = (struct ledger_version){ .set = sighting->set };
	switch (sighting->verdict) {
	case SIGHTING_SET:
	case SIGHTING_WILDCARD:	/* to a client it is a set like any other */
		version->kind = LEDGER_SET;
		return true;
	case SIGHTING_ABSENT:
		version->kind = LEDGER_ABSENT;
		return true;
	case SIGHTING_ALIAS:
		version->kind = LEDGER_ALIAS;
		version->alias = sighting->alias;
		return true;
	case SIGHTING_NO_ANSWER:
	case SIGHTING_ERROR:
	case SIGHTING_LAME:
	case SIGHTING_MALFORMED:
	case SIGHTING_UNPROVEN:
		return false;
	}
	return false;
}

int64_t ledger_last_anywhere(const struct ledger *ledger, size_t version)
{
	int64_t last_ms = LEDGER_NEVER;

	for (size_t i = 0; i < ledger->address_count; i++)
		ledger_raise_time(&last_ms,
				  ledger->addresses[i].last_ms[version]);
	return last_ms;
}

/* What AT was last seen with was older than what OTHER had then. */
static bool was_behind(const struct ledger *ledger,
		       const struct ledger_address *at,
		       const struct ledger_address *other)
{
	return !ledger->own_serials &&
	       at->serial != LEDGER_SERIAL_UNKNOWN &&
	       other->serial != LEDGER_SERIAL_UNKNOWN &&
	       serial_is_before((uint32_t)at->serial, (uint32_t)other->serial);
}

bool ledger_is_later(const struct ledger_address *at, int64_t time_ms)
{
	int64_t answered_ms = at->last_ms[at->current];

	return time_ms > answered_ms || (at->silent && time_ms == answered_ms);
}

/* All sightings of a survey have one time, and where a version was replaced it
 * counts as served until the survey that saw that. */
bool ledger_may_pass(const struct ledger *ledger,
		     const struct ledger_address *at, size_t version)
{
	if (!at->current)
		return false;
	if (ledger_is_later(at, ledger_last_anywhere(ledger, version)))
		return true;
	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *other = &ledger->addresses[i];

		if (other->current == version &&
		    !was_behind(ledger, other, at) &&
		    other->last_ms[version] >= at->last_ms[at->current])
			return true;
	}
	return false;
}

/* An address that shows the same version as at its last look may have had,
 * and lost again, what was elsewhere since. */
static void raise_between(struct ledger *ledger,
			  const struct sighting *sighting, int64_t now_ms)
{
	struct ledger_address *at =
		find_address(ledger, &sighting->server->address);
	struct ledger_version seen;

	if (sighting_is_hidden(sighting) || !at || !at->current ||
	    !version_of_sighting(sighting, &seen) ||
	    !is_version(&ledger->versions[at->current], &seen))
		return;
	for (size_t v = 1; v < ledger->version_count; v++)
		if (v != at->current && ledger_may_pass(ledger, at, v))
			ledger_raise_time(&at->last_ms[v], now_ms);
}

/* An address that shows another version than at the last look may have served
 * until now all that the zone had in between: what was elsewhere since. What
 * it did not show itself yet may have been anything before. */
static void raise_passed(struct ledger *ledger, struct ledger_address *at,
			 int64_t now_ms)
{
	for (size_t v = 1; v < ledger->version_count; v++)
		if (v != at->current && ledger_may_pass(ledger, at, v))
			ledger_raise_time(&at->last_ms[v], now_ms);
}

static size_t set_size(const struct tlsa_set *set)
{
	size_t size = 0;

	for (size_t i = 0; i < set->count; i++)
		size += sizeof(*set->records) + set->records[i].size;
	return size;
}

static size_t sets_size(const struct ledger *ledger)
{
	size_t size = 0;

	for (size_t v = 0; v < ledger->version_count; v++)
		size += set_size(&ledger->versions[v].set);
	return size;
}

/* One version too many is the one that nothing matches. */
static size_t note_version(struct ledger *ledger,
			   const struct ledger_version *seen)
{
	static const struct tlsa_set nothing;
	size_t version = find_version(ledger, seen);

	if (version != NONE)
		return version;
	if (ledger->version_count + 1 < LEDGER_VERSIONS_MAX &&
	    sets_size(ledger) + set_size(&seen->set) <=
	    LEDGER_SETS_SIZE_MAX)
		return add_version(ledger, seen);
	return ledger_add_version(ledger, LEDGER_ALIEN, &nothing);
}

size_t ledger_note_version(struct ledger *ledger, enum ledger_kind kind,
			   const struct tlsa_set *set)
{
	struct ledger_version seen = { .kind = kind, .set = *set };

	return note_version(ledger, &seen);
}

/* One machine does not go back, but for a zone that was restored: then all
 * do. Nor does it where it may show VERSION only since its last answer, because
 * we sent it: a server that signs in its own time shows it under the serial of
 * before, where the one was asked for just before the other. */
static bool goes_back(const struct ledger_address *at,
		      const struct sighting *sighting, size_t version)
{
	if (at->serial == LEDGER_SERIAL_UNKNOWN || !sighting->serial_known)
		return false;
	if (at->serial == sighting->serial)
		return at->current && at->current != version &&
		       at->last_ms[version] != LEDGER_NEVER &&
		       at->last_ms[version] <= at->last_ms[at->current];
	return serial_is_before(sighting->serial, (uint32_t)at->serial);
}

/* The machine that just answered may not be the one that answered before: that
 * one may have gone on with all that this address was thought to serve then. */
static void raise_others(const struct ledger *ledger, struct ledger_address *at,
			 size_t version, int64_t now_ms)
{
	int64_t before_ms = at->last_ms[at->current];

	at->alike = version == at->current ? at->alike + 1 : 0;
	if (at->alike >= LEDGER_LOOKS_ALIKE) {
		at->alike = LEDGER_LOOKS_ALIKE;
		return;
	}
	for (size_t v = 0; v < ledger->version_count; v++)
		if (at->last_ms[v] != LEDGER_NEVER &&
		    at->last_ms[v] >= before_ms)
			ledger_raise_time(&at->last_ms[v], now_ms);
}

static uint32_t ttl_of(const struct sighting *sighting)
{
	return sighting->ttl_seconds < TTL_MAX ? sighting->ttl_seconds :
						 TTL_MAX;
}

static void record_sighting(struct ledger *ledger, const struct zone *zone,
			    const struct sighting *sighting, int64_t now_ms)
{
	const struct address *address = &sighting->server->address;
	struct ledger_version seen;
	bool answers = version_of_sighting(sighting, &seen);
	struct ledger_address *at = find_address(ledger, address);
	size_t version;
	uint32_t ttl;

	if (!at && !answers)
		return;
	if (!at || at->departed_ms != LEDGER_NEVER)
		ledger_note_new(ledger);
	if (!at)
		at = ledger_add_address(ledger, address);
	ledger_note_asked(at, zone ? zone_server_ttl_seconds(
				      zone, sighting->server) : 0, now_ms);
	at->departed_ms = LEDGER_NEVER;
	if (!answers)
		return;
	version = note_version(ledger, &seen);
	ttl = ttl_of(sighting);
	if (ledger->versions[version].ttl_seconds < ttl)
		ledger->versions[version].ttl_seconds = ttl;
	at->wavers |= goes_back(at, sighting, version);
	if (at->wavers)
		raise_others(ledger, at, version, now_ms);
	if (at->current && at->current != version)
		raise_passed(ledger, at, now_ms);
	/* For a new address CURRENT is 0: unknown until this moment. */
	ledger_raise_time(&at->last_ms[at->current], now_ms);
	ledger_raise_time(&at->last_ms[version], now_ms);
	at->current = version;
	at->silent = false;
	at->serial = sighting->serial_known ? sighting->serial :
					      LEDGER_SERIAL_UNKNOWN;
}

/* Of several primaries one that updates do not go to may have stopped long
 * ago: where all have passed it no transfer goes back to it. */
static bool is_outdated(const struct ledger *ledger,
			const struct survey_owner *owner,
			const struct sighting *sighting)
{
	if (!owner->primary || sighting == owner->primary ||
	    ledger->own_serials || !sighting->serial_known)
		return false;
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *at = &owner->sightings[i];

		if (at != owner->primary && sighting_is_hidden(at))
			continue;
		if (at->counts_itself || !at->serial_known ||
		    !serial_is_before(sighting->serial, at->serial))
			return false;
	}
	return true;
}

/* No client asks it, but the others have from it what they serve: what it shows
 * may come there, and be gone before their next answer. */
static void record_hidden(struct ledger *ledger,
			  const struct survey_owner *owner,
			  const struct sighting *sighting, int64_t now_ms)
{
	struct ledger_version seen;

	if (sighting_is_hidden(sighting) &&
	    !is_outdated(ledger, owner, sighting) &&
	    version_of_sighting(sighting, &seen))
		ledger_note_coming(ledger, note_version(ledger, &seen),
				   ttl_of(sighting), now_ms);
}

void ledger_record(struct ledger *ledger, const struct survey_owner *seen,
		   int64_t now_ms)
{
	const struct zone *zone = seen->zone;

	if (seen->count == 0)
		return;
	ledger->own_serials = zone && zone->config &&
			      !zone->config->check_serial;
	for (size_t i = 0; i < seen->count; i++)
		raise_between(ledger, &seen->sightings[i], now_ms);
	for (size_t i = 0; i < seen->count; i++)
		if (!sighting_is_hidden(&seen->sightings[i]))
			record_sighting(ledger, zone, &seen->sightings[i],
					now_ms);
	ledger_depart(ledger, seen, now_ms);
	for (size_t i = 0; i < seen->count; i++)
		record_hidden(ledger, seen, &seen->sightings[i], now_ms);
	ledger_note_steady(ledger, seen, now_ms);
}

int64_t ledger_last_look(const struct ledger *ledger)
{
	int64_t last_ms = LEDGER_NEVER;

	for (size_t v = 0; v < ledger->version_count; v++)
		ledger_raise_time(&last_ms, ledger_last_anywhere(ledger, v));
	return last_ms;
}

void ledger_restart(struct ledger *ledger, int64_t now_ms)
{
	int64_t look_ms = ledger_last_look(ledger);

	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		/* What it may pass through before its next answer (see
		 * ledger_may_pass()) stays after it. */
		if (at->current && at->last_ms[at->current] < look_ms)
			at->silent = true;
		for (size_t v = 0; v < ledger->version_count; v++)
			if (at->last_ms[v] != LEDGER_NEVER)
				at->last_ms[v] = now_ms;
		if (at->departed_ms != LEDGER_NEVER)
			at->departed_ms = now_ms;
		at->asked_since_ms = LEDGER_NEVER;
	}
	if (ledger->rested_ms != LEDGER_NEVER)
		ledger->rested_ms = now_ms;
	ledger_end_steady(ledger);
}

void ledger_remove_version(struct ledger *ledger, size_t version)
{
	size_t after = --ledger->version_count - version;

	tlsa_set_clear(&ledger->versions[version].set);
	free(ledger->versions[version].alias);
	memmove(&ledger->versions[version], &ledger->versions[version + 1],
		after * sizeof(*ledger->versions));
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		memmove(&at->last_ms[version], &at->last_ms[version + 1],
			after * sizeof(*at->last_ms));
		if (at->current == version)
			at->current = 0;	/* it departed long ago */
		else if (at->current > version)
			at->current--;
	}
}
