/* SPDX-License-Identifier: MIT */
#include "command/waiting.h"

#include "command/first.h"
#include "run/run.h"
#include "tell/alarm.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

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

static enum exit_status passes(struct world *world, const struct config *config,
			       const struct options *options)
{
	struct waiting waiting = waiting_begin(world, options);
	enum run_manner manner = options->dry_run ? RUN_DRY : RUN_PLAIN;

	for (;;) {
		struct ending ending = one_pass(world, config, manner,
						options);
		int64_t pause_ms;

		if (!options->wait || options->dry_run || ending.finished ||
		    !waiting_may_go_on(ending.status))
			return ending.status;
		pause_ms = waiting_pause_ms(&waiting, ending.due_ms);
		if (!pause_ms)
			return ending.status;
		world->sleep(world, (unsigned)pause_ms);
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
