/* SPDX-License-Identifier: MIT */
#include "decide/owner.h"

#include "base/xalloc.h"

#include <stdlib.h>

const struct tlsa_set *owner_primary_set(const struct owner_facts *owner)
{
	static const struct tlsa_set nothing;
	const struct sighting *primary =
		owner->seen ? owner->seen->primary : NULL;

	if (!primary || !sighting_is_useful(primary))
		return NULL;
	if (primary->verdict != SIGHTING_WILDCARD)
		return &primary->set;
	return owner->hides_wildcards || !owner->param_count ? &nothing : NULL;
}

bool owner_would_hide(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;

	if (owner->hides_wildcards || !owner->param_count || !seen)
		return false;
	return seen->hidden || (seen->primary && seen->primary->verdict ==
				SIGHTING_WILDCARD);
}

struct combinations {
	struct tlsa_params *items;
	size_t count;
};

static void combinations_add(struct combinations *all,
			     struct tlsa_params params)
{
	if (!tlsa_params_among(params, all->items, all->count))
		*array_push(all->items, all->count) = params;
}

static void combinations_add_set(struct combinations *all,
				 const struct tlsa_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (tlsa_is_usable(&set->records[i]))
			combinations_add(all, set->records[i].params);
}

static struct combinations configured(const struct owner_facts *owner)
{
	struct combinations all = { NULL, 0 };

	for (size_t i = 0; i < owner->param_count; i++)
		combinations_add(&all, owner->params[i]);
	return all;
}

/* What one target begins all others meet, so each has records in what any of
 * them wants. */
static struct combinations wanted(const struct owner_facts *owner)
{
	struct combinations all = configured(owner);

	for (size_t i = 0; owner->param_count &&
	     i < owner->others.param_count; i++)
		combinations_add(&all, owner->others.params[i]);
	return all;
}

static void add_records(struct tlsa_set *set, const struct chain *chain,
			const struct combinations *combinations)
{
	struct tlsa record;

	for (size_t i = 0; i < combinations->count; i++) {
		if (!tlsa_from_chain(chain, combinations->items[i], &record))
			continue;
		tlsa_set_add(set, &record);
		tlsa_clear(&record);
	}
}

struct tlsa_set owner_needed(const struct owner_facts *owner,
			     const struct chains *chains)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct combinations all = wanted(owner);
	struct tlsa_set needed = { 0 };

	if (owner->param_count && served)
		combinations_add_set(&all, served);
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i])
			add_records(&needed, chains->items[i], &all);
	free(all.items);
	return needed;
}

struct tlsa_set owner_missing(const struct owner_facts *owner,
			      const struct chains *chains)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set missing = owner_needed(owner, chains);

	if (owner->param_count)
		tlsa_set_add_all(&missing, &owner->others.needs);
	if (served)
		tlsa_set_remove_all(&missing, served);
	return missing;
}

static bool has_records(const struct chains *chains,
			struct tlsa_params params)
{
	bool has = true;
	struct tlsa record;

	for (size_t i = 0; has && i < chains->count; i++) {
		if (!chains->items[i])
			continue;
		has = tlsa_from_chain(chains->items[i], params, &record);
		tlsa_clear(&record);
	}
	return has;
}

static bool would_deny(const struct owner_facts *owner,
		       const struct chains *chains, struct tlsa_params params)
{
	const struct others *others = &owner->others;

	return others->needs_unknown ||
	       tlsa_params_among(params, others->lacks, others->lack_count) ||
	       (!tlsa_params_among(params, owner->params, owner->param_count) &&
		!has_records(chains, params));
}

bool owner_hold_back(const struct owner_facts *owner,
		     const struct chains *chains, struct tlsa_set *add)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct combinations standing = { NULL, 0 };
	bool is_wanted = false;

	if (served)
		combinations_add_set(&standing, served);
	for (size_t i = add->count; i-- > 0;) {
		struct tlsa_params params = add->records[i].params;

		if (tlsa_params_among(params, standing.items, standing.count) ||
		    !would_deny(owner, chains, params))
			continue;
		is_wanted |= tlsa_params_among(params, owner->params,
					       owner->param_count);
		tlsa_set_remove(add, &add->records[i]);
	}
	free(standing.items);
	return is_wanted;
}

bool owner_would_begin(const struct owner_facts *owner,
		       const struct chains *chains, const struct tlsa_set *add)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set left = tlsa_set_copy(add);
	struct combinations standing = { NULL, 0 };
	bool begins = false;

	owner_hold_back(owner, chains, &left);
	if (served)
		combinations_add_set(&standing, served);
	for (size_t i = 0; i < left.count && !begins; i++)
		begins = !tlsa_params_among(left.records[i].params,
					    standing.items, standing.count);
	free(standing.items);
	tlsa_set_clear(&left);
	return begins;
}

