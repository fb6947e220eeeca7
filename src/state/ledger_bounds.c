/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

#include "base/xalloc.h"

/* Until when caches may hold which version; what may be forgotten. */

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

bool ledger_is_match(const struct ledger_version *version,
		     const struct ledger_test *test)
{
	switch (version->kind) {
	case LEDGER_UNKNOWN:
		return test->unknown_matches;
	case LEDGER_SET:
		return test->only_aliases ||
		       (test->chain &&
			tlsa_set_covers(&version->set, test->chain)) ||
		       (test->only &&
			!shares_record(&version->set, test->only));
	case LEDGER_ABSENT:
		return true;
	case LEDGER_ALIEN:
		return false;
	case LEDGER_ALIAS:
		return ledger_is_alias_of(version, test->alias) || test->only;
	}
	return false;
}

bool ledger_has_other_alias(const struct ledger *ledger, const char *alias)
{
	for (size_t i = 0; i < ledger->version_count; i++)
		if (ledger->versions[i].kind == LEDGER_ALIAS &&
		    !ledger_is_alias_of(&ledger->versions[i], alias))
			return true;
	return false;
}

static int64_t later(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? b_ms : a_ms;
}

/* Another machine there may go on with it, for too few looks had shown
 * anything else when it left. */
static bool may_have_stayed(const struct ledger_address *at, size_t version)
{
	return at->wavers && at->alike < LEDGER_LOOKS_ALIKE &&
	       at->last_ms[version] != LEDGER_NEVER &&
	       at->last_ms[version] >= at->last_ms[at->current];
}

/*
 * One that has departed is asked by them still, but not by us: it may go on
 * with the set or the alias it had, or take what the zone had since; if it
 * had neither, it may since have got any.
 */
int64_t ledger_last_served(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version)
{
	enum ledger_kind had = ledger->versions[at->current].kind;
	bool had_one = had == LEDGER_SET || had == LEDGER_ALIAS;

	if (at->departed_ms == LEDGER_NEVER)
		return at->last_ms[version];
	if (at->current == version || !had_one ||
	    may_have_stayed(at, version) ||
	    ledger_is_later(at, ledger_last_anywhere(ledger, version)))
		return later(at->last_ms[version], ledger_asked_until_ms(at));
	return at->last_ms[version];
}

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

static uint32_t ttl_tested(const struct ledger *ledger, size_t version,
			   const struct ledger_test *test,
			   const struct ledger_rules *rules)
{
	uint32_t ttl_seconds = ttl_of(ledger, version, rules);

	if (ledger->versions[version].kind != LEDGER_UNKNOWN ||
	    test->unknown_ttl_seconds < ttl_seconds)
		return ttl_seconds;
	return test->unknown_ttl_seconds;
}

/* False: there is nothing in it to wait for. */
static bool find_term(const struct ledger *ledger,
		      const struct ledger_address *at, size_t version,
		      const struct ledger_test *test,
		      const struct ledger_rules *rules,
		      struct ledger_term *term)
{
	int64_t last_ms = ledger_last_served(ledger, at, version);
	uint32_t ttl_seconds = ttl_tested(ledger, version, test, rules);

	if (last_ms == LEDGER_NEVER ||
	    ledger_is_match(&ledger->versions[version], test))
		return false;
	*term = (struct ledger_term){
		.at = at, .version = &ledger->versions[version],
		.last_ms = last_ms, .ttl_seconds = ttl_seconds,
		.until_ms = gone_ms(last_ms, ttl_seconds,
				    rules->margin_seconds),
	};
	return true;
}

static void bound_address(struct ledger_bound *bound,
			  const struct ledger *ledger,
			  const struct ledger_address *at,
			  const struct ledger_test *test,
			  const struct ledger_rules *rules,
			  struct ledger_terms *terms)
{
	int64_t left_ms = LEDGER_NEVER;
	struct ledger_term term;

	for (size_t v = 0; v < ledger->version_count; v++) {
		if (!find_term(ledger, at, v, test, rules, &term))
			continue;
		ledger_raise_time(&bound->safe_ms, term.until_ms);
		if (term.ttl_seconds > bound->ttl_seconds)
			bound->ttl_seconds = term.ttl_seconds;
		ledger_raise_time(&left_ms, term.last_ms);
		if (terms)
			*array_push(terms->items, terms->count) = term;
	}
	if (left_ms != LEDGER_NEVER && left_ms < bound->publication_ms)
		bound->publication_ms = left_ms;
}

struct ledger_bound ledger_find_bound(const struct ledger *ledger,
				      const struct ledger_test *test,
				      const struct ledger_rules *rules,
				      struct ledger_terms *terms)
{
	struct ledger_bound bound = { LEDGER_NEVER, INT64_MAX, 0,
				      LEDGER_NEVER };

