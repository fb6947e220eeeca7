/* SPDX-License-Identifier: MIT */
#include "decide/forecast.h"

#include "decide/caches.h"
#include "decide/owner.h"

#define SECOND_MS INT64_C(1000)
#define DAY_MS (24 * 3600 * SECOND_MS)
/* What follows the publication so soon, certbot's hooks see themselves. */
#define HOOKS_MS (10 * SECOND_MS)
#define CERTBOT_MS (DAY_MS / 2)
#define CERTBOT_SHORT_MS (10 * DAY_MS)
/* RFC 7671, 8.1; to go below is no advice to be given. */
#define FACTOR_USUAL 2

/* ---- The reckoning ----------------------------------------------------- */

static int64_t later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/* What a run begins to wait for ends with a run. */
static int64_t to_run(int64_t time_ms, int64_t timer_ms)
{
	return timer_ms ? (time_ms + timer_ms - 1) / timer_ms * timer_ms :
			  time_ms;
}

/* What caches may have of the time before. */
static int64_t before_of(const struct forecast_terms *terms)
{
	return later(terms->ttl_ms, terms->before_ms);
}

/* How long after the last server has it. */
static int64_t from_last(const struct forecast_terms *terms)
{
	return terms->ttl_ms + terms->margin_ms;
}

/* After the first: until the ledger forgets what was served before. */
static int64_t from_first(const struct forecast_terms *terms)
{
	int64_t factor_ms = before_of(terms) * terms->ttl_factor;
	int64_t known_ms = terms->ttl_ms * (terms->ttl_factor + 1) +
			   terms->margin_ms;

	return factor_ms < known_ms ? factor_ms : known_ms;
}

/* And after the publication. */
static int64_t from_start(const struct forecast_terms *terms)
{
	return later(before_of(terms) + terms->margin_ms,
		     before_of(terms) * terms->ttl_factor);
}

/* The run that sees what a server has after SERVER_MS. */
static int64_t seen_at(const struct forecast_terms *terms, int64_t server_ms)
{
	return server_ms < HOOKS_MS ? 0 : server_ms + terms->timer_ms / 2;
}

/* When a wait that begins with that can end at the earliest. */
static int64_t earliest(const struct forecast_terms *terms, int64_t server_ms,
			int64_t wait_ms)
{
	return server_ms < HOOKS_MS ? wait_ms :
	       server_ms + to_run(wait_ms, terms->timer_ms);
}

static struct forecast reckon_parts(const struct forecast_terms *terms)
{
	int64_t last_ms = seen_at(terms, terms->servers_ms);
	int64_t first_ms = seen_at(terms, terms->first_ms);
	int64_t safe_ms = later(from_start(terms),
				later(last_ms + from_last(terms),
				      first_ms + from_first(terms)));
	int64_t released_ms = terms->timer_ms / 2 + later(from_start(terms),
		later(earliest(terms, terms->servers_ms, from_last(terms)),
		      earliest(terms, terms->first_ms, from_first(terms))));
	struct forecast parts = {
		.confirmation_ms = last_ms,
		.caches_ms = safe_ms - last_ms,
		.release_ms = released_ms - safe_ms,
		.linger_ms = to_run(later(later(terms->ttl_ms, terms->grace_ms),
					  terms->linger_ms), terms->timer_ms),
		.deletion_ms = terms->servers_ms,
		.in_service_ms = released_ms,
	};

	parts.end_ms = released_ms + parts.linger_ms + parts.deletion_ms;
	return parts;
}

static enum forecast_verdict judge(const struct forecast_terms *terms,
				   const struct forecast *parts)
{
	if (parts->in_service_ms > terms->left_ms)
		return FORECAST_TOO_LATE;
	return parts->end_ms > terms->again_ms ? FORECAST_OVERLAPS :
						 FORECAST_FITS;
}

