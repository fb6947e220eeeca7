/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include "bounds.h"
#include "xalloc.h"

#include <stdlib.h>

/* Resolvers may go on asking a server that left the delegation for as long
 * as they keep the old NS set: a day is what registries commonly give. */
#define DEPARTED_SECONDS 86400

#define NONE SIZE_MAX

struct ledger *ledger_new(const char *owner)
{
	static const struct tlsa_set nothing;
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));

	ledger->owner = xstrdup(owner);
	ledger_add_version(ledger, LEDGER_UNKNOWN, &nothing);
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (size_t i = 0; i < ledger->version_count; i++)
		tlsa_set_clear(&ledger->versions[i].set);
	for (size_t i = 0; i < ledger->address_count; i++)
		free(ledger->addresses[i].last_ms);
	free(ledger->versions);
	free(ledger->addresses);
	free(ledger->owner);
	free(ledger);
}

static size_t find_version(const struct ledger *ledger, enum ledger_kind kind,
			   const struct tlsa_set *set)
{
	for (size_t i = 0; i < ledger->version_count; i++)
		if (ledger->versions[i].kind == kind &&
		    tlsa_set_equal(&ledger->versions[i].set, set))
			return i;
	return NONE;
}

size_t ledger_add_version(struct ledger *ledger, enum ledger_kind kind,
			  const struct tlsa_set *set)
{
	struct ledger_version *version;
	size_t n = find_version(ledger, kind, set);

	if (n != NONE)
		return n;
	n = ledger->version_count;
	version = array_push(ledger->versions, ledger->version_count);
	version->kind = kind;
	version->set = tlsa_set_copy(set);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		at->last_ms = xreallocarray(at->last_ms, n + 1,
					    sizeof(*at->last_ms));
		at->last_ms[n] = LEDGER_NEVER;
	}
	return n;
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
	at->departed_ms = LEDGER_NEVER;
	at->last_ms = xcalloc(ledger->version_count, sizeof(*at->last_ms));
	for (size_t i = 0; i < ledger->version_count; i++)
		at->last_ms[i] = LEDGER_NEVER;
	return at;
}

