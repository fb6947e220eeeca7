/* SPDX-License-Identifier: MIT */
#include "sim.h"
#include "sim_run.h"

#include "xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 *	sim SEED			one run, with all its events
 *	sim --runs N [--first SEED]	many runs
 *	sim --kills [NAME [CALL]]	every scenario, killed after every call
 *
 * Exit status: 0 all held, 2 usage, 3 safety, 4 liveness, 5 it crashed.
 */
enum { STATUS_USAGE = 2, STATUS_SAFETY = 3, STATUS_LIVENESS = 4,
       STATUS_CRASH = 5 };

/* Killed commands leave their memory behind: so many runs a process. */
#define RUNS_PER_PROCESS 200

static const struct scenario scenarios[] = {
	{ .name = "renewal" },
	{ .name = "first-publication", .fresh = true },
	{ .name = "renewed-again", .again = true },
	{ .name = "two-lineages", .two = true },
	{ .name = "link-by-link", .by_link = true },
};
#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(*scenarios))

/* What the parent wants to know of a child that may crash. */
struct shared {
	uint64_t seed;
	unsigned long renewals, commands, calls;
};

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static int status_of(const struct sim *sim, bool good)
{
	if (good)
		return 0;
	return sim->is_liveness_failure ? STATUS_LIVENESS : STATUS_SAFETY;
}

static int one_seed(uint64_t seed, bool verbose, struct shared *shared)
{
	struct sim *sim = sim_open(seed);
	int status;

	sim->verbose = verbose;
	status = status_of(sim, run_seed(sim));
	if (status) {
		sim_print_failure(sim);
		status = status_of(sim, false);
		printf("replay: sim %llu\n", (unsigned long long)seed);
	}
	if (shared) {
		shared->renewals += sim->renewals;
		shared->commands += sim->command;
		shared->calls += sim->calls;
	}
	sim_close(sim);
	return status;
}

/* ---- Many runs -------------------------------------------------------- */

static int batch(uint64_t first, uint64_t count, struct shared *shared)
{
	int status = 0;

	for (uint64_t i = 0; i < count && !status; i++) {
		shared->seed = first + i;
		status = one_seed(first + i, false, shared);
	}
	return status;
}

static int child_status(pid_t child, const struct shared *shared)
{
	int status;

	invariant(waitpid(child, &status, 0) == child);
	if (WIFEXITED(status) && WEXITSTATUS(status) <= STATUS_LIVENESS)
		return WEXITSTATUS(status);
	printf("seed %llu: the program crashed\nreplay: sim %llu\n",
	       (unsigned long long)shared->seed,
	       (unsigned long long)shared->seed);
	return STATUS_CRASH;
}

static int many_seeds(uint64_t first, uint64_t runs)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ |
				     PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				     -1, 0);
	int status = 0;

	invariant(shared != MAP_FAILED);
	printf("seeds %llu to %llu\n", (unsigned long long)first,
	       (unsigned long long)(first + runs - 1));
	while (runs && !status) {
		uint64_t count = runs < RUNS_PER_PROCESS ? runs :
							   RUNS_PER_PROCESS;
		pid_t child;

		fflush(stdout);
		child = fork();
		invariant(child >= 0);
		if (!child) {
			status = batch(first, count, shared);
			fflush(stdout);
			_exit(status);
		}
		status = child_status(child, shared);
		first += count;
		runs -= count;
	}
	printf("%lu renewals, %lu commands, %lu world calls\n",
	       shared->renewals, shared->commands, shared->calls);
	return status;
}

/* ---- Killed everywhere ------------------------------------------------ */

static int one_kill(const struct scenario *scenario, unsigned long call,
		    bool verbose, unsigned long *calls)
{
	struct sim *sim = sim_open(1);
	int status;

	sim->kill_at = call;
	sim->verbose = verbose;
	status = status_of(sim, run_scenario(sim, scenario));
	if (status) {
		sim_print_failure(sim);
		status = status_of(sim, false);
		printf("replay: sim --kills %s %lu\n", scenario->name, call);
	}
	*calls = sim->calls;
	sim_close(sim);
	return status;
}

static int all_kills(const struct scenario *scenario)
{
	unsigned long calls, ignored;
	int status = one_kill(scenario, 0, false, &calls);

	for (unsigned long i = 1; i <= calls && !status; i++)
		status = one_kill(scenario, i, false, &ignored);
	printf("%s: %lu calls, killed after each\n", scenario->name, calls);
	return status;
}

static int kills(const char *name, const char *call)
{
	unsigned long ignored;
	int status = 0;

	for (size_t i = 0; i < SCENARIO_COUNT && !status; i++) {
		const struct scenario *scenario = &scenarios[i];

		if (name && !streq(name, scenario->name))
			continue;
		status = call ? one_kill(scenario, strtoul(call, NULL, 10),
					 true, &ignored) :
				all_kills(scenario);
	}
	return status;
}

/* ---- Arguments -------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: sim SEED | --runs N [--first SEED] | "
	      "--kills [NAME [CALL]]\n", stderr);
	return STATUS_USAGE;
}

static uint64_t number(const char *text)
{
	return text ? strtoull(text, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	bool replay = argc > 1 && (argv[1][0] != '-' || argc > 3);

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_open(replay ? LOG_SINK_STDOUT : LOG_SINK_NONE, NULL,
		 replay ? LOG_LEVEL_VERBOSE : LOG_LEVEL_NO, true);
	if (argc == 2 && argv[1][0] != '-')
		return one_seed(number(argv[1]), true, NULL);
	if (argc >= 2 && streq(argv[1], "--kills"))
		return kills(argc > 2 ? argv[2] : NULL,
			     argc > 3 ? argv[3] : NULL);
	if (argc < 3 || !streq(argv[1], "--runs"))
		return usage();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	if (argc == 5 && streq(argv[3], "--first"))
		return many_seeds(number(argv[4]), number(argv[2]));
	return argc == 3 ? many_seeds(1, number(argv[2])) : usage();
}