/* As far as each can be brought down. */
static struct forecast_terms without(struct forecast_terms terms,
				     enum forecast_remedy remedy)
{
	switch (remedy) {
	case FORECAST_TTL:
		terms.ttl_ms = terms.before_ms = terms.grace_ms = 0;
		break;
	case FORECAST_FACTOR:
		if (terms.ttl_factor > FACTOR_USUAL)
			terms.ttl_factor = FACTOR_USUAL;
		break;
	case FORECAST_MARGIN:
		terms.margin_ms = 0;
		break;
	case FORECAST_LINGER:
		terms.linger_ms = 0;
		break;
	case FORECAST_SERVERS:
		terms.servers_ms = terms.first_ms = 0;
		break;
	case FORECAST_TIMER:
		terms.timer_ms = 0;
		break;
	case FORECAST_REMEDIES:
		break;
	}
	return terms;
}

static bool would_fit(const struct forecast_terms *terms,
		      enum forecast_remedy remedy)
{
	struct forecast_terms less = without(*terms, remedy);
	struct forecast parts = reckon_parts(&less);

	return judge(&less, &parts) == FORECAST_FITS;
}

/* To have the usual factor costs nothing, if that is enough. */
static enum forecast_remedy find_remedy(const struct forecast_terms *terms,
					enum forecast_verdict verdict)
{
	enum forecast_remedy best = FORECAST_TTL;
	int64_t least_ms = INT64_MAX;

	if (would_fit(terms, FORECAST_FACTOR))
		return FORECAST_FACTOR;
	for (enum forecast_remedy i = 0; i < FORECAST_REMEDIES; i++) {
		struct forecast_terms less = without(*terms, i);
		struct forecast parts = reckon_parts(&less);
		int64_t takes_ms = verdict == FORECAST_TOO_LATE ?
				   parts.in_service_ms : parts.end_ms;

		if (takes_ms >= least_ms)
			continue;
		least_ms = takes_ms;
		best = i;
	}
	return best;
}

struct forecast forecast_reckon(const struct forecast_terms *terms)
{
	struct forecast forecast = reckon_parts(terms);

	forecast.verdict = judge(terms, &forecast);
	forecast.remedy = forecast.verdict == FORECAST_FITS ? FORECAST_TTL :
			  find_remedy(terms, forecast.verdict);
	return forecast;
}

/* ---- The terms --------------------------------------------------------- */

int64_t forecast_left_ms(int64_t lifetime_ms)
{
	int64_t begins_ms = lifetime_ms < CERTBOT_SHORT_MS ? lifetime_ms / 2 :
							     lifetime_ms / 3;

	return later(begins_ms - CERTBOT_MS, 0);
}

/* As certbot goes on with certificates like CHAIN. */
static void set_usual(struct forecast_terms *terms, const struct chain *chain)
{
	int64_t lifetime_ms = (chain->not_after_seconds -
			       chain->not_before_seconds) * SECOND_MS;

	terms->left_ms = forecast_left_ms(lifetime_ms);
	terms->again_ms = lifetime_ms - terms->left_ms - CERTBOT_MS;
}

struct forecast_terms forecast_terms_of(const struct config *config,
					const struct config_target *target,
					const struct chain *chain)
{
	struct forecast_terms terms = {
		.ttl_ms = config->record_ttl_seconds * SECOND_MS,
		.margin_ms = config->margin_seconds * SECOND_MS,
		.linger_ms = target->linger_seconds * SECOND_MS,
		.timer_ms = FORECAST_TIMER_MS,
		.ttl_factor = config->ttl_factor,
	};

	set_usual(&terms, chain);
	return terms;
}

static bool is_of_leaf(const struct tlsa_params *params, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (params[i].usage == 3)
			return true;
	return false;
}

/* Records of the issuer alone stay as they are, as a rule. */
static bool is_changed(const struct owner_facts *owner)
{
	const struct ledger *ledger = owner->ledger;

	if (is_of_leaf(owner->params, owner->param_count) ||
	    is_of_leaf(owner->others.params, owner->others.param_count))
		return true;
	for (size_t i = 0; i < ledger->version_count; i++)
		for (size_t k = 0; k < ledger->versions[i].set.count; k++)
			if (ledger->versions[i].set.records[k].params.usage ==
			    3)
				return true;
	return false;
}