/* False: the sighting does not tell what the address serves. */
static bool kind_of_sighting(const struct sighting *sighting,
			     enum ledger_kind *kind)
{
	switch (sighting->verdict) {
	case SIGHTING_SET:
		*kind = LEDGER_SET;
		return true;
	case SIGHTING_ABSENT:
		*kind = LEDGER_ABSENT;
		return true;
	case SIGHTING_ALIAS:
	case SIGHTING_WILDCARD:
		*kind = LEDGER_ALIEN;
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

static void raise_time(int64_t *time_ms, int64_t to_ms)
{
	if (*time_ms < to_ms)
		*time_ms = to_ms;
}

/* When any address was last seen to serve VERSION. */
static int64_t last_anywhere(const struct ledger *ledger, size_t version)
{
	int64_t last_ms = LEDGER_NEVER;

	for (size_t i = 0; i < ledger->address_count; i++)
		raise_time(&last_ms, ledger->addresses[i].last_ms[version]);
	return last_ms;
}

/* An address that shows another version than at the last look may have served
 * until now all that the zone had in between. */
static void raise_passed(struct ledger *ledger, struct ledger_address *at,
			 int64_t to_ms)
{
	for (size_t v = 1; v < ledger->version_count; v++)
		if (last_anywhere(ledger, v) != LEDGER_NEVER)
			raise_time(&at->last_ms[v], to_ms);
}

static void record_sighting(struct ledger *ledger,
			    const struct sighting *sighting)
{
	const struct address *address = &sighting->server->address;
	struct ledger_address *at = ledger_add_address(ledger, address);
	enum ledger_kind kind;
	size_t version;
	uint32_t ttl;

	at->departed_ms = LEDGER_NEVER;
	if (!kind_of_sighting(sighting, &kind))
		return;
	version = find_version(ledger, kind, &sighting->set);
	if (version == NONE)
		version = ledger->version_count < LEDGER_VERSIONS_MAX ?
			  ledger_add_version(ledger, kind, &sighting->set) : 0;
	ttl = sighting->ttl_seconds;
	if (ttl > TTL_MAX)
		ttl = TTL_MAX;
	if (ledger->versions[version].ttl_seconds < ttl)
		ledger->versions[version].ttl_seconds = ttl;
	if (at->current && at->current != version)
		raise_passed(ledger, at, sighting->received_ms);
	/* For a new address CURRENT is 0: unknown until this moment. */
	raise_time(&at->last_ms[at->current], sighting->received_ms);
	raise_time(&at->last_ms[version], sighting->received_ms);
	at->current = version;
}

static bool is_surveyed(const struct survey_owner *seen,
			const struct address *address)
{
	for (size_t i = 0; i < seen->count; i++)
		if (address_equal(&seen->sightings[i].server->address, address))
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
	for (size_t i = 0; zone && zone->config &&
	     i < zone->config->ignore_count; i++)
		if (address_equal(&zone->config->ignore[i], address))
			return true;
	return false;
}

/* An operator says that it is dead: nothing it served counts any more. */
static void forget_address(struct ledger *ledger, struct ledger_address *at)
{
	for (size_t v = 0; v < ledger->version_count; v++)
		at->last_ms[v] = LEDGER_NEVER;
	at->current = 0;
	at->departed_ms = LEDGER_NEVER;
}

void ledger_record(struct ledger *ledger, const struct survey_owner *seen,
		   int64_t now_ms)
{
	if (seen->count == 0)
		return;
	for (size_t i = 0; i < seen->count; i++)
		record_sighting(ledger, &seen->sightings[i]);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		if (is_ignored(seen, &at->address))
			forget_address(ledger, at);
		else if (at->departed_ms == LEDGER_NEVER &&
			 !is_surveyed(seen, &at->address))
			at->departed_ms = now_ms;
	}
}

void ledger_restart(struct ledger *ledger, int64_t now_ms)
{
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		for (size_t v = 0; v < ledger->version_count; v++)
			if (at->last_ms[v] != LEDGER_NEVER)
				at->last_ms[v] = now_ms;
		if (at->departed_ms != LEDGER_NEVER)
			at->departed_ms = now_ms;
	}
}

uint32_t ledger_ttl_max(const struct ledger *ledger, uint32_t floor_seconds)
{
	uint32_t longest = floor_seconds;

	for (size_t i = 0; i < ledger->version_count; i++)
		if (ledger->versions[i].ttl_seconds > longest)
			longest = ledger->versions[i].ttl_seconds;
	return longest;
}

static bool shares_record(const struct tlsa_set *set,
			  const struct tlsa_set *only)
{
	for (size_t i = 0; i < only->count; i++)
		if (tlsa_set_contains(set, &only->records[i]))
			return true;
	return false;
}

static bool is_match(const struct ledger_version *version,
		     const struct ledger_test *test)
{
	switch (version->kind) {
	case LEDGER_UNKNOWN:
		return test->unknown_matches;
	case LEDGER_SET:
		return tlsa_set_covers(&version->set, test->chain) ||
		       (test->only &&
			!shares_record(&version->set, test->only));
	case LEDGER_ABSENT:
		return true;
	case LEDGER_ALIEN:
		return false;
	}
	return false;
}

/*
 * When an address last served VERSION, as far as resolvers are concerned. One
 * that has departed goes on serving the set it had; if it had none, it may
 * since have got any.
 */
static int64_t last_served(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version)
{
	bool had_set = ledger->versions[at->current].kind == LEDGER_SET;

	if (at->departed_ms != LEDGER_NEVER &&
	    (at->current == version || !had_set))
		return at->departed_ms + (int64_t)DEPARTED_SECONDS * 1000;
	return at->last_ms[version];
}

struct bound {
	int64_t safe_ms;		/* last served + TTL + margin */
	int64_t publication_ms;
	uint32_t ttl_seconds;		/* the longest without a match */
};

/* Until when caches may keep what was last served at LAST_MS. */
static int64_t gone_ms(int64_t last_ms, uint32_t ttl_seconds, unsigned margin)
{
	return last_ms + ((int64_t)ttl_seconds + margin) * 1000;
}

