/* SPDX-License-Identifier: MIT */
#include "checker_internal.h"

/*
 * What the program does to a second host of the same name. That one may take
 * care of itself, and does; but whoever of us changes the set has to leave it
 * its records, their time to live, and no combination in which it has none.
 *
 * It is judged by each change, when that is accepted: what is built upon it, in
 * whatever order servers show it, has what the change left. Caches are looked
 * at by the second host before it presents anything new.
 */

bool checker_caches_match(struct sim *sim, int owner, const struct cert *cert)
{
	const struct revision *accepted = dns_primary(sim)->accepted;

	if (!checker_covers(accepted->of[owner], cert))
		return false;
	for (const struct served *at = sim->served; at; at = at->next)
		if (at->version->owner == owner &&
		    checker_is_cached(sim, at) &&
		    !checker_covers(at->version, cert))
			return false;
	return true;
}

/* The program was not told to leave it alone, and every target that it works
 * for there looks at its address. */
static bool could_be_known(const struct sim *sim, const struct owner *owner)
{
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t &&
		    (sim->targets[t].allows_strangers ||
		     !second_is_seen(sim, &sim->targets[t])))
			return false;
	return true;
}

/* A combination that was not there, in which it has no match. */
static bool begins_without(const struct version *before,
			   const struct version *after,
			   const struct cert *cert)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct rr *rr = &after->rrs[i];
		bool matched = false;

		for (size_t k = 0; k < after->count && !matched; k++)
			matched = checker_same_kind(rr, &after->rrs[k]) &&
				  checker_matches(&after->rrs[k], cert);
		if (!matched && !version_has_kind(before, rr))
			return true;
	}
	return false;
}

static size_t count_its_own(struct sim *sim, const struct version *before,
			    const struct version *after)
{
	size_t count = 0;

	for (size_t i = 0; i < version_own_count(before); i++) {
		const struct rr *rr = &before->rrs[i];

		if (!second_has(sim, before->owner, rr))
			continue;
		if (!rr_in(rr, after->rrs, after->count))
			sim_fail(sim, "a record of the second host is deleted "
				 "at %s", sim->owners[before->owner].name);
		count++;
	}
	return count;
}

void checker_change(struct sim *sim, const struct version *before,
		    const struct version *after, bool is_guarded)
{
	const struct second *second = &sim->second;
	const struct owner *owner = &sim->owners[before->owner];
	size_t count;

	if (!second->is_there || second->owner != before->owner)
		return;
	count = count_its_own(sim, before, after);
	if (count && is_guarded && after->ttl > before->ttl)
		sim_fail(sim, "the records of the second host at %s have a "
			 "TTL of %u, and had %u", owner->name, after->ttl,
			 before->ttl);
	if (is_guarded && could_be_known(sim, owner) &&
	    begins_without(before, after, second->presented))
		sim_fail(sim, "%s begins at %s, where a second host presents "
			 "%s", rrs_text(sim, after->rrs, after->count),
			 owner->name, second->presented->title);
}