	for (size_t i = 0; i < ledger->address_count; i++)
		bound_address(&bound, ledger, &ledger->addresses[i], test,
			      rules, terms);
	if (bound.safe_ms == LEDGER_NEVER)
		return bound;
	bound.publication_until_ms = bound.publication_ms +
		(int64_t)bound.ttl_seconds * rules->ttl_factor * 1000;
	ledger_raise_time(&bound.safe_ms, bound.publication_until_ms);
	return bound;
}

int64_t ledger_safe_from(const struct ledger *ledger,
			 const struct ledger_test *test,
			 const struct ledger_rules *rules)
{
	return ledger_find_bound(ledger, test, rules, NULL).safe_ms;
}

/* ---- Pruning ---------------------------------------------------------- */

int64_t ledger_keep_ms(const struct ledger *ledger, size_t version,
		       const struct ledger_rules *rules)
{
	int64_t factor = rules->ttl_factor + 1;

	return (ttl_of(ledger, version, rules) * factor +
		rules->margin_seconds) * 1000;
}

static bool may_serve(const struct ledger *ledger,
		      const struct ledger_address *at, size_t version)
{
	return at->departed_ms == LEDGER_NEVER &&
	       (at->current == version || ledger_may_pass(ledger, at, version));
}

static bool is_over(const struct ledger *ledger, size_t version,
		    const struct ledger_rules *rules, int64_t now_ms)
{
	int64_t long_ms = ledger_keep_ms(ledger, version, rules);

	for (size_t i = 0; i < ledger->address_count; i++) {
		const struct ledger_address *at = &ledger->addresses[i];
		int64_t last_ms = ledger_last_served(ledger, at, version);

		if (may_serve(ledger, at, version) ||
		    (last_ms != LEDGER_NEVER && last_ms + long_ms > now_ms))
			return false;
	}
	return true;
}

/* What an address of unknown version may serve was perhaps VERSION: the time
 * that caches keep it, and the combinations it has, are remembered with what
 * is unknown. */
static void bequeath(struct ledger *ledger, size_t version,
		     const struct ledger_rules *rules)
{
	uint32_t ttl_seconds = ledger->versions[version].ttl_seconds;
	struct ledger_version *unknown = &ledger->versions[0];
	uint32_t least = unknown->ttl_seconds ? unknown->ttl_seconds :
			 rules->ttl_floor_seconds;

	if (ttl_seconds > least)
		unknown->ttl_seconds = ttl_seconds;
	ledger_note_combinations(ledger, &ledger->versions[version].set);
}

void ledger_prune(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms)
{
	bool known = is_over(ledger, 0, rules, now_ms);

	for (size_t v = ledger->version_count; v-- > 1;) {
		if (!is_over(ledger, v, rules, now_ms) ||
		    (!known && ledger->versions[v].kind == LEDGER_ALIAS))
			continue;
		if (!known)
			bequeath(ledger, v, rules);
		ledger_remove_version(ledger, v);
	}
	for (size_t i = ledger->address_count; i-- > 0;)
		if (ledger_address_is_over(ledger, i, rules, now_ms))
			ledger_remove_address(ledger, i);
}

bool ledger_is_past(const struct ledger *ledger,
		    const struct ledger_rules *rules, int64_t now_ms)
{
	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++) {
			int64_t last_ms = ledger_last_served(
				ledger, &ledger->addresses[i], v);

			if (last_ms != LEDGER_NEVER &&
			    last_ms + ledger_keep_ms(ledger, v, rules) > now_ms)
				return false;
		}
	return true;
}

bool ledger_is_known(const struct ledger *ledger,
		     const struct ledger_rules *rules, int64_t now_ms)
{
	return ledger->rested_ms != LEDGER_NEVER &&
	       ledger->rested_ms + ledger_keep_ms(ledger, 0, rules) <= now_ms;
}

void ledger_unwatch(struct ledger *ledger, const struct ledger_rules *rules,
		    int64_t now_ms)
{
	uint32_t ttl_seconds = ttl_of(ledger, 0, rules);

	if (is_over(ledger, 0, rules, now_ms)) {
		ttl_seconds = 0;
		tlsa_set_clear(&ledger->versions[0].set);
	}
	for (size_t i = 0; i < ledger->address_count; i++) {
		size_t current = ledger->addresses[i].current;
		uint32_t served = ledger->versions[current].ttl_seconds;

		if (ttl_seconds < served)
			ttl_seconds = served;
	}
	ledger->versions[0].ttl_seconds = ttl_seconds;
	if (ledger->rested_ms == LEDGER_NEVER)
		ledger->rested_ms = now_ms;
	ledger_lower(ledger, rules, now_ms);
	ledger_lower_asked(ledger, now_ms);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		at->current = 0;
		at->silent = false;
		at->wavers = false;
		at->alike = 0;
	}
}
