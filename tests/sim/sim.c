/* SPDX-License-Identifier: MIT */
#include "points.h"

#include "base/xalloc.h"
#include "plan.h"
#include "sim_topics.h"
#include "transcript.h"

#include <fcntl.h>
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
	"       sim --forecasts N [--first SEED]\n"
	"                                    rollovers that nothing disturbs\n"
	"                                    take as long as was reckoned\n"
	"       sim --kills                  every scenario, killed after\n"
	"                                    every world call that leaves\n"
	"                                    something behind\n"
	"       sim --cuts                   power cut there: what was not\n"
	"                                    synced is lost, in every way\n"
	"       sim --fails                  every call fails once\n"
	"       sim --clocks                 the clock is set after each,\n"
	"                                    back and forth, and right again\n"
	"       sim --relapses               every kill, and the power is\n"
	"                                    cut after the next command\n"
	"       sim --edits                  the zone is edited after each\n"
	"       sim --restores               states and links come back from\n"
	"                                    all backups, after all commands\n"
	"       sim --hookless               certbot finds no pre, deploy,\n"
	"                                    post, or none of them\n"
	"       sim --pairs                  every kill with every lost\n"
	"                                    reply of a name server near it\n"
	"       sim --transcript             what an operator sees of one\n"
	"       sim --scenario NAME [--kill CALL] [--cut CALL --keep WAY]\n"
	"           [--fail CALL --errno TYPICAL] [--lose REPLY]\n"
	"           [--clock CALL --back BACK --span CALLS] [--relapse]\n"
	"           [--edit CALL --kind KIND] [--missing HOOKS]\n"
	"           [--backup COMMAND --restore COMMAND --part PART]\n"
	"                                    one of those, with all events\n"
	"--with TOPIC: trouble that every seed shall have: hooks, edits,\n"
	"restores, fast, rollbacks, ends, issuers, elsewhere, slow,\n"
	"stretch, strangers, outside, wildcards, ignored,\n"
	"machines, aliases, second.\n"
	"--journal FILE: what the program writes of its deeds, with SEED.\n"
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
	unsigned topics;
	bool tells;
	int enumeration;		/* enum points; -1: none */
	int journal_fd;
	bool forecasts;			/* rollovers that nothing disturbs */
	const char *only;
	struct plan plan;
};

/* ---- Seeds ------------------------------------------------------------ */

static void print_replay(const struct sim *sim, bool forecasts)
{
	printf("replay: tests/sim/run%s %llu",
	       forecasts ? " --forecasts 1 --first" : "",
	       (unsigned long long)sim->seed);
	for (unsigned i = 0; i < TOPICS; i++)
		if (sim->topics_wanted & 1U << i)
			printf(" --with %s", topic_name((enum topic)i));
	putchar('\n');
}

static int one_seed(uint64_t seed, const struct arguments *arguments,
		    bool verbose, bool mute, struct tally *tally)
{
	struct sim *sim = sim_open(seed);
	int status = 0;

	sim->topics_wanted = arguments->topics;
	sim->journal_fd = arguments->journal_fd;
	sim->verbose = verbose;
	sim->mute = mute;
	if (!(arguments->forecasts ? run_forecast(sim) : run_seed(sim)))
		status = sim->is_liveness_failure ? STATUS_LIVENESS :
						    STATUS_SAFETY;
	if (status && !mute) {
		sim_print_failure(sim);
		print_replay(sim, arguments->forecasts);
	}
	sim_tally(sim, tally);
	sim_close(sim);
	return status;
}

static int run_unit(const void *argument, uint64_t unit, bool tell,
		    struct tally *tally)
{
	const struct arguments *arguments = argument;

