/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

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

static void regress(struct sim *sim)
{
	struct server *server = any_server(sim, 1);
	struct revision *old = dns_old_revision(sim, 6);

	if (!server || !sim_chance(sim, sim->faults.regress) ||
	    old->serial >= server->shown->serial)
		return;
	server->shown = old;
	server->regressed_ms = sim->now_ms;
	server->show_ms = sim->now_ms + server->lag_ms + some_time(sim);
	sim_log(sim, "fault: %s is back at serial %u", server->name,
		old->serial);
}

static void lose_for_good(struct sim *sim)
{
	struct server *server;

	if (!sim->faults.ignored)
		return;
	server = any_server(sim, 1);
	if (!server || server->ignored || server->twin)
		return;
	if (server->dead_ms == FOREVER) {
		/* No configuration changes under a command. */
		if (!sim->in_command && sim_chance(sim, 400))
			server_is_given_up(sim, server);
	} else if (sim_chance(sim, sim->faults.ignored)) {
		server_dies(sim, server);
	}
}

/* FIRST is the one of its address that does so first. */
static void enter_or_leave(struct sim *sim, struct server *server,
			   const struct server *first)
{
	server->delegated = !server->delegated;
	if (server->delegated) {
		/* A new server begins with the zone as it is. */
		server->shown = dns_primary(sim)->shown;
		server->regressed_ms = 0;
		server->asked = true;
		server->unasked_ms = FOREVER;
		for (size_t k = 0; k < sim->owner_count; k++)
			if (server->unmet_ms[k] == FOREVER)
				server->unmet_ms[k] = sim->now_ms;
	} else {
		server->unasked_ms = first != server ? first->unasked_ms :
			sim->now_ms + sim_between(sim, 0,
						  dns_asked_ms(sim, server));
		for (size_t k = 0; k < sim->owner_count; k++)
			if (!server->extra && !server->met[k])
				server->unmet_ms[k] = FOREVER;
	}
	sim_log(sim, "fault: %s %s the delegation", server->name,
		server->delegated ? "enters" : "leaves");
}

static void change_delegation(struct sim *sim)
{
	struct server *server = any_server(sim, 1);

	if (!server || !sim_chance(sim, sim->faults.delegation))
		return;
	server = machines_first(server);
	enter_or_leave(sim, server, server);
	if (server->twin)
		enter_or_leave(sim, server->twin, server);
}

/* One of them falls behind. */
static void part_machines(struct sim *sim)
{
	for (size_t i = 1; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		if (!server->twin || !sim_chance(sim, sim->faults.machines))
			continue;
		server->frozen_ms = sim->now_ms + some_time(sim);
		sim_log(sim, "fault: %s transfers nothing", server->name);
	}
}

/* ---- The machine ------------------------------------------------------ */

/* A state that was put back, and still waits. */
static void wait_anew(struct sim *sim)
{
	if (sim->put_back_ms &&
	    sim->now_ms - sim->put_back_ms < WAIT_LONGEST_MS)
		sim->put_back_ms = sim->now_ms;
}

void machine_sets_clock(struct sim *sim)
{
	int64_t step_ms = sim_between(sim, SECOND, 3 * DAY);

	wait_anew(sim);
	sim->clock_set_ms = sim->quiet_ms = sim->now_ms;
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
	sim->command_end_ms = sim->quiet_ms = sim->now_ms;
	sim->die = sim->in_command;
	if (!certbot_idle(sim))
		sim->certbot.step = CERTBOT_END;
	sim_log(sim, "fault: the machine boots");
	services_restart_all(sim);
}

/* For services that want certificate and key in one file. */
static bool has_combined(struct sim *sim, const struct target *target)
{
	return files_path(sim, sim_text(sim,
		"/etc/alnitak/dane/%s/combined.pem", target->name)) != NULL;
}

static bool is_whole(struct node *held)
{
	static const char *const names[] = { "cert.pem", "chain.pem",
					     "fullchain.pem", "privkey.pem" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!files_find(held, names[i]))
			return false;
	return true;
}

/* What is held, or will be in its turn, stays whole as long as it has its name:
 * noted before a power cut, and looked at after it. What was given up just
 * before may come back in part. */
