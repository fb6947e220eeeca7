/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "run/run.h"
#include "state/text_json.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *failed_report(const struct target *target)
{
	return json_pack("{s:o, s:s, s:s, s:o, s:{s:o, s:n}}", "target",
			 text_json(target->config->name), "step", "failed",
			 "reason", "state", "line", text_json(target->line),
			 "alarm", "text", text_json(target->line), "since");
}

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

static void print_json(const struct pass *pass)
{
	json_t *targets = json_array();
	char *text;

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (target->report)
			json_array_append(targets, target->report);
		else
			json_array_append_new(targets, failed_report(target));
	}
	text = json_dumps(targets, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (text)
		puts(text);
	free(text);
	json_decref(targets);
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
		if (options->json)
			print_json(&pass);
		else
			print_text(&pass);
		status = run_status(&pass);
	}
	run_close(&pass);
	return status;
}
