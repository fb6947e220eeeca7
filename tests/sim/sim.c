/* SPDX-License-Identifier: MIT */
#include "points.h"

#include "base/xalloc.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What a process may leave behind by killed commands: so many runs each. */
#define RUNS_PER_PROCESS 100
/* Far more seeds than a number of renewals needs. */
#define RUNS_MAX 10000000

static const char usage_text[] =
	"usage: sim SEED                     one run, with all its events\n"
	"       sim --runs N [--first SEED]  many runs\n"
	"       sim --renewals N [--first SEED]\n"
	"                                    so many that there are N\n"
	"       sim --kills                  every scenario, killed after\n"
	"                                    every world call\n"
	"       sim --cuts                   power cut there: what was not\n"
	"                                    synced is lost, in every way\n"
	"       sim --fails                  every call fails once\n"
	"       sim --clocks                 the clock is set after each,\n"
	"                                    back and forth, and right again\n"
	"       sim --relapses               every kill, and the power is\n"
	"                                    cut after the next command\n"
	"       sim --pairs                  every kill with every lost\n"
	"                                    reply of a name server near it\n"
	"       sim --scenario NAME [--kill CALL] [--cut CALL --keep WAY]\n"
	"           [--fail CALL --errno TYPICAL] [--lose REPLY]\n"
	"           [--clock CALL --back BACK --span CALLS] [--relapse]\n"
	"                                    one of those, with all events\n"
	"--jobs N: in so many processes; else as many as there are cores.\n"
	"--only NAME: only that scenario.\n"
	"Exit status: 0 all held, 2 usage, 3 safety, 4 liveness, 5 crash.\n";

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

struct arguments {
	uint64_t first, runs, renewals;
	unsigned jobs;
	int enumeration;		/* enum points; -1: none */
	const char *only;
	struct plan plan;
};

/* ---- Seeds ------------------------------------------------------------ */

static int one_seed(uint64_t seed, bool verbose, bool mute,
		    struct tally *tally)
{
	struct sim *sim = sim_open(seed);
	int status = 0;

	sim->verbose = verbose;
	sim->mute = mute;
	if (!run_seed(sim))
		status = sim->is_liveness_failure ? STATUS_LIVENESS :
						    STATUS_SAFETY;
	if (status && !mute) {
		sim_print_failure(sim);
		printf("replay: tests/sim/run %llu\n",
		       (unsigned long long)seed);
	}
	tally->runs++;
	tally->renewals += sim->renewals;
	tally->commands += sim->command;
	tally->calls += sim->calls;
	sim_close(sim);
	return status;
}

static int run_unit(const void *argument, uint64_t unit, bool tell,
		    struct tally *tally)
{
	(void)argument;
	if (tell)
		printf("seed %llu:\n", (unsigned long long)unit);
	return one_seed(unit, false, !tell, tally);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int many_seeds(const struct arguments *arguments)
{
	struct work work = { .first = arguments->first,
			     .count = arguments->renewals ? RUNS_MAX :
						arguments->runs,
			     .chunk = RUNS_PER_PROCESS,
			     .renewals = arguments->renewals,
			     .run = run_unit };
	struct tally tally = { 0 };
	double begun = seconds_now(), took;
	int status = pool_run(&work, arguments->jobs, &tally);

	took = seconds_now() - begun;
	printf("%lu renewals of seeds %llu to %llu, %lu commands, %lu world "
	       "calls: %.0f seconds, %.0f renewals per second, %u jobs%s\n",
	       tally.renewals, (unsigned long long)work.first,
	       (unsigned long long)(work.first + tally.runs - 1),
	       tally.commands, tally.calls, took,
	       (double)tally.renewals / took, arguments->jobs,
	       status ? "; NOT ALL HELD" : "");
	return status;
}

/* ---- Arguments -------------------------------------------------------- */

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (*end || end == text) {
		fprintf(stderr, "sim: %s is no number\n", text);
		exit(STATUS_USAGE);
	}
	return value;
}

enum chosen { OPTION_RUNS = 256, OPTION_RENEWALS, OPTION_FIRST, OPTION_JOBS,
	      OPTION_KILLS, OPTION_CUTS, OPTION_FAILS, OPTION_CLOCKS,
	      OPTION_PAIRS, OPTION_RELAPSES, OPTION_CLOCK, OPTION_BACK,
	      OPTION_SPAN, OPTION_RELAPSE,
	      OPTION_ONLY, OPTION_SCENARIO, OPTION_KILL, OPTION_CUT,
	      OPTION_KEEP, OPTION_FAIL, OPTION_ERRNO, OPTION_LOSE };

