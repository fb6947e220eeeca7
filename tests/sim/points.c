/* SPDX-License-Identifier: MIT */
#include "points.h"

#include "base/xalloc.h"
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

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
	{ .name = "outpaced", .faster = true, .outpaced = true,
	  .plain = true },
	{ .name = "goes-back", .goes_back = true },
	{ .name = "goes-back-expired", .expired = true },
	{ .name = "edited-at-rest", .edited = true },
	{ .name = "retimed", .retimed = true },
	{ .name = "stranger", .fresh = true, .stranger = true, .plain = true },
	{ .name = "wildcard", .fresh = true, .wildcard = true },
	{ .name = "ignored", .dies = true },
	{ .name = "machines", .machines = true },
	{ .name = "alias", .alias = true },
	{ .name = "second", .fresh = true, .second = true },
	{ .name = "departed-address", .departs = true, .by_address = true,
	  .plain = true },
	{ .name = "seen-outside", .view = true, .plain = true },
	{ .name = "stranger-hangs", .fresh = true, .stranger = true,
	  .hanging = true, .plain = true },
	{ .name = "stranger-promised", .fresh = true, .stranger = true,
	  .promised = true, .plain = true },
	{ .name = "alias-unheard", .alias = true, .unheard = true,
	  .plain = true },
	{ .name = "one-by-one-again", .exec = true, .emptied = true,
	  .plain = true },
	{ .name = "removed", .pinned = true, .removed = true },
	{ .name = "removed-midway", .removed = true, .midway = true },
	{ .name = "removed-together", .two = true, .together = true,
	  .removed = true },
	{ .name = "astray", .astray = true, .plain = true },
	{ .name = "loads-late", .loads_late = true, .plain = true },
	{ .name = "lost-whole", .pinned = true,
	  .lost = LOST_STATES | LOST_LINKS | LOST_HELD },
	{ .name = "lost-held", .pinned = true, .plain = true,
	  .lost = LOST_STATES | LOST_HELD },
	{ .name = "lost-unheard", .pinned = true, .plain = true,
	  .lost = LOST_STATES | LOST_LINKS | LOST_HELD, .mute = true },
	{ .name = "lost-older", .pinned = true, .goes_back = true,
	  .lost = LOST_LINKS | LOST_HELD, .plain = true },
	{ .name = "shared-ails", .fresh = true, .two = true, .issuer = true,
	  .ails = true, .plain = true },
	{ .name = "lost-unread", .unread = true, .plain = true,
	  .lost = LOST_LINKS | LOST_HELD },
	{ .name = "led-back", .two = true, .pinned = true,
	  .led_back = true, .plain = true },
	{ .name = "put-back", .put_back = true, .plain = true },
	{ .name = "put-back-unheld", .put_back = true, .plain = true,
	  .lost = LOST_HELD },
};
#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(*scenarios))

const struct scenario *scenario_named(const char *name)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++)
		if (streq(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

/* A scenario, and the calls of it where something can go wrong; NULL: all. */
struct search {
	const struct scenario *scenario;
	const unsigned long *calls;
};

/* ---- All runs of one point -------------------------------------------- */

static unsigned long call_of(const struct search *search, uint64_t unit)
{
	return search->calls ? search->calls[unit - 1] : unit;
}

static int kill_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .kill = call_of(search, unit) };
	struct counts counts;

	return plan_try(&plan, tell, &counts, tally);
}

/* In every way that there is when nothing went wrong before. */
static int cut_at(const void *argument, uint64_t unit, bool tell,
		  struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .cut = call_of(search, unit) };
	struct counts counts;
	int status;

	do {
		status = plan_try(&plan, tell, &counts, tally);
	} while (!status && ++plan.keep <= counts.ways);
	return status;
}

static int fail_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .fail = call_of(search, unit) };
	struct counts counts;
	int status = plan_try(&plan, tell, &counts, tally);

	plan.typical = true;
	return status || counts.failed_reading ? status :
	       plan_try(&plan, tell, &counts, tally);
}

