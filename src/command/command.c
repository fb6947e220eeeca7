/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include "command/command_print.h"

enum exit_status command_execute(struct world *world,
				 const struct config *config,
				 const struct options *options)
{
	switch (options->command) {
	case COMMAND_RUN:
	case COMMAND_INIT:
	case COMMAND_PRE:
	case COMMAND_DEPLOY:
	case COMMAND_POST:
		return command_run(world, config, options);
	case COMMAND_STATUS:
		return command_status(world, config, options);
	case COMMAND_CHECK:
		return command_check(world, config, options);
	case COMMAND_PRINT:
		return command_print(world, config, options);
	case COMMAND_CONFIGTEST:
		return command_configtest(world, config);
	}
	return EXIT_USAGE;
}
