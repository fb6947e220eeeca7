/* SPDX-License-Identifier: MIT */
#include "checker.h"
#include "sim_run.h"

#include "base/xalloc.h"

/*
 * A second host of the same name. What it does it does right, as a rule: with
 * an eye on all caches, and on what stands in the zone. It keeps the records of
 * others and the TTL.
 */

/* None of ours have them: neither the lineage nor its issuer. */
#define SECOND_LINEAGE TARGETS_MAX
#define SECOND_ISSUER 2

static const struct version *zone_now(struct sim *sim)
{
	return dns_primary(sim)->accepted->of[sim->second.owner];
}

static const struct cert *issue(struct second *second)
{
	int serial = (int)second->issued_count + 1;
	struct cert_id id = { .lineage = SECOND_LINEAGE, .key = serial,
			      .serial = serial, .leaf = serial,
			      .issuer = SECOND_ISSUER };

	return second->issued[second->issued_count++] = cert_get(&id);
}

bool second_has(const struct sim *sim, int owner, const struct rr *rr)
{
	const struct second *second = &sim->second;
	struct tlsa_params params = { rr->usage, rr->selector, rr->matching };

	for (size_t i = 0; i < second->issued_count; i++) {
		struct rr own = rr_of(second->issued[i], params);

		if (owner == second->owner && rr_equal(rr, &own))
			return true;
	}
	return false;
}

bool second_is_seen(const struct sim *sim, const struct target *target)
{
	const struct second *second = &sim->second;
	size_t t = (size_t)(target - sim->targets);

	if (!second->is_there || !second->is_seen || !target->probed ||
	    !(sim->owners[second->owner].users & 1U << t))
		return false;
	for (size_t i = 0; i < target->service_count; i++)
		if (!target->services[i].unseen)
			return true;
	return false;
}

/* ---- Its records -------------------------------------------------------- */

struct edit_set {
	struct rr rrs[128];
	size_t count;
};

static void add(struct edit_set *set, struct rr rr)
{
	invariant(set->count < sizeof(set->rrs) / sizeof(*set->rrs));
	if (!rr_in(&rr, set->rrs, set->count))
		set->rrs[set->count++] = rr;
}

static void add_for(struct edit_set *set, const struct cert *cert,
		    const struct tlsa_params *params, size_t count)
{
	for (size_t i = 0; i < count && cert; i++)
		add(set, rr_of(cert, params[i]));
}

static size_t wanted_count(const struct sim *sim)
{
	return sim->second.is_narrow ? 1 :
	       sim->owners[sim->second.owner].param_count;
}

/* In what it wants, and in each combination that stands there. */
static void add_needed(struct sim *sim, struct edit_set *set,
		       const struct cert *cert)
{
	const struct version *now = zone_now(sim);
	const struct owner *owner = &sim->owners[sim->second.owner];

	add_for(set, cert, owner->params, wanted_count(sim));
	for (size_t i = 0; i < version_own_count(now); i++) {
		struct tlsa_params params = { now->rrs[i].usage,
			now->rrs[i].selector, now->rrs[i].matching };

		add_for(set, cert, &params, 1);
	}
}

/* Whoever puts the first set there has to think of all who serve the name. */
static void add_ours(struct sim *sim, struct edit_set *set)
{
	const struct owner *owner = &sim->owners[sim->second.owner];

	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t)
			add_for(set, services_would_load(sim,
				&sim->targets[t]), owner->params,
				wanted_count(sim));
}

static struct edit_set next_set(struct sim *sim)
{
	const struct second *second = &sim->second;
	const struct version *now = zone_now(sim);
	struct edit_set needed = { 0 }, set = { 0 };

	add_needed(sim, &needed, second->presented);
	add_needed(sim, &needed, second->next);
	for (size_t i = 0; i < version_own_count(now); i++)
		if (!second_has(sim, second->owner, &now->rrs[i]) ||
		    rr_in(&now->rrs[i], needed.rrs, needed.count))
			add(&set, now->rrs[i]);
	if (!set.count && (sim->liveness || sim_chance(sim, 700)))
		add_ours(sim, &set);
	for (size_t i = 0; i < needed.count; i++)
		add(&set, needed.rrs[i]);
	return set;
}

/* It leaves no client of ours worse off, nor any cache for longer. */
static bool only_keeps(const struct sim *sim, const struct version *now)
{
	const struct version *before = now->before;

	if (now->ttl != before->ttl || !version_own_count(before))
		return false;
	for (size_t i = 0; i < before->count; i++)
		if (!second_has(sim, now->owner, &before->rrs[i]) &&
		    !rr_in(&before->rrs[i], now->rrs, now->count))
			return false;
	for (size_t i = 0; i < now->count; i++)
		if (!version_has_kind(before, &now->rrs[i]))
			return false;
	return true;
}

/* False: there is nothing to do. */
static bool edit(struct sim *sim)
{
	const struct version *now = zone_now(sim);
	int owner = sim->second.owner;
	bool begins = !version_own_count(now);
	struct edit_set set = next_set(sim);
	struct version *made;

	if (set.count == version_own_count(now)) {
		size_t same = 0;

		while (same < set.count &&
		       rr_in(&set.rrs[same], now->rrs, now->count))
			same++;
		if (same == set.count)
			return false;
	}
	others_commit(sim, owner, set.rrs, set.count,
		      begins ? sim->ttl : now->ttl);
	made = dns_primary(sim)->accepted->of[owner];
	if (begins)
		others_note_odd(sim, owner, made);
	made->only_keeps = only_keeps(sim, made);
	return true;
}

