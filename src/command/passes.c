/* SPDX-License-Identifier: MIT */
#include "command/passes.h"

#include "command/names.h"
#include "command/waiting.h"
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

void passes_print_plan(const struct pass *pass,
		       const struct options *options)
{
	if (!options->dry_run)
		return;
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

static bool are_finished(const struct pass *pass,
			 const struct options *options)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (names_ask_for(options, target->config->name) &&
		    (target->failure || target->action.step != STEP_NOTHING))
			return false;
	}
	return true;
}

static struct ending one_pass(struct world *world,
			      const struct config *config,
			      enum run_manner manner,
			      const struct options *options,
			      const struct passing *passing)
{
	struct ending ending = { .due_ms = INT64_MAX };
	struct pass pass;

	ending.status = run_open(&pass, world, config,
				 &options->command->calling,
				 manner);
	if (ending.status == EXIT_DONE) {
		if (passing->begin)
			passing->begin(&pass, options);
		run_pass(&pass);
		ending.status = run_status(&pass);
		ending.finished = are_finished(&pass, options);
		ending.due_ms = run_due_ms(&pass);
		if (passing->tell && (manner != RUN_AGAIN || ending.finished))
			passing->tell(&pass, options);
	}
	run_close(&pass);
	return ending;
}

enum exit_status passes_run(struct world *world, const struct config *config,
			    const struct options *options,
			    const struct passing *passing)
{
	struct waiting waiting = waiting_begin(world, options);
	enum run_manner manner = options->dry_run ? RUN_DRY : RUN_PLAIN;

	for (;;) {
		struct ending ending = one_pass(world, config, manner,
						options, passing);
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
