/* SPDX-License-Identifier: MIT */
#include "decide/exec_order.h"

#include "base/xalloc.h"

static bool matches_all(const struct tlsa *record, const struct chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i] &&
		    !tlsa_matches(record, chains->items[i]))
			return false;
	return true;
}

/* A usable record of that combination in SET, other than BESIDE. */
static bool has_another(const struct tlsa_set *set, struct tlsa_params params,
			const struct tlsa *beside)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tlsa *record = &set->records[i];

		if (tlsa_params_equal(record->params, params) &&
		    tlsa_is_usable(record) &&
		    (!beside || tlsa_compare(record, beside) != 0))
			return true;
	}
	return false;
}

static bool tells(const struct sighting *sighting)
{
	return sighting->verdict == SIGHTING_SET ||
	       sighting->verdict == SIGHTING_ABSENT ||
	       sighting->verdict == SIGHTING_WILDCARD;
}

/* What a wildcard gives does not stand there: the first record hides it. */
static bool stands(const struct sighting *sighting, struct tlsa_params params)
{
	return sighting->verdict != SIGHTING_WILDCARD &&
	       has_another(&sighting->set, params, NULL);
}

/* ---- Additions -------------------------------------------------------- */

/* At the primary, from where the others have it, and at every server that tells
 * what it serves. */
static bool stands_everywhere(const struct owner_facts *owner,
			      struct tlsa_params params)
{
	if (!has_another(owner_primary_set(owner), params, NULL))
		return false;
	for (size_t i = 0; i < owner->seen->count; i++) {
		const struct sighting *sighting = &owner->seen->sightings[i];

		if (tells(sighting) && !stands(sighting, params))
			return false;
	}
	return true;
}

/* What else other targets need in this combination would be denied. */
static bool may_begin(const struct owner_facts *owner,
		      const struct tlsa *record, const struct chains *chains)
{
	return matches_all(record, chains) &&
	       !has_another(&owner->others.needs, record->params, record);
}

static bool another_may_begin(const struct owner_facts *owner,
			      const struct tlsa_set *add,
			      struct tlsa_params params,
			      const struct chains *chains)
{
	for (size_t i = 0; i < add->count; i++)
		if (tlsa_params_equal(add->records[i].params, params) &&
		    may_begin(owner, &add->records[i], chains))
			return true;
	return false;
}

struct tlsa_set exec_order_add(const struct owner_facts *owner,
			       const struct tlsa_set *add,
			       const struct chains *chains, bool *blocked)
{
	const struct tlsa_set *served = owner_primary_set(owner);
	struct tlsa_set now = { 0 };

	*blocked = false;
	invariant(served);
	for (size_t i = 0; i < add->count; i++) {
		const struct tlsa *record = &add->records[i];

		if (stands_everywhere(owner, record->params) ||
		    may_begin(owner, record, chains))
			tlsa_set_add(&now, record);
		else if (!has_another(served, record->params, NULL) &&
			 !another_may_begin(owner, add, record->params,
					    chains))
			*blocked = true;
	}
	return now;
}

/* ---- Deletions -------------------------------------------------------- */

/* Some server still has a record of that combination without a match. */
static bool others_first(const struct owner_facts *owner,
			 struct tlsa_params params,
			 const struct chains *chains)
{
	for (size_t i = 0; i < owner->seen->count; i++) {
		const struct tlsa_set *set = &owner->seen->sightings[i].set;

		for (size_t k = 0; k < set->count; k++)
			if (tlsa_params_equal(set->records[k].params,
					      params) &&
			    tlsa_is_usable(&set->records[k]) &&
			    !matches_all(&set->records[k], chains))
				return true;
	}
	return false;
}

struct tlsa_set exec_order_remove(const struct owner_facts *owner,
				  const struct tlsa_set *remove,
				  const struct chains *chains, bool *blocked)
{
	struct tlsa_set remains = tlsa_set_copy(owner_primary_set(owner));
	struct tlsa_set now = { 0 };

	*blocked = false;
	tlsa_set_remove_all(&remains, remove);
	for (size_t i = 0; i < remove->count; i++) {
		const struct tlsa *record = &remove->records[i];

		if (owner->param_count == 0 ||
		    has_another(&remains, record->params, NULL) ||
		    !tlsa_matches_any(record, chains))
			tlsa_set_add(&now, record);
		else if (!matches_all(record, chains))
			*blocked = true;
		else if (!others_first(owner, record->params, chains))
			tlsa_set_add(&now, record);
	}
	tlsa_set_clear(&remains);
	return now;
}
