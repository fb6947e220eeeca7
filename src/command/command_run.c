/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "command/first.h"
#include "run/run.h"
#include "tell/alarm.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

/* Between two looks while waiting for what no clock can tell. */
#define LOOK_MS_MIN 500
#define LOOK_MS_MAX 60000

static void print_alarm(const struct target *target)
{
	char *line;

	if (!target->state || !target->state->alarm.text)
		return;
	line = alarm_line(&target->state->alarm);
	fputs("  alarm     ", stdout);
	report_print_line(line);
	free(line);
}

static void print_plan(const struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		report_print_line(pass->targets.items[i].line);
		print_alarm(&pass->targets.items[i]);
	}
	for (size_t i = 0; i < pass->strays.count; i++)
		if (pass->strays.items[i].line)
			report_print_line(pass->strays.items[i].line);
}

/* How long to sleep: until the next wait ends, else a little longer every
 * time, and never beyond the limit. */
static int64_t pause_ms(int64_t due_ms, int64_t now_ms, int64_t look_ms,
			int64_t left_ms)
{
	int64_t pause = look_ms;

	if (due_ms != INT64_MAX && due_ms - now_ms > pause)
		pause = due_ms - now_ms < LOOK_MS_MAX ? due_ms - now_ms :
							LOOK_MS_MAX;
	return pause < left_ms ? pause : left_ms;
}

struct ending {
	enum exit_status status;
	bool finished;
	int64_t due_ms;
};

static struct ending one_pass(struct world *world,
			      const struct config *config,
			      enum run_manner manner,
			      const struct options *options)
{
	struct ending ending = { .due_ms = INT64_MAX };
	struct pass pass;

	ending.status = run_open(&pass, world, config,
				 &options->command->calling,
				 manner);
	if (ending.status == EXIT_DONE) {
		run_pass(&pass);
		if (options->dry_run)
			print_plan(&pass);
		ending.status = run_status(&pass);
		ending.finished = run_finished(&pass);
		ending.due_ms = run_due_ms(&pass);
	}
	run_close(&pass);
	return ending;
}

/* Waiting goes on while others are at work or a person is needed. */
static bool may_pass(enum exit_status status)
{
	return status == EXIT_DONE || status == EXIT_FAILED ||
	       status == EXIT_BUSY;
}

static int64_t boot_ms(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.boot_ms;
}

static int64_t wall_ms(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.wall_ms;
}

static enum exit_status passes(struct world *world, const struct config *config,
			       const struct options *options)
{
	int64_t begun_ms = boot_ms(world);
	int64_t look_ms = LOOK_MS_MIN;
	enum run_manner manner = options->dry_run ? RUN_DRY : RUN_PLAIN;

	for (;;) {
		struct ending ending = one_pass(world, config, manner,
						options);
		int64_t left_ms = options->wait_ms -
				  (boot_ms(world) - begun_ms);

		if (!options->wait || options->dry_run || ending.finished ||
		    left_ms <= 0 || !may_pass(ending.status))
			return ending.status;
		world->sleep(world, (unsigned)pause_ms(ending.due_ms,
						       wall_ms(world), look_ms,
						       left_ms));
		if (look_ms < LOOK_MS_MAX)
			look_ms *= 2;
		manner = RUN_AGAIN;
	}
}

enum exit_status command_run(struct world *world, const struct config *config,
			     const struct options *options)
{
	bool first = options->command->calling.recreates &&
		     first_is_to_come(world, config);
	enum exit_status status = passes(world, config, options);

	if (first && status == EXIT_DONE && !options->dry_run &&
	    config->target_count)
		first_tell_next(config);
	return status;
}