bool owner_lacks_record(const struct owner_facts *owner,
			const struct chain *chain, struct tlsa_params *params)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct combinations all = configured(owner);
	bool lacks = false;
	struct tlsa record;

	if (owner->param_count && served)
		combinations_add_set(&all, served);
	for (size_t i = 0; i < all.count && !lacks; i++) {
		*params = all.items[i];
		lacks = !tlsa_from_chain(chain, *params, &record);
		tlsa_clear(&record);
	}
	free(all.items);
	return lacks;
}

/* What must stay: for CHAINS in the configured combinations and in those of
 * records that are not ours to delete, and all that other targets need. */
static struct tlsa_set must_stay(const struct owner_facts *owner,
				 const struct tlsa_set *served,
				 const struct chains *chains)
{
	struct combinations all = configured(owner);
	struct tlsa_set stay = tlsa_set_copy(served);

	tlsa_set_remove_all(&stay, &owner->own);
	tlsa_set_add_all(&stay, &owner->others.needs);
	combinations_add_set(&all, &stay);
	for (size_t i = 0; owner->param_count && i < chains->count; i++)
		if (chains->items[i])
			add_records(&stay, chains->items[i], &all);
	free(all.items);
	return stay;
}

/* May the RRset be reduced to REMAINS? */
static bool may_remain(const struct owner_facts *owner,
		       const struct tlsa_set *remains,
		       const struct chains *chains)
{
	/* The configuration says that we do not serve there any more. */
	if (owner->param_count == 0)
		return true;
	if (remains->count == 0)
		return false;
	for (size_t i = 0; i < chains->count; i++) {
		const struct chain *chain = chains->items[i];

		if (!chain || !tlsa_set_covers(remains, chain))
			return false;
	}
	return true;
}

struct tlsa_set owner_stale(const struct owner_facts *owner,
			    const struct chains *chains, bool *blocked)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set stale = { 0 };
	struct tlsa_set stay, remains;

	*blocked = false;
	if (!served)
		return stale;
	stay = must_stay(owner, served, chains);
	stale = tlsa_set_copy(&owner->own);
	tlsa_set_remove_all(&stale, &stay);
	remains = tlsa_set_copy(served);
	tlsa_set_remove_all(&remains, &stale);
	*blocked = stale.count && !may_remain(owner, &remains, chains);
	if (*blocked)
		tlsa_set_clear(&stale);
	tlsa_set_clear(&remains);
	tlsa_set_clear(&stay);
	return stale;
}

struct tlsa_set owner_leaving(const struct owner_facts *owner, bool *blocked)
{
	static const struct chains nobody;
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set leaving = { 0 }, stay;

	*blocked = false;
	if (!served)
		return leaving;
	stay = must_stay(owner, served, &nobody);
	leaving = tlsa_set_copy(served);
	tlsa_set_remove_all(&leaving, &stay);
	*blocked = owner->param_count && served->count &&
		   (leaving.count < served->count || owner->hides_wildcards);
	tlsa_set_clear(&stay);
	return leaving;
}

struct tlsa_set owner_doomed(const struct owner_facts *owner,
			     struct chain *goal)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct chains one = { &goal, 1 };
	struct tlsa_set needed = owner_needed(owner, &one);
	struct tlsa_set doomed = { 0 };

	for (size_t i = 0; served && i < needed.count; i++)
		if (tlsa_set_contains(served, &needed.records[i]) &&
		    tlsa_set_contains(&owner->deleting, &needed.records[i]))
			tlsa_set_add(&doomed, &needed.records[i]);
	tlsa_set_clear(&needed);
	return doomed;
}

struct tlsa_set owner_undone(const struct owner_facts *owner,
			     struct chain *goal, const struct chains *chains)
{
	struct tlsa_set undone = owner_doomed(owner, goal);
	struct tlsa_set needed, remains;

	if (undone.count == 0)
		return undone;
	needed = owner_needed(owner, chains);
	tlsa_set_remove_all(&undone, &needed);
	tlsa_set_remove_all(&undone, &owner->others.needs);
	remains = tlsa_set_copy(owner_primary_set(owner));
	tlsa_set_remove_all(&remains, &undone);
	if (!may_remain(owner, &remains, chains))
		tlsa_set_clear(&undone);
	tlsa_set_clear(&remains);
	tlsa_set_clear(&needed);
	return undone;
}

static bool contains_configured(const struct owner_facts *owner,
				const struct tlsa_set *set,
				const struct chain *chain)
{
	struct combinations all = configured(owner);
	struct tlsa_set wanted = { 0 };
	bool all_there;

	add_records(&wanted, chain, &all);
	tlsa_set_remove_all(&wanted, set);
	all_there = wanted.count == 0;
	tlsa_set_clear(&wanted);
	free(all.items);
	return all_there;
}

static bool signature_lasts(const struct sighting *sighting, int64_t until_ms)
{
	return sighting->signature_expires_seconds == 0 ||
	       sighting->signature_expires_seconds * 1000 >
	       until_ms + (int64_t)sighting->ttl_seconds * 1000;
}