/* ---- What it does ------------------------------------------------------- */

void second_renew(struct sim *sim)
{
	struct second *second = &sim->second;

	if (second->next || second->issued_count == SECOND_CERTS_MAX)
		return;
	second->next = issue(second);
	sim_log(sim, "the second host renews, %s", second->next->title);
}

/* Seldom without a thought of caches; who loses by that are its own clients. */
static void present(struct sim *sim)
{
	struct second *second = &sim->second;

	if (!second->next || (!sim_fault(sim, 20) &&
	    !checker_caches_match(sim, second->owner, second->next)))
		return;
	second->presented = second->next;
	second->next = NULL;
	sim_log(sim, "the second host presents %s", second->presented->title);
}

/* Somebody tells it what is configured here; or us where not to look, and no
 * configuration changes under a command. */
static void hear(struct sim *sim)
{
	struct second *second = &sim->second;

	if (second->is_narrow && sim_fault(sim, 100))
		second->is_narrow = false;
	else if (!sim->in_command && !second_bars(sim) && sim_fault(sim, 100))
		second->is_seen = false;
}

void second_event(struct sim *sim)
{
	struct second *second = &sim->second;

	second->next_ms = sim->now_ms + sim_between(sim, SECOND,
						    2 * sim->timer_ms);
	if (second->begins_ms > sim->now_ms ||
	    sim->revision_count > REVISIONS_MAX / 2)
		return;
	if (sim_fault(sim, sim->faults.second))
		second_renew(sim);
	hear(sim);
	if (!edit(sim))
		present(sim);
}

void second_go_on(struct sim *sim)
{
	struct second *second = &sim->second;

	second->is_narrow = second->begins_ms == FOREVER;
	second->is_seen = second->is_narrow;
	second->begins_ms = 0;
	second_event(sim);
}

void second_end(struct sim *sim)
{
	struct second *second = &sim->second;

	if (!second->is_there)
		return;
	second->is_seen = second->is_narrow = false;
	second->next_ms = FOREVER;
	edit(sim);
}

static bool is_done(struct sim *sim)
{
	const struct second *second = &sim->second;
	const struct version *now = zone_now(sim);

	for (size_t i = 0; i < version_own_count(now); i++)
		if (second_has(sim, second->owner, &now->rrs[i]) &&
		    !checker_matches(&now->rrs[i], second->presented))
			return false;
	return !second->next;
}

void second_await(struct sim *sim)
{
	for (int i = 0; i < TICKS && !is_done(sim); i++)
		sim_advance(sim, sim->timer_ms);
	sim->is_liveness_failure = true;
	if (!is_done(sim))
		sim_fail(sim, "the second host is not done");
	sim->is_liveness_failure = false;
}

bool second_bars(struct sim *sim)
{
	const struct second *second = &sim->second;
	const struct owner *owner = &sim->owners[second->owner];
	const struct version *now = zone_now(sim);

	for (size_t i = 0; i < owner->param_count && second->is_seen; i++) {
		struct rr rr = rr_of(second->presented, owner->params[i]);

		if (!rr_in(&rr, now->rrs, version_own_count(now)))
			return true;
	}
	return false;
}

/* ---- The beginning ------------------------------------------------------ */

void second_open(struct sim *sim, int owner)
{
	struct second *second = &sim->second;

	*second = (struct second){ .is_there = true, .owner = owner,
				   .is_seen = true, .begins_ms = FOREVER,
				   .next_ms = sim->now_ms + MINUTE };
	second->presented = issue(second);
}

/* Its records stand there from the beginning. */
static void lay_records(struct sim *sim)
{
	struct second *second = &sim->second;
	struct owner *owner = &sim->owners[second->owner];
	struct version *first = dns_primary(sim)->shown->of[second->owner];
	struct edit_set set = { 0 };

	for (size_t i = 0; i < first->count; i++)
		add(&set, first->rrs[i]);
	add_for(&set, second->presented, owner->params, wanted_count(sim));
	for (size_t i = first->count; i < set.count; i++)
		owner->foreign[owner->foreign_count++] = set.rrs[i];
	first->rrs = sim_alloc(sim, sizeof(set.rrs));
	memcpy(first->rrs, set.rrs, sizeof(set.rrs));
	first->count = set.count;
	first->ttl = sim->ttl;
	second->begins_ms = 0;
}

/* An owner with a set of its own, or where one will be. */
static bool may_have_one(struct sim *sim, int owner)
{
	return !sim->owners[owner].has_wildcard && !sim->owners[owner].via &&
	       !dns_primary(sim)->shown->of[owner]->alias;
}

void second_draw(struct sim *sim)
{
	struct second *second = &sim->second;
	int owner = 0;
	size_t standing;

	if (!sim->faults.second)
		return;
	owner = (int)sim_between(sim, 0, (int64_t)sim->owner_count - 1);
	if (!may_have_one(sim, owner))
		return;
	second_open(sim, owner);
	standing = dns_primary(sim)->shown->of[owner]->count;
	second->is_seen = sim_chance(sim, 500);
	second->is_narrow = sim_chance(sim, 250) && !standing;
	second->begins_ms = sim->now_ms + sim_between(sim, MINUTE,
			    10 * MINUTE + 10 * sim->ttl * SECOND);
	if (standing || sim_chance(sim, 500))
		lay_records(sim);
}
