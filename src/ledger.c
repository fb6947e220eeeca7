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

static bool is_alias_of(const struct ledger_version *version,
			const char *alias)
{
	return version->alias && alias && streq(version->alias, alias);
}

static bool is_version(const struct ledger_version *version,
		       const struct ledger_version *other)
{
	return version->kind == other->kind &&
	       tlsa_set_equal(&version->set, &other->set) &&
	       (version->kind != LEDGER_ALIAS ||
		is_alias_of(version, other->alias));
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

size_t ledger_add_alias(struct ledger *ledger, const char *alias)
{
	struct ledger_version wanted = { .kind = LEDGER_ALIAS,
					 .alias = (char *)alias };

	return add_version(ledger, &wanted);
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

/* How long ago is told by the clock that nobody sets. */
static int64_t received_ms(const struct sighting *sighting,
			   const struct moment *now)
{
	return now->wall_ms - (now->boot_ms - sighting->received_boot_ms);
}

static void record_sighting(struct ledger *ledger,
			    const struct sighting *sighting,
			    const struct moment *now)
{
	const struct address *address = &sighting->server->address;
	struct ledger_address *at = ledger_add_address(ledger, address);
	int64_t then_ms = received_ms(sighting, now);
	struct ledger_version seen;
	size_t version;
	uint32_t ttl;

	at->departed_ms = LEDGER_NEVER;
	if (!version_of_sighting(sighting, &seen))
		return;
	version = find_version(ledger, &seen);
	if (version == NONE)
		version = ledger->version_count < LEDGER_VERSIONS_MAX ?
			  add_version(ledger, &seen) : 0;
	ttl = sighting->ttl_seconds;
	if (ttl > TTL_MAX)
		ttl = TTL_MAX;
	if (ledger->versions[version].ttl_seconds < ttl)
		ledger->versions[version].ttl_seconds = ttl;
	if (at->current && at->current != version)
		raise_passed(ledger, at, then_ms);
	/* For a new address CURRENT is 0: unknown until this moment. */
	raise_time(&at->last_ms[at->current], then_ms);
	raise_time(&at->last_ms[version], then_ms);
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
		   const struct moment *now)
{
	if (seen->count == 0)
		return;
	for (size_t i = 0; i < seen->count; i++)
		record_sighting(ledger, &seen->sightings[i], now);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		if (is_ignored(seen, &at->address))
			forget_address(ledger, at);
		else if (at->departed_ms == LEDGER_NEVER &&
			 !is_surveyed(seen, &at->address))
			at->departed_ms = now->wall_ms;
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
		return test->only_aliases ||
		       tlsa_set_covers(&version->set, test->chain) ||
		       (test->only &&
			!shares_record(&version->set, test->only));
	case LEDGER_ABSENT:
		return true;
	case LEDGER_ALIEN:
		return false;
	case LEDGER_ALIAS:
		return is_alias_of(version, test->alias) || test->only;
	}
	return false;
}

bool ledger_has_other_alias(const struct ledger *ledger, const char *alias)
{
	for (size_t i = 0; i < ledger->version_count; i++)
		if (ledger->versions[i].kind == LEDGER_ALIAS &&
		    !is_alias_of(&ledger->versions[i], alias))
			return true;
	return false;
}

/* When AT was last seen to serve anything, or may have. */
static int64_t last_of_any(const struct ledger *ledger,
			   const struct ledger_address *at)
{
	int64_t last_ms = LEDGER_NEVER;

	for (size_t v = 0; v < ledger->version_count; v++)
		raise_time(&last_ms, at->last_ms[v]);
	return last_ms;
}

/*
 * When an address last served VERSION, as far as resolvers are concerned.
 * One that has departed is asked by them still, but not by us: it may go on
 * with the set or the alias it had, or take what the zone had since; if it
 * had neither, it may since have got any.
 */
static int64_t last_served(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version)
{
	enum ledger_kind had = ledger->versions[at->current].kind;
	bool had_one = had == LEDGER_SET || had == LEDGER_ALIAS;

	if (at->departed_ms == LEDGER_NEVER)
		return at->last_ms[version];
	if (at->current == version || !had_one ||
	    last_anywhere(ledger, version) > last_of_any(ledger, at))
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

static int64_t keep_ms(const struct ledger *ledger, size_t version,
		       const struct ledger_rules *rules)
{
	int64_t factor = rules->ttl_factor + 1;

	return (ttl_of(ledger, version, rules) * factor +
		rules->margin_seconds) * 1000;
}

/* Since VERSION was last seen anywhere, AT has not been: it may serve it. When
 * time began anew (ledger_restart()) nothing was seen. */
static bool may_still_pass(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version)
{
	return at->current &&
	       last_of_any(ledger, at) <= last_anywhere(ledger, version);
}

static bool may_serve(const struct ledger *ledger,
		      const struct ledger_address *at, size_t version)
{
	return at->departed_ms == LEDGER_NEVER &&
	       (at->current == version || may_still_pass(ledger, at, version));
}

static bool is_over(const struct ledger *ledger, size_t version,
		    const struct ledger_rules *rules, int64_t now_ms)
{
	int64_t long_ms = keep_ms(ledger, version, rules);

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];
		int64_t last_ms = last_served(ledger, at, version);

		if (may_serve(ledger, at, version) ||
		    (last_ms != LEDGER_NEVER && last_ms + long_ms > now_ms))
			return false;
	}
	return true;
}

static void remove_version(struct ledger *ledger, size_t version)
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

void ledger_prune(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms)
{
	bool known = is_over(ledger, 0, rules, now_ms);

	for (size_t v = ledger->version_count; v-- > 1;)
		if (is_over(ledger, v, rules, now_ms) &&
		    (known || ledger->versions[v].kind != LEDGER_ALIAS))
			remove_version(ledger, v);
}

bool ledger_is_past(const struct ledger *ledger,
		    const struct ledger_rules *rules, int64_t now_ms)
{
	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++) {
			int64_t last_ms = last_served(
				ledger, &ledger->addresses[i], v);

			if (last_ms != LEDGER_NEVER &&
			    last_ms + keep_ms(ledger, v, rules) > now_ms)
				return false;
		}
	return true;
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
