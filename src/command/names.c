/* SPDX-License-Identifier: MIT */
#include "command/names.h"

#include "base/log.h"
#include "base/xalloc.h"

bool names_ask_for(const struct options *options, const char *name)
{
	for (size_t i = 0; i < options->argument_count; i++)
		if (streq(options->arguments[i], name))
			return true;
	return options->argument_count == 0;
}

bool names_are_known(const struct config *config,
		     const struct options *options)
{
	bool known = true;

	for (size_t i = 0; i < options->argument_count; i++) {
		if (config_find_target(config, options->arguments[i]))
			continue;
		log_error("%s: no such target in %s", options->arguments[i],
			  config->path);
		known = false;
	}
	return known;
}
