/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Other people do their work in the zone. */

/* What others put there and still stands. */
static void find_foreign(const struct sim *sim, struct owner *owner,
			 const struct rr *rrs, size_t count)
{
	owner->foreign_count = 0;
	for (size_t i = 0; i < owner->strange_count; i++)
		if (rr_in(&owner->strange[i], rrs, count))
			owner->foreign[owner->foreign_count++] =
				owner->strange[i];
	for (size_t i = 0; i < count; i++)
		if (second_has(sim, (int)(owner - sim->owners), &rrs[i]) &&
		    owner->foreign_count < FOREIGN_MAX)
			owner->foreign[owner->foreign_count++] = rrs[i];
}

/* What others bring back is theirs, whoever published it first. */
static void give_up_added(struct sim *sim, int k, const struct rr *rrs,
			  size_t count)
{
	const struct version *now = dns_primary(sim)->accepted->of[k];
	struct added **at = &sim->owners[k].added;

	while (*at)
		if (rr_in(&(*at)->rr, rrs, count) &&
		    !rr_in(&(*at)->rr, now->rrs, now->count))
			*at = (*at)->next;
		else
			at = &(*at)->next;
}

void others_commit(struct sim *sim, int owner, const struct rr *rrs,
		   size_t count, uint32_t ttl)
{
	give_up_added(sim, owner, rrs, count);
	find_foreign(sim, &sim->owners[owner], rrs, count);
	dns_commit(sim, owner, rrs, count, ttl, ORIGIN_OTHERS);
	dns_forget_longer(sim, owner);
}

static struct rr strange_rr(struct sim *sim, const struct owner *owner)
{
	struct tlsa_params params = owner->params[0];
	size_t size;
	uint8_t *data;

	if (sim_chance(sim, 200))
		params = (struct tlsa_params){ 3, (uint8_t)sim_between(sim, 0,
					       1), 1 };
	size = params.matching == 2 ? 64 : 32;
	data = sim_alloc(sim, size);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)sim_random(sim);
	return (struct rr){ params.usage, params.selector, params.matching,
			    data, size };
}

static uint32_t other_ttl(struct sim *sim, uint32_t ttl)
{
	uint32_t factor = (uint32_t)sim_between(sim, 1, 6);

	ttl = sim_chance(sim, 500) ? ttl * factor : ttl / factor;
	/* Signatures that cannot outlast a TTL are never waited for. */
	if (sim->signature_ms && ttl > sim->signature_ms / (2 * SECOND))
		ttl = (uint32_t)(sim->signature_ms / (2 * SECOND));
	return ttl < 1 ? 1 : ttl > 172800 ? 172800 : ttl;
}

static void edit(struct sim *sim, int k)
{
	struct owner *owner = &sim->owners[k];
	const struct version *now = dns_primary(sim)->accepted->of[k];
	struct rr *rrs = sim_alloc(sim, (now->count + 1) * sizeof(*rrs));
	uint32_t ttl = now->count ? now->ttl : sim->ttl;
	size_t n = 0;
	struct rr gone = { 0 };

	if (owner->foreign_count && sim_chance(sim, 400))
		gone = owner->foreign[0];
	for (size_t i = 0; i < version_own_count(now); i++)
		if (!gone.size || !rr_equal(&now->rrs[i], &gone))
			rrs[n++] = now->rrs[i];
	if (!gone.size && owner->strange_count < 32 && n < 12) {
		rrs[n] = strange_rr(sim, owner);
		owner->strange[owner->strange_count++] = rrs[n++];
		if (sim_chance(sim, 300))
			ttl = other_ttl(sim, ttl);
	}
	others_commit(sim, k, rrs, n, ttl);
}

static void remove_ours(struct sim *sim, int k)
{
	const struct version *now = dns_primary(sim)->accepted->of[k];
	struct rr *rrs = sim_alloc(sim, (now->count + 1) * sizeof(*rrs));
	size_t n = 0, gone;

	if (now->count < 2)
		return;
	gone = (size_t)sim_between(sim, 0, (int64_t)now->count - 1);
	for (size_t i = 0; i < now->count; i++)
		if (i != gone)
			rrs[n++] = now->rrs[i];
	others_commit(sim, k, rrs, n, now->ttl);
}