static uint32_t ttl_of(const struct ledger *ledger, size_t version,
		       const struct ledger_rules *rules)
{
	uint32_t ttl_seconds = ledger->versions[version].ttl_seconds;

	if (ledger->versions[version].kind != LEDGER_UNKNOWN)
		return ttl_seconds;
	return ledger_ttl_max(ledger, ttl_seconds ? 0 :
			      rules->ttl_floor_seconds);
}

static void bound_address(struct bound *bound, const struct ledger *ledger,
			  const struct ledger_address *at,
			  const struct ledger_test *test,
			  const struct ledger_rules *rules)
{
	int64_t left_ms = LEDGER_NEVER;

	for (size_t v = 0; v < ledger->version_count; v++) {
		uint32_t ttl_seconds = ttl_of(ledger, v, rules);
		int64_t last_ms = last_served(ledger, at, v);

		if (last_ms == LEDGER_NEVER ||
		    is_match(&ledger->versions[v], test))
			continue;
		raise_time(&bound->safe_ms, gone_ms(last_ms, ttl_seconds,
						    rules->margin_seconds));
		if (ttl_seconds > bound->ttl_seconds)
			bound->ttl_seconds = ttl_seconds;
		raise_time(&left_ms, last_ms);
	}
	if (left_ms != LEDGER_NEVER && left_ms < bound->publication_ms)
		bound->publication_ms = left_ms;
}

int64_t ledger_safe_from(const struct ledger *ledger,
			 const struct ledger_test *test,
			 const struct ledger_rules *rules)
{
	struct bound bound = { LEDGER_NEVER, INT64_MAX, 0 };

	for (size_t i = 0; i < ledger->address_count; i++)
		bound_address(&bound, ledger, &ledger->addresses[i], test,
			      rules);
	if (bound.safe_ms == LEDGER_NEVER)
		return LEDGER_NEVER;
	raise_time(&bound.safe_ms, bound.publication_ms +
		   (int64_t)bound.ttl_seconds * rules->ttl_factor * 1000);
	return bound.safe_ms;
}

/* ---- Pruning ---------------------------------------------------------- */

/* Since VERSION was last seen anywhere, AT has not been: it may serve it. */
static bool may_still_pass(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version)
{
	int64_t seen_ms = LEDGER_NEVER;

	if (!at->current || at->departed_ms != LEDGER_NEVER)
		return false;
	for (size_t v = 0; v < ledger->version_count; v++)
		raise_time(&seen_ms, at->last_ms[v]);
	return seen_ms < last_anywhere(ledger, version);
}

static bool is_over(const struct ledger *ledger, size_t version,
		    const struct ledger_rules *rules, int64_t now_ms)
{
	int64_t factor = rules->ttl_factor + 1;
	int64_t keep_ms = (ttl_of(ledger, version, rules) * factor +
			   rules->margin_seconds) * 1000;

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];

		if (at->current == version ||
		    may_still_pass(ledger, at, version) ||
		    (at->last_ms[version] != LEDGER_NEVER &&
		     at->last_ms[version] + keep_ms > now_ms))
			return false;
	}
	return true;
}

static void remove_version(struct ledger *ledger, size_t version)
{
	size_t after = --ledger->version_count - version;

	tlsa_set_clear(&ledger->versions[version].set);
	memmove(&ledger->versions[version], &ledger->versions[version + 1],
		after * sizeof(*ledger->versions));
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		memmove(&at->last_ms[version], &at->last_ms[version + 1],
			after * sizeof(*at->last_ms));
		if (at->current > version)
			at->current--;
	}
}

void ledger_prune(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms)
{
	for (size_t v = ledger->version_count; v-- > 1;)
		if (is_over(ledger, v, rules, now_ms))
			remove_version(ledger, v);
}

void ledger_unwatch(struct ledger *ledger, const struct ledger_rules *rules,
		    int64_t now_ms)
{
	uint32_t ttl_seconds = ttl_of(ledger, 0, rules);

	if (is_over(ledger, 0, rules, now_ms))
		ttl_seconds = 0;
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];
		uint32_t served = ledger->versions[at->current].ttl_seconds;

		if (ttl_seconds < served)
			ttl_seconds = served;
		at->current = 0;
	}
	ledger->versions[0].ttl_seconds = ttl_seconds;
}
