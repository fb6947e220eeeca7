/* SPDX-License-Identifier: MIT */
#include "points.h"

#include "base/xalloc.h"

#include <stdio.h>

static const struct scenario scenarios[] = {
	{ .name = "renewal" },
	{ .name = "first-publication", .fresh = true },
	{ .name = "renewed-again", .again = true },
	{ .name = "two-lineages", .two = true },
	{ .name = "one-after-other", .two = true, .apart = true },
	{ .name = "shared-issuer", .fresh = true, .two = true,
	  .issuer = true },
	{ .name = "seen-by-other", .two = true, .apart = true,
	  .glimpse = true },
	{ .name = "seen-before-rest", .two = true, .apart = true,
	  .glimpse = true, .rests = true },
	{ .name = "kinds-of-two", .fresh = true, .two = true,
	  .divided = true },
	{ .name = "kinds-of-three", .fresh = true, .three = true,
	  .divided = true, .issuer = true },
	{ .name = "joins-another", .two = true, .joins = true },
	{ .name = "slips-between", .two = true, .apart = true,
	  .slips = true },
	{ .name = "link-by-link", .by_link = true },
	{ .name = "pinned", .pinned = true },
	{ .name = "pinned-again", .pinned = true, .again = true },
	{ .name = "pinned-lineages", .pinned = true, .two = true },
	{ .name = "combination-gone", .combination = true },
	{ .name = "signer-stops", .signer = true },
	{ .name = "one-by-one", .fresh = true, .exec = true },
	{ .name = "passed-unseen", .fresh = true, .hidden = true },
	{ .name = "unheard", .unheard = true },
	{ .name = "unheard-long", .outlasts = true },
	{ .name = "unheard-between", .returns = true },
	{ .name = "old-key-back", .back = true },
	{ .name = "pruned", .pruned = true },
	{ .name = "departed", .departs = true },
	{ .name = "departed-behind", .behind = true },
	{ .name = "one-by-one-wiped", .exec = true, .wiped = true },
	{ .name = "issuer-replaced", .crossed = true },
	{ .name = "renewed-faster", .faster = true },
	{ .name = "goes-back", .goes_back = true },
	{ .name = "goes-back-expired", .expired = true },
	{ .name = "edited-at-rest", .edited = true },
};
#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(*scenarios))

const struct scenario *scenario_named(const char *name)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++)
		if (streq(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

/* ---- One run ---------------------------------------------------------- */

struct counts {
	unsigned long calls, fallible, replies, commands;
	size_t ways;			/* in which the power could be cut */
	bool killed, lost;		/* did it come to that? */
	unsigned killed_command;
	struct reply replied[REPLIES_KEPT];
};

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

static int run_plan(const struct plan *plan, enum telling telling,
		    struct counts *counts, struct tally *tally)
{
	struct sim *sim = sim_open(1);
	int status = 0;

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
		.lost = plan->lose && plan->lose <= sim->replies };
	counts->killed_command = sim->killed_command;
	memcpy(counts->replied, sim->replied, sizeof(counts->replied));
	tally->runs++;
	tally->renewals += sim->renewals;
	tally->commands += sim->command;
	tally->calls += sim->calls;
	sim_close(sim);
	return status;
}

int points_replay(const struct plan *plan)
{
	struct counts counts;
	struct tally ignored = { 0 };

	return run_plan(plan, ALL_EVENTS, &counts, &ignored);
}

/* Quietly; when it fails, and somebody shall be told, once more aloud. */
static int try_plan(const struct plan *plan, bool tell, struct counts *counts,
		    struct tally *tally)
{
	int status = run_plan(plan, MUTE, counts, tally);

	if (status && tell)
		run_plan(plan, LAST_EVENTS, counts, tally);
	return status;
}

/* ---- All runs of one point -------------------------------------------- */

static int kill_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	struct plan plan = { .scenario = argument, .kill = unit };
	struct counts counts;

	return try_plan(&plan, tell, &counts, tally);
}