/* For good, or set right again within the command or the next one. */
static int clock_at(const void *argument, uint64_t unit, bool tell,
		    struct tally *tally)
{
	static const unsigned long spans[] = { 0, 12 };
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .clock = call_of(search, unit) };
	struct counts counts;
	int status = 0;

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		for (int back = 0; back < 2 && !status; back++) {
			plan.span = spans[i];
			plan.back = back;
			status = plan_try(&plan, tell, &counts, tally);
		}
	return status;
}

/* What the killed command did, and the next one relied upon, is lost. */
static int relapse_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .kill = call_of(search, unit),
			     .relapse = true };
	struct counts counts;

	return plan_try(&plan, tell, &counts, tally);
}

static int edit_at(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .edit = call_of(search, unit) };
	struct counts counts;
	int status = 0;

	while (!status && plan.edit_kind < EDITS) {
		status = plan_try(&plan, tell, &counts, tally);
		plan.edit_kind++;
	}
	return status;
}

/* The backup is made when command UNIT has ended, and put back after each of
 * those that follow. Nothing at all is left after UNIT. */
static int restore_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario, .backup = unit,
			     .restore = unit, .part = BACKUP_NOTHING };
	struct counts counts;
	int status = plan_try(&plan, tell, &counts, tally);
	unsigned long last = counts.commands;

	for (plan.part = 0; plan.part < BACKUP_NOTHING; plan.part++)
		for (plan.restore = unit + 1; plan.restore <= last && !status;
		     plan.restore++)
			status = plan_try(&plan, tell, &counts, tally);
	return status;
}

static int missing_at(const void *argument, uint64_t unit, bool tell,
		      struct tally *tally)
{
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .hooks = call_of(search, unit) };
	struct counts counts;

	return plan_try(&plan, tell, &counts, tally);
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
	const struct search *search = argument;
	struct plan plan = { .scenario = search->scenario,
			     .kill = call_of(search, unit) };
	struct tally ignored = { 0 };
	struct counts alone, counts;
	int status = plan_try(&plan, tell, &alone, &ignored);

	if (alone.killed_in_vain)
		return status;
	while (!status && ++plan.lose <= alone.replies) {
		struct tally one = { 0 };

		invariant(plan.lose <= REPLIES_KEPT);
		if (alone.killed && !is_near(&alone.replied[plan.lose - 1],
					     alone.killed_command))
			continue;
		status = plan_try(&plan, tell, &counts, &one);
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

		plan_try(&plan, false, &counts, &ignored);
		if (counts.calls > most)
			most = counts.calls;
	}
	return most;
}

/* How the points of each kind are tried, and what is said of them. */
static const struct kind {
	int (*run)(const void *argument, uint64_t unit, bool tell,
		   struct tally *tally);
	const char *points, *runs;
} kinds[] = {
	[POINTS_KILLS] = { kill_at, "calls that leave something behind, "
			   "killed after each", "runs" },
	[POINTS_CUTS] = { cut_at, "calls that leave something behind, power "
			  "cut after each", "runs" },
	[POINTS_FAILS] = { fail_at, "calls that can fail, each failing once",
			   "runs" },
	[POINTS_CLOCKS] = { clock_at, "looks at a clock, set back and forth "
			    "before each", "runs" },
	[POINTS_PAIRS] = { pair_at, "calls, killed after each that leaves "
			   "something behind with each update reply lost, and "
			   "each query reply of that command, the one before "
			   "and the next (others are forgotten by then)",
			   "pairs" },
	[POINTS_RELAPSES] = { relapse_at, "calls that leave something behind, "
			      "killed after each, power cut after the next "
			      "command", "runs" },
	[POINTS_EDITS] = { edit_at, "calls, the zone edited after each",
			   "runs" },
	[POINTS_RESTORES] = { restore_at, "commands, all backups put back "
			      "after all later ones", "runs" },
	[POINTS_HOOKLESS] = { missing_at, "sets of hooks that are missing",
			      "runs" },
};

