/* SPDX-License-Identifier: MIT */
#include "command/first.h"
#include "command/names.h"
#include "command/passes.h"
#include "command/removal.h"

static void begin_anew(struct pass *pass, const struct options *options)
{
	for (size_t i = 0; i < pass->targets.count &&
	     options->argument_count; i++) {
		struct target *target = &pass->targets.items[i];

		if (names_ask_for(options, target->config->name))
			removal_set(pass, target, REMOVAL_NONE);
	}
}

enum exit_status command_init(struct world *world, const struct config *config,
			      const struct options *options)
{
	const struct passing passing = { begin_anew, passes_print_plan };
	bool first = first_is_to_come(world, config);
	enum exit_status status;

	if (!names_are_known(config, options))
		return EXIT_USAGE;
	status = passes_run(world, config, options, &passing);
	if (first && status == EXIT_DONE && !options->dry_run &&
	    config->target_count)
		first_tell_next(config);
	return status;
}