/* In every way that there is when nothing went wrong before. */
static int cut_at(const void *argument, uint64_t unit, bool tell,
		  struct tally *tally)
{
	struct plan plan = { .scenario = argument, .cut = unit };
	struct counts counts;
	int status;

	do {
		status = try_plan(&plan, tell, &counts, tally);
	} while (!status && ++plan.keep <= counts.ways);
	return status;
}

static int fail_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	struct plan plan = { .scenario = argument, .fail = unit };
	struct counts counts;
	int status = try_plan(&plan, tell, &counts, tally);

	plan.typical = true;
	return status ? status : try_plan(&plan, tell, &counts, tally);
}

/* For good, or set right again within the command or the next one. */
static int clock_at(const void *argument, uint64_t unit, bool tell,
		    struct tally *tally)
{
	static const unsigned long spans[] = { 0, 12 };
	struct plan plan = { .scenario = argument, .clock = unit };
	struct counts counts;
	int status = 0;

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		for (int back = 0; back < 2 && !status; back++) {
			plan.span = spans[i];
			plan.back = back;
			status = try_plan(&plan, tell, &counts, tally);
		}
	return status;
}

/* What the killed command did, and the next one relied upon, is lost. */
static int relapse_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	struct plan plan = { .scenario = argument, .kill = unit,
			     .relapse = true };
	struct counts counts;

	return try_plan(&plan, tell, &counts, tally);
}

static int edit_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	struct plan plan = { .scenario = argument, .edit = unit };
	struct counts counts;
	int status = 0;

	while (!status && plan.edit_kind < EDITS) {
		status = try_plan(&plan, tell, &counts, tally);
		plan.edit_kind++;
	}
	return status;
}

/* The backup is made when command UNIT has ended, and put back after each of
 * those that follow. Nothing at all is left after UNIT. */
static int restore_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	struct plan plan = { .scenario = argument, .backup = unit,
			     .restore = unit, .part = BACKUP_NOTHING };
	struct counts counts;
	int status = try_plan(&plan, tell, &counts, tally);
	unsigned long last = counts.commands;

	for (plan.part = 0; plan.part < BACKUP_NOTHING; plan.part++)
		for (plan.restore = unit + 1; plan.restore <= last && !status;
		     plan.restore++)
			status = try_plan(&plan, tell, &counts, tally);
	return status;
}

static int missing_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	struct plan plan = { .scenario = argument, .hooks = unit };
	struct counts counts;

	return try_plan(&plan, tell, &counts, tally);
}

/*
 * Is REPLY worth losing in a run that is killed in command KILLED? An update
 * always: it was done. A query when it belongs to the same command, to that
 * before or that after: whatever it would have told is forgotten with its
 * command, and asked anew by every other one, so that two commands further on
 * a pair is no more than its two halves.
 */
static bool is_near(const struct reply *reply, unsigned killed)
{
	return reply->is_update || (reply->command + 1 >= killed &&
				    reply->command <= killed + 1);
}

/* UNIT is the call. Only where both come about is it a pair. */
static int pair_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	struct plan plan = { .scenario = argument, .kill = unit };
	struct tally ignored = { 0 };
	struct counts alone, counts;
	int status = try_plan(&plan, tell, &alone, &ignored);

	while (!status && ++plan.lose <= alone.replies) {
		struct tally one = { 0 };

		invariant(plan.lose <= REPLIES_KEPT);
		if (alone.killed && !is_near(&alone.replied[plan.lose - 1],
					     alone.killed_command))
			continue;
		status = try_plan(&plan, tell, &counts, &one);
		if (counts.killed && counts.lost)
			tally->runs += one.runs;
	}
	return status;
}

/* ---- All points ------------------------------------------------------- */

/* A lost reply may make a run longer: kills must reach its end, too. */
static unsigned long longest(const struct scenario *scenario,
			     unsigned long replies)
{
	unsigned long most = 0;

	for (unsigned long lose = 0; lose <= replies; lose++) {
		struct plan plan = { .scenario = scenario, .lose = lose };
		struct tally ignored = { 0 };
		struct counts counts;

		run_plan(&plan, MUTE, &counts, &ignored);
		if (counts.calls > most)
			most = counts.calls;
	}
	return most;
}

