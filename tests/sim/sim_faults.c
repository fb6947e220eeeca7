/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Things go wrong, and other people do their work. */

static struct server *any_server(struct sim *sim, size_t first)
{
	if (first >= sim->server_count)
		return NULL;
	return &sim->servers[sim_between(sim, (int64_t)first,
				(int64_t)sim->server_count - 1)];
}

static int64_t some_time(struct sim *sim)
{
	return sim_between(sim, SECOND, sim->timer_ms *
			   (sim_chance(sim, 200) ? 30 : 4));
}

/* ---- Servers ---------------------------------------------------------- */

static void disturb_servers(struct sim *sim)
{
	const struct faults *faults = &sim->faults;
	struct server *server = any_server(sim, 0);

	dns_sign(sim);
	if (sim_chance(sim, faults->silent)) {
		server->silent_ms = sim->now_ms + some_time(sim);
		sim_log(sim, "fault: %s does not answer us", server->name);
	}
	server = any_server(sim, 0);
	if (sim_chance(sim, faults->dead) && server->dead_ms <= sim->now_ms) {
		server->dead_ms = sim->now_ms + some_time(sim);
		sim_log(sim, "fault: %s is dead", server->name);
	}
	if (sim_chance(sim, faults->signer)) {
		sim->signer_ms = sim->now_ms + 10 * some_time(sim);
		sim_log(sim, "fault: nothing is signed anew");
	}
	server = any_server(sim, 1);
	if (server && sim_chance(sim, faults->frozen)) {
		server->frozen_ms = sim->now_ms + some_time(sim);
		sim_log(sim, "fault: %s transfers nothing", server->name);
	}
}

static struct revision *old_revision(struct sim *sim)
{
	int64_t last = (int64_t)sim->revision_count - 1;

	return sim->revisions[sim_between(sim, last > 6 ? last - 6 : 0, last)];
}

static void regress(struct sim *sim)
{
	struct server *server = any_server(sim, 1);
	struct revision *old = old_revision(sim);

	if (!server || !sim_chance(sim, sim->faults.regress) ||
	    old->serial >= server->shown->serial)
		return;
	server->shown = old;
	server->regressed_ms = sim->now_ms;
	server->show_ms = sim->now_ms + server->lag_ms + some_time(sim);
	sim_log(sim, "fault: %s is back at serial %u", server->name,
		old->serial);
}

static void change_delegation(struct sim *sim)
{
	struct server *server = any_server(sim, 1);

	if (!server || !sim_chance(sim, sim->faults.delegation))
		return;
	server->delegated = !server->delegated;
	if (server->delegated) {
		/* A new server begins with the zone as it is. */
		server->shown = dns_primary(sim)->shown;
		server->regressed_ms = 0;
		server->asked = true;
		server->unasked_ms = FOREVER;
		server->entered_ms = sim->now_ms;
	} else {
		server->unasked_ms = sim->now_ms +
				     sim_between(sim, 0, sim->ns_ttl_ms);
		for (size_t k = 0; k < sim->owner_count; k++)
			server->left_unmet[k] = !server->met[k];
	}
	sim_log(sim, "fault: %s %s the delegation", server->name,
		server->delegated ? "enters" : "leaves");
}

/* ---- People ----------------------------------------------------------- */

/* What others put there and still stands. */
static void find_foreign(struct owner *owner, const struct rr *rrs,
			 size_t count)
{
	owner->foreign_count = 0;
	for (size_t i = 0; i < owner->strange_count; i++)
		if (rr_in(&owner->strange[i], rrs, count))
			owner->foreign[owner->foreign_count++] =
				owner->strange[i];
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
	find_foreign(&sim->owners[owner], rrs, count);
	dns_commit(sim, owner, rrs, count, ttl, ORIGIN_OTHERS);
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
	for (size_t i = 0; i < now->count; i++)
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

	if (now->count)
		others_commit(sim, k, now->rrs, now->count,
			      other_ttl(sim, now->ttl));
}

/* An issuer's record is ours only as long as the program remembers having
 * published it: it may stay, or go. */
static void note_odd(struct sim *sim, int k, const struct version *old)
{
	struct owner *owner = &sim->owners[k];

	for (size_t i = 0; i < old->count; i++)
		if (old->rrs[i].usage == 2 && owner->odd_count < 32)
			owner->odd[owner->odd_count++] = old->rrs[i];
}

/* The primary is restored from backup, with a serial that moves on. */
static void restore(struct sim *sim)
{
	const struct revision *old = old_revision(sim);

	sim_log(sim, "fault: the primary is restored to serial %u",
		old->serial);
	for (size_t k = 0; k < sim->owner_count; k++) {
		const struct version *version = old->of[k];

		if (version == dns_primary(sim)->accepted->of[k])
			continue;
		note_odd(sim, (int)k, version);
		others_commit(sim, (int)k, version->rrs, version->count,
			      version->count ? version->ttl : 0);
	}
}

