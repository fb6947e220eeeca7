/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <stdio.h>
#include <string.h>

void sim_tally(const struct sim *sim, struct tally *tally)
{
	tally->runs++;
	tally->renewals += sim->renewals;
	tally->commands += sim->command;
	tally->calls += sim->calls;
}

static void print_plan(const struct plan *plan)
{
	printf("replay: tests/sim/run --scenario %s", plan->scenario->name);
	if (plan->kill)
		printf(" --kill %lu", plan->kill);
	if (plan->cut)
		printf(" --cut %lu --keep %lu", plan->cut, plan->keep);
	if (plan->fail)
		printf(" --fail %lu --errno %d", plan->fail, plan->typical);
	if (plan->clock)
		printf(" --clock %lu --back %d --span %lu", plan->clock,
		       plan->back, plan->span);
	if (plan->relapse)
		printf(" --relapse");
	if (plan->edit)
		printf(" --edit %lu --kind %lu", plan->edit, plan->edit_kind);
	if (plan->restore)
		printf(" --backup %lu --restore %lu --part %lu", plan->backup,
		       plan->restore, plan->part);
	if (plan->hooks)
		printf(" --missing %lu", plan->hooks);
	if (plan->lose)
		printf(" --lose %lu", plan->lose);
	putchar('\n');
}

enum telling { MUTE, LAST_EVENTS, ALL_EVENTS };

static void plan_trouble(struct sim *sim, const struct plan *plan)
{
	sim->kill_at = plan->kill;
	sim->cut_at = plan->cut;
	sim->cut_keep = plan->keep;
	sim->fail_at = plan->fail;
	sim->fail_typically = plan->typical;
	sim->clock_at = plan->clock;
	sim->clock_step_ms = plan->back ? -3 * DAY / 2 : 3 * DAY / 2;
	sim->clock_for = plan->span;
	sim->cut_after_kill = plan->relapse;
	sim->lose_at = plan->lose;
	sim->edit_at = plan->edit;
	sim->edit = (enum edit)plan->edit_kind;
	sim->backup_at = (unsigned)plan->backup;
	sim->restore_at = (unsigned)plan->restore;
	sim->restore_part = (enum backup_part)plan->part;
	sim->hooks_missing = plan->hooks & 7;
	sim->pins_always = plan->hooks & 8;
}

static int run_plan(const struct plan *plan, enum telling telling,
		    struct counts *counts, struct tally *tally)
{
	struct sim *sim = sim_open(1);
	int status = 0;

	plan_trouble(sim, plan);
	sim->effects = plan->effects;
	sim->readings = plan->readings;
	sim->mute = telling == MUTE;
	sim->verbose = telling == ALL_EVENTS;
	if (!run_scenario(sim, plan->scenario))
		status = sim->is_liveness_failure ? STATUS_LIVENESS :
						    STATUS_SAFETY;
	if (status && telling != MUTE) {
		sim_print_failure(sim);
		print_plan(plan);
	}
	*counts = (struct counts){
		.calls = sim->calls, .fallible = sim->fallible,
		.replies = sim->replies, .commands = sim->command,
		.ways = sim->cut_ways,
		.killed = sim->was_killed,
		.killed_in_vain = sim->killed_in_vain,
		.failed_reading = sim->failed_reading,
		.lost = plan->lose && plan->lose <= sim->replies };
	counts->killed_command = sim->killed_command;
	memcpy(counts->replied, sim->replied, sizeof(counts->replied));
	sim_tally(sim, tally);
	sim_close(sim);
	return status;
}

int plan_replay(const struct plan *plan)
{
	struct counts counts;
	struct tally ignored = { 0 };

	return run_plan(plan, ALL_EVENTS, &counts, &ignored);
}

int plan_try(const struct plan *plan, bool tell, struct counts *counts,
	     struct tally *tally)
{
	int status = run_plan(plan, MUTE, counts, tally);

	if (status && tell)
		run_plan(plan, LAST_EVENTS, counts, tally);
	return status;
}
