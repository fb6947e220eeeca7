/* SPDX-License-Identifier: MIT */
#include "command/passes.h"

enum exit_status command_run(struct world *world, const struct config *config,
			     const struct options *options)
{
	const struct passing passing = { NULL, passes_print_plan };

	return passes_run(world, config, options, &passing);
}