static void look_at_held(struct sim *sim, const struct target *target,
			 bool after)
{
	const struct node *held = files_path(sim,
		sim_text(sim, "/var/lib/alnitak/held/%s", target->name));

	for (size_t i = 0; held && i < held->count; i++) {
		struct node *at = held->entries[i].node;
		const char *name = held->entries[i].name;

		if (after && at->whole_at == sim->calls && !is_whole(at) &&
		    !strstr(name, ".new"))
			sim_fail(sim, "after a power cut held/%s/%s is not "
				 "whole", target->name, name);
		at->whole_at = is_whole(at) ? sim->calls : 0;
	}
}

/* The promise aside, who could start before must be able to start again. */
void machine_loses_power(struct sim *sim)
{
	const struct cert *before[TARGETS_MAX];
	bool combined[TARGETS_MAX];

	for (size_t t = 0; t < sim->target_count; t++) {
		before[t] = services_would_load(sim, &sim->targets[t]);
		combined[t] = has_combined(sim, &sim->targets[t]);
		look_at_held(sim, &sim->targets[t], false);
	}
	disk_settle(sim);
	sim->cut_ways = disk_ways(sim);
	if (sim->cut_somehow)
		disk_cut_somehow(sim);
	else
		disk_cut(sim, sim->cut_keep);
	for (size_t t = 0; t < sim->target_count; t++)
		certbot_lost_pin(sim, &sim->targets[t]);
	reboot(sim);
	for (size_t t = 0; t < sim->target_count; t++)
		look_at_held(sim, &sim->targets[t], true);
	for (size_t t = 0; t < sim->target_count && sim_switches_at_once(sim);
	     t++) {
		struct target *target = &sim->targets[t];

		if (before[t] && (!sim->in_command || target->could_start) &&
		    target->deployed && !target->stray &&
		    !services_would_load(sim, target))
			sim_fail(sim, "after a power cut no service of %s can "
				 "start", target->name);
		if (combined[t] && sim->begun && !has_combined(sim, target))
			sim_fail(sim, "after a power cut combined.pem of %s "
				 "leads nowhere", target->name);
	}
}

static void disturb_machine(struct sim *sim)
{
	struct target *target = &sim->targets[sim_between(sim, 0,
				(int64_t)sim->target_count - 1)];

	if (sim_chance(sim, sim->faults.restart))
		target->services[0].restart_ms = sim->now_ms + some_time(sim);
	if (sim_chance(sim, sim->faults.reads_elsewhere))
		services_copy(sim, target);
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
		sim->command_end_ms = sim->quiet_ms = sim->now_ms;
		wait_anew(sim);
		sim_log(sim, "fault: the boot clock stood still");
	}
	if (sim_chance(sim, sim->faults.delete_lineage) &&
	    certbot_idle(sim) && target->deployed)
		certbot_delete(sim, target);
	if (sim_chance(sim, sim->faults.live_goes_back) && certbot_idle(sim))
		certbot_go_back(sim, target);
}

void faults_event(struct sim *sim)
{
	sim->faults_next_ms = sim->now_ms +
			      sim_between(sim, 1, sim->timer_ms);
	disturb_servers(sim);
	regress(sim);
	change_delegation(sim);
	lose_for_good(sim);
	part_machines(sim);
	people_event(sim);
	disturb_machine(sim);
	backup_event(sim);
	outside_event(sim);
	dns_refresh(sim);
}

/* Everything works from now on. */
void faults_end(struct sim *sim)
{
	sim->liveness = true;
	services_use_links(sim);
	for (size_t t = 0; t < sim->target_count; t++)
		sim->targets[t].strange_ms = 0;
	sim->faults_next_ms = FOREVER;
	sim->kill_at = sim->cut_at = sim->fail_at = sim->clock_at = 0;
	sim->lock_ms = 0;
	sim->wall_offset_ms = TRUE_WALL_SECONDS * SECOND;
	sim->synchronised = true;
	others_end_wildcards(sim);
	second_end(sim);
	dns_heal(sim);
	sim_log(sim, "no more faults");
}
