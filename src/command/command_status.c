/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "run/run.h"
#include "tell/document.h"
#include "tell/report.h"

static void print_text(const struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (target->report)
			report_print(target->report);
		else
			report_print_line(target->line);
	}
	for (size_t i = 0; i < pass->strays.count; i++)
		if (pass->strays.items[i].line)
			report_print_line(pass->strays.items[i].line);
}

static void add_targets(json_t *all, const struct pass *pass, int64_t now_ms)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];
		const struct alarm_note alarm = { .text = target->line };

		if (target->report)
			json_array_append(all, target->report);
		else
			json_array_append_new(all, report_bare_json(
				target->config->name, "state", target->line,
				&alarm, now_ms));
	}
}

static void add_strays(json_t *all, const struct pass *pass, int64_t now_ms)
{
	for (size_t i = 0; i < pass->strays.count; i++) {
		const struct stray *stray = &pass->strays.items[i];

		if (stray->line)
			json_array_append_new(all, report_bare_json(
				stray->state->target, "configuration",
				stray->line, &stray->state->alarm, now_ms));
	}
}

static bool print_json(struct world *world, const struct pass *pass)
{
	json_t *all = json_array();
	struct moment now;
	bool written;

	world->now(world, &now);
	add_targets(all, pass, now.wall_ms);
	add_strays(all, pass, now.wall_ms);
	written = document_print(all, "status");
	json_decref(all);
	return written;
}

enum exit_status command_status(struct world *world,
				const struct config *config,
				const struct options *options)
{
	struct pass pass;
	enum exit_status status = run_open(&pass, world, config,
					   &options->command->calling,
					   RUN_PLAIN);

	if (status == EXIT_DONE) {
		run_pass(&pass);
		status = run_status(&pass);
		if (!options->json)
			print_text(&pass);
		else if (!print_json(world, &pass))
			status = EXIT_FAILED;
	}
	run_close(&pass);
	return status;
}