static int all_points(enum points points, const struct scenario *scenario,
		      unsigned jobs)
{
	static const char *const what[] = {
		"calls, killed after each", "calls, power cut after each",
		"calls that can fail, each failing once",
		"calls, clock set back and forth after each",
		"calls, killed after each with each update reply lost, and "
		"each query reply of that command, the one before and the "
		"next (others are forgotten by then)",
		"calls, killed after each, power cut after the next command",
		"calls, the zone edited after each",
		"commands, all backups put back after all later ones",
		"sets of hooks that are missing",
	};
	struct plan plain = { .scenario = scenario };
	struct work work = { .first = 1, .chunk = 8, .argument = scenario };
	struct tally tally = { 0 };
	struct counts counts;
	int status = try_plan(&plain, true, &counts, &tally);

	tally = (struct tally){ 0 };
	work.count = counts.calls;
	switch (points) {
	case POINTS_KILLS:
		work.run = kill_at;
		break;
	case POINTS_CUTS:
		work.run = cut_at;
		break;
	case POINTS_FAILS:
		work.run = fail_at;
		work.count = counts.fallible;
		break;
	case POINTS_CLOCKS:
		work.run = clock_at;
		break;
	case POINTS_PAIRS:
		work.run = pair_at;
		work.count = longest(scenario, counts.replies);
		break;
	case POINTS_RELAPSES:
		work.run = relapse_at;
		break;
	case POINTS_EDITS:
		work.run = edit_at;
		break;
	case POINTS_RESTORES:
		work.run = restore_at;
		work.count = counts.commands;
		break;
	case POINTS_HOOKLESS:
		work.run = missing_at;
		work.count = 15;
		break;
	}
	if (!status)
		status = pool_run(&work, jobs, &tally);
	printf("%s: %llu %s: %lu %s%s\n", scenario->name,
	       (unsigned long long)work.count, what[points], tally.runs,
	       points == POINTS_PAIRS ? "pairs" : "runs",
	       status ? "; NOT ALL HELD" : "");
	return status;
}

/* What servers do in long scenarios is nothing to the disk; and signatures of
 * a quarter of an hour are never good by a clock that stays off by a day. The
 * disk has had its turn where two lineages renew, and where one waits; what is
 * new in others of these is a command that fails. */
static bool makes_sense(enum points points, const struct scenario *scenario)
{
	bool is_long = scenario->unheard || scenario->outlasts ||
		       scenario->returns || scenario->departs ||
		       scenario->behind || scenario->signer ||
		       scenario->combination ||
		       scenario->glimpse || scenario->back;

	/* Their commands do what those of others do; a server differs, or what
	 * is published first. */
	if (scenario->rests || scenario->slips || scenario->divided ||
	    scenario->joins)
		return false;
	if (scenario->issuer || scenario->pruned)
		return points == POINTS_KILLS || points == POINTS_FAILS;
	return points == POINTS_KILLS || !is_long;
}

static bool is_asked(const struct scenario *scenario, const char *only)
{
	return only ? streq(only, scenario->name) : !scenario->later;
}

/* Nothing goes wrong at all: what fails here need not be searched for. */
static int all_plain(const char *only)
{
	int status = 0;

	for (size_t i = 0; i < SCENARIO_COUNT && !status; i++) {
		struct plan plain = { .scenario = &scenarios[i] };
		struct tally ignored = { 0 };
		struct counts counts;

		if (is_asked(&scenarios[i], only))
			status = try_plan(&plain, true, &counts, &ignored);
	}
	return status;
}

int points_all(enum points points, const char *only, unsigned jobs)
{
	int status;

	if (only && !scenario_named(only)) {
		printf("there is no scenario %s\n", only);
		return STATUS_USAGE;
	}
	status = all_plain(only);
	for (size_t i = 0; i < SCENARIO_COUNT && !status; i++)
		if (is_asked(&scenarios[i], only) &&
		    makes_sense(points, &scenarios[i]))
			status = all_points(points, &scenarios[i], jobs);
	return status;
}
