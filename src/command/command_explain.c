/* SPDX-License-Identifier: MIT */
#include "command/names.h"

#include "base/log.h"
#include "run/journal.h"
#include "run/run.h"
#include "tell/document.h"
#include "tell/explain.h"

#define DEEDS_SHOWN 24		/* without --json; that has all */

static void print_all(const json_t *explanations, bool json)
{
	const json_t *one;
	size_t i;

	if (json)
		document_print(explanations);
	else
		json_array_foreach(explanations, i, one)
			explain_print(one, DEEDS_SHOWN);
}

/* Without a state there is nothing to be reckoned with. */
static json_t *explain(const struct pass *pass, const struct target *target)
{
	const char *name = target->config->name;
	struct moment now;

	if (target->state)
		return explain_json(&target->facts, &target->action,
				    target->failure, journal_read(pass, name));
	pass->source.world->now(pass->source.world, &now);
	return explain_bare_json(name, target->line, journal_read(pass, name),
				 now.wall_ms);
}

static void explain_asked(const struct pass *pass,
			  const struct options *options)
{
	json_t *all = json_array();

	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];

		if (!names_ask_for(options, target->config->name))
			continue;
		if (!target->state)
			log_error("%s", target->line);
		if (target->state || options->json)
			json_array_append_new(all, explain(pass, target));
	}
	print_all(all, options->json);
	json_decref(all);
}

enum exit_status command_explain(struct world *world,
				 const struct config *config,
				 const struct options *options)
{
	enum exit_status status;
	struct pass pass;

	if (!names_are_known(config, options))
		return EXIT_USAGE;
	status = run_open(&pass, world, config, &options->command->calling,
			  RUN_PLAIN);
	if (status == EXIT_DONE) {
		run_pass(&pass);
		status = run_status(&pass);
		explain_asked(&pass, options);
	}
	run_close(&pass);
	return status;
}
