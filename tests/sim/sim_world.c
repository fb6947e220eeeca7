/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The world that the program sees. Every call ends in sim_called(): there
 * time passes, the promise is checked, and the process may die.
 */

/* ---- Time ------------------------------------------------------------- */

static void sim_now(struct world *world, struct moment *now)
{
	struct sim *sim = sim_of(world);

	moments_add(sim->readings, sim->calls);
	*now = (struct moment){
		.wall_ms = sim->now_ms + sim->wall_offset_ms,
		.boot_ms = sim->now_ms + sim->boot_offset_ms,
		.synchronised = sim->synchronised,
	};
	snprintf(now->boot_id, sizeof(now->boot_id), "boot-%u", sim->boot);
}

static void sim_sleep(struct world *world, unsigned milliseconds)
{
	struct sim *sim = sim_of(world);

	sim_advance(sim, milliseconds);
	sim_called(sim, "sleep", EFFECT_HIDDEN);
}

static void sim_fill_random(struct world *world, void *data, size_t size)
{
	uint8_t *octets = data;

	for (size_t i = 0; i < size; i++)
		octets[i] = (uint8_t)sim_random(sim_of(world));
}

bool sim_fails(struct sim *sim, const char *what, int typical)
{
	sim->fallible++;
	if (sim->fallible != sim->fail_at || !sim->in_command)
		return false;
	sim->trouble = sim->fail_typically ? -typical : -EIO;
	sim->failed_reading = typical == EIO || typical == EMFILE;
	sim->troubled = true;
	sim_log(sim, "fault: %s fails: %s", what, strerror(-sim->trouble));
	sim_called(sim, what, EFFECT_NONE);
	return true;
}

/* ---- Locks ------------------------------------------------------------ */

static int sim_lock(struct world *world, int dir, const char *name,
		    unsigned timeout_ms)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir);
	int64_t until_ms = sim->now_ms + timeout_ms;

	if (sim_fails(sim, "lock", ENOSPC))
		return sim->trouble;
	if (!files_find(parent, name)) {
		disk_note(sim, parent, name);
		files_add(sim, parent, name, files_new(sim, NODE_FILE));
	}
	while (sim->lock_ms > sim->now_ms && sim->now_ms < until_ms)
		sim_advance(sim, until_ms - sim->now_ms < SECOND ?
			    until_ms - sim->now_ms : SECOND);
	sim_called(sim, "lock", EFFECT_HIDDEN);
	sim->locked_ms = sim->now_ms;
	sim->has_lock = sim->lock_ms <= sim->now_ms;
	return sim->has_lock ? 0 : -EAGAIN;
}

static void sim_unlock(struct world *world)
{
	sim_of(world)->has_lock = false;
	sim_called(sim_of(world), "unlock", EFFECT_NONE);
}

static int sim_lock_held(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);

	(void)dir;
	if (!streq(name, ".certbot.lock"))
		return sim->faults.slow && sim_chance(sim, 50);
	if (sim_fails(sim, "lock_held", EIO))
		return sim->trouble;
	sim_called(sim, "lock_held", EFFECT_NONE);
	return sim->certbot_locked;
}

/* ---- Programs and network --------------------------------------------- */

bool sim_hangs(struct sim *sim, struct program *program)
{
	bool hangs = sim_fault(sim, sim->faults.slow) &&
		     sim_chance(sim, 500);
	int64_t least_ms = hangs ? program->timeout_ms : 1;

	sim_wait(sim, sim_between(sim, least_ms, hangs ? least_ms : 3000));
	if (!hangs)
		return false;
	program->timed_out = true;
	program->status = 137;
	sim_called(sim, "run", EFFECT_SEEN);
	return true;
}

static void sim_execute(struct world *world, struct program *program)
{
	static const char title[] = "ALNITAK_TARGET=";
	struct sim *sim = sim_of(world);
	const char *name = NULL;

	if (sim_fails(sim, "run", EMFILE)) {
		program->error = -sim->trouble;
		program->output = xstrdup("");
		return;
	}
	if (exec_is_meant(program)) {
		exec_publish(sim, program);
		sim_called(sim, "run", EFFECT_SEEN);
		return;
	}
	for (size_t i = 0; program->environment[i]; i++)
		if (strncmp(program->environment[i], title,
			    sizeof(title) - 1) == 0)
			name = program->environment[i] + sizeof(title) - 1;
	invariant(name);
	program->output = xstrdup("");
	if (sim_hangs(sim, program))
		return;
	program->status = services_reload(sim, target_named(sim, name));
	sim_called(sim, "run", EFFECT_SEEN);
}

static void sim_ask(struct world *world, struct question *questions, size_t n)
{
	(void)questions;
	(void)n;
	sim_fail(sim_of(world), "the wire was asked below the simulated DNS");
}

static void sim_handshake(struct world *world, struct handshake *handshakes,
			  size_t n)
{
	(void)handshakes;
	(void)n;
	sim_fail(sim_of(world), "a handshake below the simulated services");
}

static char *no_rights(struct world *world)
{
	(void)world;
	return NULL;
}

void world_open(struct sim *sim)
{
	sim->world = (struct world){
		.self = sim, .now = sim_now, .sleep = sim_sleep,
		.errand_rights = no_rights,
		.random = sim_fill_random, .lock = sim_lock,
		.unlock = sim_unlock, .lock_held = sim_lock_held,
		.execute = sim_execute, .ask = sim_ask,
		.handshake = sim_handshake,
	};
	world_open_files(sim);
}