	if (tell)
		printf("seed %llu:\n", (unsigned long long)unit);
	return one_seed(unit, arguments, false, !tell, tally);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int many_seeds(const struct arguments *arguments)
{
	struct work work = { .first = arguments->first, .argument = arguments,
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

enum chosen { OPTION_RUNS = 256, OPTION_RENEWALS, OPTION_FORECASTS,
	      OPTION_FIRST, OPTION_JOBS,
	      OPTION_KILLS, OPTION_CUTS, OPTION_FAILS, OPTION_CLOCKS,
	      OPTION_PAIRS, OPTION_RELAPSES, OPTION_CLOCK, OPTION_BACK,
	      OPTION_SPAN, OPTION_RELAPSE, OPTION_WITH,
	      OPTION_EDITS, OPTION_RESTORES, OPTION_HOOKLESS,
	      OPTION_EDIT, OPTION_KIND, OPTION_BACKUP, OPTION_RESTORE,
	      OPTION_PART, OPTION_MISSING,
	      OPTION_ONLY, OPTION_JOURNAL, OPTION_SCENARIO, OPTION_KILL,
	      OPTION_CUT, OPTION_KEEP, OPTION_FAIL, OPTION_ERRNO, OPTION_LOSE,
	      OPTION_TRANSCRIPT };

static const struct option options[] = {
	{ "runs", 1, NULL, OPTION_RUNS },
	{ "renewals", 1, NULL, OPTION_RENEWALS },
	{ "forecasts", 1, NULL, OPTION_FORECASTS },
	{ "first", 1, NULL, OPTION_FIRST },
	{ "jobs", 1, NULL, OPTION_JOBS },
	{ "kills", 0, NULL, OPTION_KILLS },
	{ "cuts", 0, NULL, OPTION_CUTS },
	{ "fails", 0, NULL, OPTION_FAILS },
	{ "clocks", 0, NULL, OPTION_CLOCKS },
	{ "clock", 1, NULL, OPTION_CLOCK },
	{ "back", 1, NULL, OPTION_BACK },
	{ "span", 1, NULL, OPTION_SPAN },
	{ "with", 1, NULL, OPTION_WITH },
	{ "edits", 0, NULL, OPTION_EDITS },
	{ "restores", 0, NULL, OPTION_RESTORES },
	{ "hookless", 0, NULL, OPTION_HOOKLESS },
	{ "edit", 1, NULL, OPTION_EDIT },
	{ "kind", 1, NULL, OPTION_KIND },
	{ "backup", 1, NULL, OPTION_BACKUP },
	{ "restore", 1, NULL, OPTION_RESTORE },
	{ "part", 1, NULL, OPTION_PART },
	{ "missing", 1, NULL, OPTION_MISSING },
	{ "relapse", 0, NULL, OPTION_RELAPSE },
	{ "relapses", 0, NULL, OPTION_RELAPSES },
	{ "pairs", 0, NULL, OPTION_PAIRS },
	{ "only", 1, NULL, OPTION_ONLY },
	{ "journal", 1, NULL, OPTION_JOURNAL },
	{ "scenario", 1, NULL, OPTION_SCENARIO },
	{ "kill", 1, NULL, OPTION_KILL },
	{ "cut", 1, NULL, OPTION_CUT },
	{ "keep", 1, NULL, OPTION_KEEP },
	{ "fail", 1, NULL, OPTION_FAIL },
	{ "errno", 1, NULL, OPTION_ERRNO },
	{ "lose", 1, NULL, OPTION_LOSE },
	{ "transcript", 0, NULL, OPTION_TRANSCRIPT },
	{ NULL, 0, NULL, 0 },
};

/* All processes write to its end, a line at a time. */
static int open_journal(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		      0666);

	if (fd < 0) {
		perror(path);
		exit(STATUS_USAGE);
	}
	return fd;
}

static bool take(struct arguments *arguments, int option, const char *value)
{
	struct plan *plan = &arguments->plan;

	switch (option) {
	case OPTION_RUNS:	arguments->runs = number(value); break;
	case OPTION_FORECASTS:	arguments->runs = number(value);
				arguments->forecasts = true; break;
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
	case OPTION_EDITS:	arguments->enumeration = POINTS_EDITS; break;
	case OPTION_RESTORES:	arguments->enumeration = POINTS_RESTORES;
				break;
	case OPTION_HOOKLESS:	arguments->enumeration = POINTS_HOOKLESS;
				break;
	case OPTION_EDIT:	plan->edit = number(value); break;
	case OPTION_KIND:	plan->edit_kind = number(value); break;
	case OPTION_BACKUP:	plan->backup = number(value); break;
	case OPTION_RESTORE:	plan->restore = number(value); break;
	case OPTION_PART:	plan->part = number(value); break;
	case OPTION_MISSING:	plan->hooks = number(value); break;
	case OPTION_PAIRS:	arguments->enumeration = POINTS_PAIRS; break;
	case OPTION_WITH:	return topic_find(value, &arguments->topics);
	case OPTION_ONLY:	arguments->only = value; break;
	case OPTION_JOURNAL:	arguments->journal_fd = open_journal(value);
				break;
	case OPTION_SCENARIO:	plan->scenario = scenario_named(value);
				return plan->scenario != NULL;
	case OPTION_KILL:	plan->kill = number(value); break;
	case OPTION_CUT:	plan->cut = number(value); break;
	case OPTION_KEEP:	plan->keep = number(value); break;
	case OPTION_FAIL:	plan->fail = number(value); break;
	case OPTION_ERRNO:	plan->typical = number(value) != 0; break;
	case OPTION_LOSE:	plan->lose = number(value); break;
	case OPTION_TRANSCRIPT:	arguments->tells = true; break;
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
		return plan_replay(&arguments->plan);
	return one_seed(number(seed), arguments, true, false,
			&ignored);
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
	if (arguments.tells)
		return transcript_print();
	if (arguments.enumeration >= 0)
		return points_all((enum points)arguments.enumeration,
				  arguments.only, arguments.jobs);
	if (arguments.runs || arguments.renewals)
		return many_seeds(&arguments);
	return usage();
}