static const struct option options[] = {
	{ "runs", 1, NULL, OPTION_RUNS },
	{ "renewals", 1, NULL, OPTION_RENEWALS },
	{ "first", 1, NULL, OPTION_FIRST },
	{ "jobs", 1, NULL, OPTION_JOBS },
	{ "kills", 0, NULL, OPTION_KILLS },
	{ "cuts", 0, NULL, OPTION_CUTS },
	{ "fails", 0, NULL, OPTION_FAILS },
	{ "clocks", 0, NULL, OPTION_CLOCKS },
	{ "clock", 1, NULL, OPTION_CLOCK },
	{ "back", 1, NULL, OPTION_BACK },
	{ "span", 1, NULL, OPTION_SPAN },
	{ "relapse", 0, NULL, OPTION_RELAPSE },
	{ "relapses", 0, NULL, OPTION_RELAPSES },
	{ "pairs", 0, NULL, OPTION_PAIRS },
	{ "only", 1, NULL, OPTION_ONLY },
	{ "scenario", 1, NULL, OPTION_SCENARIO },
	{ "kill", 1, NULL, OPTION_KILL },
	{ "cut", 1, NULL, OPTION_CUT },
	{ "keep", 1, NULL, OPTION_KEEP },
	{ "fail", 1, NULL, OPTION_FAIL },
	{ "errno", 1, NULL, OPTION_ERRNO },
	{ "lose", 1, NULL, OPTION_LOSE },
	{ NULL, 0, NULL, 0 },
};

static bool take(struct arguments *arguments, int option, const char *value)
{
	struct plan *plan = &arguments->plan;

	switch (option) {
	case OPTION_RUNS:	arguments->runs = number(value); break;
	case OPTION_RENEWALS:	arguments->renewals = number(value); break;
	case OPTION_FIRST:	arguments->first = number(value); break;
	case OPTION_JOBS:	arguments->jobs = (unsigned)number(value);
				break;
	case OPTION_KILLS:	arguments->enumeration = POINTS_KILLS; break;
	case OPTION_CUTS:	arguments->enumeration = POINTS_CUTS; break;
	case OPTION_FAILS:	arguments->enumeration = POINTS_FAILS; break;
	case OPTION_CLOCKS:	arguments->enumeration = POINTS_CLOCKS; break;
	case OPTION_CLOCK:	plan->clock = number(value); break;
	case OPTION_BACK:	plan->back = number(value) != 0; break;
	case OPTION_SPAN:	plan->span = number(value); break;
	case OPTION_RELAPSE:	plan->relapse = true; break;
	case OPTION_RELAPSES:	arguments->enumeration = POINTS_RELAPSES;
				break;
	case OPTION_PAIRS:	arguments->enumeration = POINTS_PAIRS; break;
	case OPTION_ONLY:	arguments->only = value; break;
	case OPTION_SCENARIO:	plan->scenario = scenario_named(value);
				return plan->scenario != NULL;
	case OPTION_KILL:	plan->kill = number(value); break;
	case OPTION_CUT:	plan->cut = number(value); break;
	case OPTION_KEEP:	plan->keep = number(value); break;
	case OPTION_FAIL:	plan->fail = number(value); break;
	case OPTION_ERRNO:	plan->typical = number(value) != 0; break;
	case OPTION_LOSE:	plan->lose = number(value); break;
	default:		return false;
	}
	return true;
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return STATUS_USAGE;
}

static int replay(const struct arguments *arguments, const char *seed)
{
	struct tally ignored = { 0 };

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_VERBOSE, true);
	if (arguments->plan.scenario)
		return points_replay(&arguments->plan);
	return one_seed(number(seed), true, false, &ignored);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {
		.first = 1, .enumeration = -1,
		.jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) };
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take(&arguments, option, optarg))
			return usage();
	if (arguments.plan.scenario || argc - optind == 1)
		return replay(&arguments, argv[optind]);
	if (argc != optind)
		return usage();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	if (arguments.enumeration >= 0)
		return points_all((enum points)arguments.enumeration,
				  arguments.only, arguments.jobs);
	if (arguments.runs || arguments.renewals)
		return many_seeds(&arguments);
	return usage();
}