static void disturb_zone(struct sim *sim)
{
	int k = (int)sim_between(sim, 0, (int64_t)sim->owner_count - 1);

	if (sim->revision_count > REVISIONS_MAX / 2)
		return;
	if (sim_chance(sim, sim->faults.operator_edit))
		edit(sim, k);
	if (sim_chance(sim, sim->faults.operator_removes))
		remove_ours(sim, k);
	if (sim_chance(sim, sim->faults.operator_ttl))
		change_ttl(sim, k);
	if (sim_chance(sim, sim->faults.restore))
		restore(sim);
}

/* ---- The machine ------------------------------------------------------ */

void machine_sets_clock(struct sim *sim)
{
	int64_t step_ms = sim_between(sim, SECOND, 3 * DAY);

	if (sim->clock_step_ms) {
		sim->wall_offset_ms += sim->clock_step_ms;
		sim->synchronised = false;
		sim_log(sim, "fault: the clock is set");
		if (sim->clock_for)
			sim->clock_at = sim->calls + sim->clock_for;
		sim->clock_step_ms = -sim->clock_step_ms;
		sim->clock_for = 0;
		return;
	}
	/* And perhaps soon again. */
	if (sim_chance(sim, 500))
		sim->clock_at = sim->calls + (unsigned long)
				sim_between(sim, 1, 60);
	if (!sim->synchronised) {
		sim->wall_offset_ms = TRUE_WALL_SECONDS * SECOND;
		sim->synchronised = true;
	} else {
		sim->wall_offset_ms += sim_chance(sim, 500) ? step_ms :
							      -step_ms;
		sim->synchronised = false;
	}
	sim_log(sim, "fault: the clock is set");
}

static void reboot(struct sim *sim)
{
	sim->boot++;
	sim->boot_offset_ms = -sim->now_ms;
	sim->command_end_ms = sim->now_ms;
	sim->die = sim->in_command;
	if (!certbot_idle(sim))
		sim->certbot.step = CERTBOT_END;
	sim_log(sim, "fault: the machine boots");
	services_restart_all(sim);
}

/* The promise aside, who could start before must be able to start again. */
void machine_loses_power(struct sim *sim)
{
	const struct cert *before[TARGETS_MAX];

	for (size_t t = 0; t < sim->target_count; t++)
		before[t] = services_would_load(sim, &sim->targets[t]);
	disk_settle(sim);
	sim->cut_ways = disk_ways(sim);
	if (sim->cut_somehow)
		disk_cut_somehow(sim);
	else
		disk_cut(sim, sim->cut_keep);
	for (size_t t = 0; t < sim->target_count; t++)
		certbot_lost_pin(sim, &sim->targets[t]);
	reboot(sim);
	for (size_t t = 0; t < sim->target_count && sim_switches_at_once(sim);
	     t++) {
		struct target *target = &sim->targets[t];

		if (before[t] && (!sim->in_command || target->could_start) &&
		    target->deployed && !target->stray &&
		    !services_would_load(sim, target))
			sim_fail(sim, "after a power cut no service of %s can "
				 "start", target->name);
	}
}

static void disturb_machine(struct sim *sim)
{
	struct target *target = &sim->targets[sim_between(sim, 0,
				(int64_t)sim->target_count - 1)];

	if (sim_chance(sim, sim->faults.restart))
		target->services[0].restart_ms = sim->now_ms + some_time(sim);
	if (sim_chance(sim, sim->faults.reboot))
		reboot(sim);
	if (sim_chance(sim, sim->faults.lock_busy)) {
		sim->lock_ms = sim->now_ms + sim_between(sim, SECOND,
							 20 * MINUTE);
		sim_log(sim, "fault: another instance has the lock");
	}
	if (sim->in_command)
		return;
	if (sim_chance(sim, sim->faults.clock_step))
		machine_sets_clock(sim);
	if (sim_chance(sim, sim->faults.suspend)) {
		sim->boot_offset_ms -= sim_between(sim, 0, sim->now_ms -
						   sim->command_end_ms);
		sim->command_end_ms = sim->now_ms;
		sim_log(sim, "fault: the boot clock stood still");
	}
	if (sim_chance(sim, sim->faults.delete_lineage) &&
	    certbot_idle(sim) && target->deployed)
		certbot_delete(sim, target);
}

void faults_event(struct sim *sim)
{
	sim->faults_next_ms = sim->now_ms +
			      sim_between(sim, 1, sim->timer_ms);
	disturb_servers(sim);
	regress(sim);
	change_delegation(sim);
	disturb_zone(sim);
	disturb_machine(sim);
	dns_refresh(sim);
}

/* Everything works from now on. */
void faults_end(struct sim *sim)
{
	sim->liveness = true;
	sim->faults_next_ms = FOREVER;
	sim->kill_at = sim->cut_at = sim->fail_at = sim->clock_at = 0;
	sim->lock_ms = 0;
	sim->wall_offset_ms = TRUE_WALL_SECONDS * SECOND;
	sim->synchronised = true;
	dns_heal(sim);
	sim_log(sim, "no more faults");
}