static bool confirms_alias(const struct owner_facts *owner,
			   const struct sighting *sighting, int64_t until_ms)
{
	const struct sighting *primary = owner->seen->primary;
	bool behind = sighting->behind && primary && primary->serial_known;

	if (sighting->server->roles == ZONE_SERVER_PRIMARY &&
	    !sighting_is_useful(sighting))
		return true;
	return sighting->verdict == SIGHTING_ALIAS && !behind &&
	       streq(sighting->alias, owner->alias) &&
	       signature_lasts(sighting, until_ms);
}

bool sighting_confirms(const struct owner_facts *owner,
		       const struct sighting *sighting,
		       const struct chain *chain, int64_t until_ms)
{
	if (owner->alias)
		return confirms_alias(owner, sighting, until_ms);
	return sighting->verdict == SIGHTING_SET && !sighting->behind &&
	       signature_lasts(sighting, until_ms) &&
	       tlsa_set_covers(&sighting->set, chain) &&
	       contains_configured(owner, &sighting->set, chain);
}

/* Of a primary that nobody else asks: it need not be seen, and one that was
 * not chosen need not be in step. What the chosen one says the others will
 * say, too. */
static bool is_moot(const struct owner_facts *owner,
		    const struct sighting *sighting)
{
	return sighting_is_hidden(sighting) &&
	       (sighting != owner->seen->primary ||
		!sighting_is_useful(sighting));
}

const struct sighting *owner_unconfirmed(const struct owner_facts *owner,
					 const struct chain *chain,
					 int64_t until_ms)
{
	size_t asked = 0;

	if (!owner_is_in_use(owner))
		return NULL;
	invariant(owner->seen && owner->seen->count > 0);
	for (size_t i = 0; i < owner->seen->count; i++) {
		const struct sighting *sighting = &owner->seen->sightings[i];

		if (is_moot(owner, sighting))
			continue;
		asked += !sighting_is_hidden(sighting);
		if (!sighting_confirms(owner, sighting, chain, until_ms))
			return sighting;
	}
	/* What nobody shows whom clients ask is not confirmed. */
	return asked ? NULL : &owner->seen->sightings[0];
}

bool owner_is_confirmed(const struct owner_facts *owner,
			const struct chain *chain, int64_t now_ms)
{
	return owner->seen && owner->seen->count &&
	       !owner_unconfirmed(owner, chain, now_ms);
}

static bool may_serve(const struct owner_facts *owner,
		      const struct sighting *sighting)
{
	const struct tlsa_set *set = &sighting->set;

	if (!sighting_is_useful(sighting) || sighting->behind)
		return true;
	if (owner->param_count)
		return set->count > 0;
	for (size_t i = 0; i < set->count; i++)
		if (tlsa_set_contains(&owner->published, &set->records[i]))
			return true;
	return false;
}

const struct sighting *owner_undeleted(const struct owner_facts *owner)
{
	const struct survey_owner *seen = owner->seen;
	size_t asked = 0;

	for (size_t i = 0; i < seen->count; i++) {
		const struct sighting *sighting = &seen->sightings[i];

		if (is_moot(owner, sighting))
			continue;
		asked += !sighting_is_hidden(sighting);
		if (may_serve(owner, sighting))
			return sighting;
	}
	return asked || !seen->count ? NULL : &seen->sightings[0];
}

/* Signers renew a signature with a quarter of its life or more to go. */
#define RUNNING_OUT_SECONDS (3 * 86400)
#define RUNNING_OUT_PART 4

bool sighting_is_running_out(const struct sighting *sighting, int64_t now_ms)
{
	int64_t end_seconds = sighting->signature_expires_seconds;
	int64_t life_seconds = end_seconds -
			       sighting->signature_begins_seconds;
	int64_t left_seconds = end_seconds - now_ms / 1000;

	return end_seconds && left_seconds < RUNNING_OUT_SECONDS &&
	       left_seconds < life_seconds / RUNNING_OUT_PART;
}

char *owner_label(const char *owner, const char *via)
{
	return via ? xasprintf("%s (alias of %s)", via, owner) :
		     xstrdup(owner);
}

static void combinations_add_ledger(struct combinations *all,
				    const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->version_count; i++)
		combinations_add_set(all, &ledger->versions[i].set);
}

bool owner_same_records(const struct owner_facts *owner,
			const struct chain *old, const struct chain *chain)
{
	struct combinations all = wanted(owner);
	struct tlsa_set before = { 0 }, after = { 0 };
	bool same;

	if (owner->ledger)
		combinations_add_ledger(&all, owner->ledger);
	for (size_t i = 0; i < owner->others.ledger_count; i++)
		combinations_add_ledger(&all, owner->others.ledgers[i]);
	add_records(&before, old, &all);
	add_records(&after, chain, &all);
	tlsa_set_remove_all(&before, &after);
	same = before.count == 0;
	tlsa_set_clear(&before);
	tlsa_set_clear(&after);
	free(all.items);
	return same;
}
