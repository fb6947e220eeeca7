/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "checker.h"
#include "sim_run.h"

#include <stdlib.h>

/* The two phases of a run that a seed draws. */

/* More than bad luck would take. */
#define TRIES_MAX 1000

static void begin_renewal(struct sim *sim)
{
	struct renewal renewal = {
		.hooks = !sim_fault(sim, sim->faults.no_hooks),
		.dry = sim_fault(sim, sim->faults.dry),
	};
	size_t first = (size_t)sim_between(sim, 0,
					   (int64_t)sim->target_count - 1);

	renewal.due[first] = true;
	if (sim_chance(sim, 500))
		renewal.due[0] = renewal.due[1] = renewal.due[2] = true;
	certbot_begin(sim, &renewal);
}

void run_finish_certbot(struct sim *sim)
{
	while (!certbot_idle(sim))
		sim_advance(sim, SECOND);
}

/* Killed, or the disk full: tried again, as a person would, but not for ever.
 * TRIES so far. */
static int try_again(struct sim *sim, const char *command, int tries)
{
	sim->is_liveness_failure = tries == TRIES_MAX;
	if (tries == TRIES_MAX)
		sim_fail(sim, "%s fails whenever it is tried", command);
	return sim_command(sim, command);
}

void run_begin(struct sim *sim)
{
	int tries = 0;

	services_open(sim);
	while (try_again(sim, "init", tries++) != EXIT_DONE)
		continue;
	services_restart_all(sim);
	checker_look(sim);
	sim->begun = true;
	sim->timer_next_ms = sim->now_ms + sim->timer_ms;
}

void run_want_failing(struct sim *sim, const char *why)
{
	sim->is_liveness_failure = true;
	if (sim->last_status != EXIT_FAILED)
		sim_fail(sim, "the last run said nothing of %s", why);
	sim->is_liveness_failure = false;
}

void run_await_failing(struct sim *sim)
{
	sim_advance(sim, 3 * sim->timer_ms);
	for (int i = 0; i < 3 && sim->last_status != EXIT_FAILED; i++)
		sim_advance(sim, sim->timer_ms);
}

static bool is_marked(struct sim *sim, const struct target *target)
{
	const struct node *state = files_path(sim,
		sim_text(sim, "/var/lib/alnitak/targets/%s.json",
			 target->name));

	return state && !strstr(state->data, "\"removal\":\"none\"");
}

void run_remove_all(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++) {
		struct target *target = &sim->targets[t];
		int tries = 0;

		target->removed = true;
		sim->named = target->name;
		while (!is_marked(sim, target))
			try_again(sim, "remove", tries++);
	}
}

/* ---- Safety ----------------------------------------------------------- */

static int64_t pause_ms(struct sim *sim, int64_t longest_ms)
{
	if (sim_fault(sim, sim->faults.renewed_at_once))
		return sim_between(sim, 0, 3 * sim->timer_ms);
	return sim_between(sim, 0, sim_chance(sim, 400) ? longest_ms / 5 :
							  longest_ms);
}

static void be_unsafe(struct sim *sim)
{
	int64_t longest_ms = (int64_t)sim->ttl * 5 * SECOND + 10 * MINUTE;
	unsigned renewals = (unsigned)sim_between(sim, 2,
				sim->faults.renewed_at_once ? 30 : 10);

	sim->faults_next_ms = sim->now_ms + SECOND;
	sim_advance(sim, sim_between(sim, 0, longest_ms));
	for (unsigned i = 0; i < renewals; i++) {
		begin_renewal(sim);
		run_finish_certbot(sim);
		sim_advance(sim, pause_ms(sim, longest_ms));
	}
}

/* ---- Liveness --------------------------------------------------------- */

static int64_t longest_rollover_ms(const struct sim *sim)
{
	uint32_t longest = 0;
	int64_t asked_ms = DAY;

	for (size_t i = 0; i < sim->revision_count; i++)
		for (size_t k = 0; k < sim->owner_count; k++)
			if (sim->revisions[i]->of[k]->ttl > longest)
				longest = sim->revisions[i]->of[k]->ttl;
	for (size_t i = 0; i < sim->server_count; i++)
		if (dns_asked_ms(sim, &sim->servers[i]) > asked_ms)
			asked_ms = dns_asked_ms(sim, &sim->servers[i]);
	/* Two TTLs before the release, one after; as long as a server that
	 * left the delegation is asked; an hour for all the rest. */
	return longest * 4 * SECOND + 3 * HOUR + asked_ms;
}

/* What cannot be seen to be over is held for good; that takes all the time. */
static bool holds(const struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++)
		if (sim->targets[t].unseen)
			return true;
	return false;
}

static void be_live(struct sim *sim)
{
	struct renewal renewal = { .due = { true, true, true }, .hooks = true };
	int64_t limit_ms = longest_rollover_ms(sim);
	const char *fault = NULL;

	faults_end(sim);
	run_finish_certbot(sim);
	if (sim->timer_ms < limit_ms / 200)
		sim->timer_ms = limit_ms / 200;
	certbot_begin(sim, &renewal);
	run_finish_certbot(sim);
	for (unsigned tick = 0; tick < TICKS; tick++) {
		sim_advance(sim, sim->timer_ms);
		fault = checker_finished(sim);
		if (!fault && !holds(sim))
			break;
	}
	sim->is_liveness_failure = true;
	if (fault)
		sim_fail(sim, "not finished after %.1f hours: %s",
			 (double)TICKS * (double)sim->timer_ms / HOUR, fault);
	/* And it stays so. */
	sim_advance(sim, 2 * sim->timer_ms);
	fault = checker_finished(sim);
	if (fault)
		sim_fail(sim, "it was finished, and then %s", fault);
	sim_log(sim, "finished");
}

bool run_seed(struct sim *sim)
{
	jmp_buf end;

	sim->end = &end;
	if (setjmp(end))
		return false;
	setup_random(sim);
	run_begin(sim);
	be_unsafe(sim);
	be_live(sim);
	return true;
}
