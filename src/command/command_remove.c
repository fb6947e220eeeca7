/* SPDX-License-Identifier: MIT */
#include "command/names.h"
#include "command/passes.h"
#include "command/removal.h"

#include "base/log.h"
#include "tell/progress.h"
#include "tell/report.h"

#include <stdlib.h>

static void begin(struct pass *pass, const struct options *options)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (names_ask_for(options, target->config->name))
			removal_set(pass, target, options->keep_records ?
				    REMOVAL_KEEPS : REMOVAL_DELETES);
	}
}

/* Of others nobody has asked; of whom there is no report an error was told. */
static void tell(const struct pass *pass, const struct options *options)
{
	struct moment now;

	pass->source.world->now(pass->source.world, &now);
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];
		char *line;

		if (!names_ask_for(options, target->config->name) ||
		    !target->report)
			continue;
		line = progress_line(target->report, now.wall_ms);
		report_print_line(line);
		free(line);
	}
}

enum exit_status command_remove(struct world *world,
				const struct config *config,
				const struct options *options)
{
	const struct passing passing = { begin, tell };

	if (!options->argument_count) {
		log_error("remove: no target is named; alnitak status lists "
			  "them");
		return EXIT_USAGE;
	}
	if (!names_are_known(config, options))
		return EXIT_USAGE;
	return passes_run(world, config, options, &passing);
}