/* How many there are; which calls they are goes to SEARCH. */
static uint64_t find_points(enum points points, struct search *search,
			    const struct counts *counts,
			    const struct moments *effects,
			    const struct moments *readings)
{
	switch (points) {
	case POINTS_KILLS:
	case POINTS_CUTS:
	case POINTS_RELAPSES:
		search->calls = effects->calls;
		return effects->count;
	case POINTS_CLOCKS:
		search->calls = readings->calls;
		return readings->count;
	case POINTS_FAILS:
		return counts->fallible;
	case POINTS_PAIRS:
		return longest(search->scenario, counts->replies);
	case POINTS_EDITS:
		return counts->calls;
	case POINTS_RESTORES:
		return counts->commands;
	case POINTS_HOOKLESS:
		return 15;
	}
	return 0;
}

static int all_points(enum points points, const struct scenario *scenario,
		      unsigned jobs)
{
	struct moments effects = { 0 }, readings = { 0 };
	struct plan plain = { .scenario = scenario, .effects = &effects,
			      .readings = &readings };
	struct search search = { .scenario = scenario };
	struct work work = { .first = 1, .chunk = 8, .argument = &search,
			     .run = kinds[points].run };
	struct tally tally = { 0 }, ignored = { 0 };
	struct counts counts;
	int status = plan_try(&plain, false, &counts, &ignored);

	work.count = find_points(points, &search, &counts, &effects,
				 &readings);
	if (!status)
		status = pool_run(&work, jobs, &tally);
	printf("%s: %llu %s: %lu %s%s\n", scenario->name,
	       (unsigned long long)work.count, kinds[points].points,
	       tally.runs, kinds[points].runs,
	       status ? "; NOT ALL HELD" : "");
	free(effects.calls);
	free(readings.calls);
	return status;
}

/* What servers do in long scenarios is nothing to the disk; and signatures of
 * a quarter of an hour are never good by a clock that stays off by a day. The
 * disk has had its turn where two lineages renew, and where one waits; what is
 * new in others of these is a command that fails. And where the commands are
 * those of other scenarios, only more of them, so is what fails in them. */
static bool makes_sense(enum points points, const struct scenario *scenario)
{
	bool is_long = scenario->unheard || scenario->outlasts ||
		       scenario->returns || scenario->departs ||
		       scenario->behind || scenario->signer ||
		       scenario->combination || scenario->faster ||
		       scenario->glimpse || scenario->back;
	/* What differs is in the zone, or at a server. */
	bool is_elsewhere = scenario->wildcard || scenario->dies ||
			    scenario->machines || scenario->alias ||
			    scenario->edited;

	/* A day and a half of runs that find nothing to do. */
	if (scenario->expired)
		return points == POINTS_HOOKLESS;
	/* What was put back, or edited, after that is nobody's to mend; and to
	 * the disk two of them are one after the other. */
	if (scenario->removed)
		return points == POINTS_KILLS || points == POINTS_RELAPSES ||
		       (points == POINTS_CUTS && !scenario->together);
	/* Their commands do what those of others do; a server differs, or what
	 * is published first. */
	if (scenario->rests || scenario->slips || scenario->divided ||
	    scenario->joins || scenario->plain)
		return false;
	/* Of edits it is full. */
	if (scenario->second)
		return points == POINTS_KILLS || points == POINTS_RESTORES;
	if (scenario->pruned && points == POINTS_CUTS)
		return true;
	if (scenario->issuer || scenario->pruned)
		return points == POINTS_KILLS || points == POINTS_FAILS;
	if (points == POINTS_FAILS && (scenario->again || scenario->apart ||
				       scenario->hidden || is_elsewhere ||
				       (scenario->pinned && scenario->two)))
		return false;
	/* Links that were lost, and are made anew, may be lost with it. */
	if (points == POINTS_CUTS && (is_elsewhere || scenario->lost))
		return false;
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
			status = plan_try(&plain, true, &counts, &ignored);
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
