/* SPDX-License-Identifier: MIT */
#include "command/first.h"

#include "base/xalloc.h"
#include "tell/report.h"

#include <stdlib.h>

bool first_is_to_come(struct world *world, const struct config *config)
{
	char *state = xasprintf("%s/targets", config->state_directory);
	const char *paths[] = { config->dane_directory, state };
	struct file_info info;
	bool missing = false;

	for (int i = 0; i < 2; i++)
		missing |= world->file_info(world, WORLD_CWD, paths[i], true,
					    &info) == -ENOENT;
	free(state);
	return missing;
}

void first_tell_next(const struct config *config)
{
	const char *const steps[] = {
		"1. alnitak --wait=1m   publishes the records of today's "
		"certificates",
		"2. the services        let them read the links and reload "
		"them; those that are not in use yet when alnitak status says "
		"\"done\" or \"at rest\"",
		"3. certbot's hooks, and the timer that carries renewals on",
		"4. alnitak check       looks at all of it",
	};
	char *line = xasprintf("the links are made, in %s. What comes next "
			       "(alnitak setup prints the lines for 2 and 3):",
			       config->dane_directory);

	report_print_line(line);
	free(line);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		report_print_line(steps[i]);
}