/* The longest TTL that an address serves, as far as it was seen to. */
static uint32_t served_ttl(const struct ledger *ledger)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < ledger->address_count; i++) {
		size_t current = ledger->addresses[i].current;

		if (current && ledger->versions[current].ttl_seconds > longest)
			longest = ledger->versions[current].ttl_seconds;
	}
	return longest;
}

static uint32_t known_ttl(const struct owner_facts *owner)
{
	uint32_t longest = ledger_ttl_max(owner->ledger, 0);

	for (size_t i = 0; i < owner->others.ledger_count; i++)
		longest = ledger_ttl_max(owner->others.ledgers[i], longest);
	return longest;
}

static void add_ttls(struct forecast_terms *terms,
		     const struct owner_facts *owner)
{
	terms->grace_ms = later(terms->grace_ms,
				ledger_ttl_max(owner->ledger, 0) * SECOND_MS);
	if (!is_changed(owner))
		return;
	terms->ttl_ms = later(terms->ttl_ms,
			      served_ttl(owner->ledger) * SECOND_MS);
	terms->before_ms = later(terms->before_ms,
				 known_ttl(owner) * SECOND_MS);
}

/* What was served before the first look, under a TTL that nobody knows,
 * counts as long as record_ttl, as it does for the release. */
static void set_ttls(struct forecast_terms *terms, const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].ledger)
			add_ttls(terms, &facts->owners[i]);
	if (!terms->grace_ms)
		terms->before_ms = facts->rules.ttl_floor_seconds * SECOND_MS;
	if (!terms->ttl_ms)
		terms->ttl_ms = terms->before_ms;
}

/* The run that saw it came half a period later, as a rule. */
static int64_t before_run(int64_t seen_ms, int64_t timer_ms)
{
	return seen_ms < HOOKS_MS ? seen_ms :
				    later(seen_ms - timer_ms / 2, HOOKS_MS);
}

static void set_servers(struct forecast_terms *terms,
			const struct facts *facts)
{
	const struct state *state = facts->state;
	int64_t last_ms = state->spread_ms;

	if (state->spread_since_ms)
		last_ms = later(last_ms,
				facts->now_ms - state->spread_since_ms);
	terms->servers_ms = before_run(last_ms, terms->timer_ms);
	terms->first_ms = before_run(state->spread_first_ms, terms->timer_ms);
}

bool forecast_terms_find(const struct facts *facts, bool begins,
			 int64_t timer_ms, struct forecast_terms *terms)
{
	const struct chain *goal = facts_goal(facts);

	if (!goal)
		return false;
	*terms = (struct forecast_terms){
		.margin_ms = facts->rules.margin_seconds * SECOND_MS,
		.linger_ms = facts->target->linger_seconds * SECOND_MS,
		.timer_ms = timer_ms,
		.ttl_factor = facts->rules.ttl_factor,
	};
	set_servers(terms, facts);
	set_ttls(terms, facts);
	set_usual(terms, goal);
	if (begins && facts->released)
		terms->left_ms = facts->released->not_after_seconds *
				 SECOND_MS - facts->now_ms;
	return true;
}

/* The owner where it took longest. LEDGER_NEVER: nobody had to be waited for,
 * or caches hold nothing of the time before any more. */
static int64_t find_first(const struct facts *facts, const struct chain *goal)
{
	int64_t first_ms = LEDGER_NEVER;

	for (size_t i = 0; i < facts->owner_count; i++) {
		struct cache_proofs proofs =
			caches_prove(facts, &facts->owners[i], goal);

		for (size_t k = 0; k < proofs.count; k++)
			if (proofs.items[k].terms.count)
				first_ms = later(first_ms, proofs.items[k]
						 .bound.publication_ms);
		cache_proofs_clear(&proofs);
	}
	return first_ms;
}

bool forecast_is_everywhere(const struct facts *facts, int64_t *first_ms)
{
	const struct chain *goal = facts_goal(facts);

	for (size_t i = 0; goal && i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		if (!owner->ledger ||
		    !owner_is_confirmed(owner, goal, facts->now_ms))
			return false;
	}
	if (goal)
		*first_ms = find_first(facts, goal);
	return goal;
}
