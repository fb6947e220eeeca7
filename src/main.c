/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/xalloc.h"
#include "command/load.h"
#include "tell/stdout.h"
#include "world/posix/posix.h"

#include <stdio.h>
#include <stdlib.h>

static enum exit_status execute(const struct options *options)
{
	const struct command *command = options->command;
	enum exit_status status = EXIT_CONFIG;
	struct config *config = NULL;
	struct world world;

	world_posix_open(&world);
	if (!command->needs_no_config)
		config = load_config(&world, options);
	if (config)
		memcpy(world.sources, config->sources,
		       sizeof(world.sources));
	if (config && !command->calling.local_only)
		world_posix_hire(&world);
	if (config || command->needs_no_config)
		status = command->execute(&world, config, options);
	config_free(config);
	world_posix_close(&world);
	return status;
}

int main(int argc, char **argv)
{
	enum exit_status status;
	struct options options;
	int error;

	stdout_begin();
	world_posix_guard();
	xalloc_begin();
	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_RUN:
		break;
	case OPTIONS_DONE:
		return stdout_end() ? EXIT_DONE : EXIT_FAILED;
	case OPTIONS_BAD:
		return EXIT_USAGE;
	}
	error = log_open(options.log_sink, options.log_path,
			 options.log_level, options.quiet);
	if (error) {
		fprintf(stderr, "alnitak: log %s: %s\n", options.log_path,
			strerror(error));
		return EXIT_USAGE;
	}
	if (options.command->calling.is_hook)
		log_copy_errors_to_syslog();
	status = execute(&options);
	if (!stdout_end() && status == EXIT_DONE)
		status = EXIT_FAILED;
	log_close();
	return (int)status;
}