static void change_ttl(struct sim *sim, int k)
{
	const struct version *now = dns_primary(sim)->accepted->of[k];

	if (version_own_count(now))
		others_commit(sim, k, now->rrs, now->count,
			      other_ttl(sim, now->ttl));
}

/* An issuer's record is ours only as long as the program remembers having
 * published it: it may stay, or go. */
void others_note_odd(struct sim *sim, int k, const struct version *old)
{
	struct owner *owner = &sim->owners[k];

	for (size_t i = 0; i < old->count; i++)
		if (old->rrs[i].usage == 2 && owner->odd_count < 32)
			owner->odd[owner->odd_count++] = old->rrs[i];
}

struct revision *dns_old_revision(struct sim *sim, size_t depth)
{
	size_t last = sim->revision_count - 1;

	return sim->revisions[sim_between(sim, (int64_t)
			(last > depth ? last - depth : 0), (int64_t)last)];
}

void others_restore(struct sim *sim, size_t depth)
{
	const struct revision *old = dns_old_revision(sim, depth);

	sim_log(sim, "fault: the primary is restored to serial %u",
		old->serial);
	for (size_t k = 0; k < sim->owner_count; k++) {
		const struct version *version = old->of[k];

		if (version == dns_primary(sim)->accepted->of[k])
			continue;
		if (version->alias) {
			dns_commit_alias(sim, (int)k, version->alias - 1);
			continue;
		}
		others_note_odd(sim, (int)k, version);
		others_commit(sim, (int)k, version->rrs,
			      version_own_count(version), version->ttl);
	}
}

void others_empty(struct sim *sim, int k)
{
	if (version_own_count(dns_primary(sim)->accepted->of[k]))
		others_commit(sim, k, NULL, 0, 0);
}

void others_replace(struct sim *sim, int k)
{
	struct owner *owner = &sim->owners[k];
	const struct version *now = dns_primary(sim)->accepted->of[k];
	struct rr strange;

	if (owner->strange_count == 32)
		return;
	strange = strange_rr(sim, owner);
	owner->strange[owner->strange_count++] = strange;
	others_commit(sim, k, &strange, 1, now->count ? now->ttl : sim->ttl);
}

void others_end_wildcards(struct sim *sim)
{
	for (size_t k = 0; k < sim->owner_count; k++) {
		sim->owners[k].has_wildcard = false;
		if (dns_primary(sim)->accepted->of[k]->by_wildcard)
			others_commit(sim, (int)k, NULL, 0, 0);
	}
	dns_refresh(sim);
}

void others_edit(struct sim *sim, int edit)
{
	if (edit == EDIT_RESTORE)
		others_restore(sim, REVISIONS_MAX);
	for (size_t k = 0; k < sim->owner_count && edit != EDIT_RESTORE; k++)
		if (dns_primary(sim)->accepted->of[k]->alias)
			continue;
		else if (edit == EDIT_REPLACE)
			others_replace(sim, (int)k);
		else
			others_empty(sim, (int)k);
	dns_refresh(sim);
	checker_look(sim);
}

void people_retime(struct sim *sim, uint32_t ttl)
{
	if (ttl > 604800)
		ttl = 604800;
	sim->config->record_ttl_seconds = ttl;
	sim_log(sim, "record_ttl = %u", ttl);
}

void people_event(struct sim *sim)
{
	int k = (int)sim_between(sim, 0, (int64_t)sim->owner_count - 1);

	if (sim->revision_count > REVISIONS_MAX / 2)
		return;
	alias_event(sim);
	if (dns_primary(sim)->accepted->of[k]->alias)
		k = dns_primary(sim)->accepted->of[k]->alias - 1;
	if (sim_chance(sim, sim->faults.operator_edit))
		edit(sim, k);
	if (sim_chance(sim, sim->faults.operator_removes))
		remove_ours(sim, k);
	if (sim_chance(sim, sim->faults.operator_ttl))
		change_ttl(sim, k);
	if (!sim->in_command && sim_chance(sim, sim->faults.retimed))
		people_retime(sim, other_ttl(sim, sim->ttl));
	if (sim_chance(sim, sim->faults.restore))
		others_restore(sim, 6);
	if (sim_chance(sim, sim->faults.owner_replaced))
		others_replace(sim, k);
	if (sim_chance(sim, sim->faults.owner_emptied))
		others_empty(sim, k);
	if (sim_chance(sim, sim->faults.zone_restored))
		others_restore(sim, REVISIONS_MAX);
}
