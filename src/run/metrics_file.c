/* SPDX-License-Identifier: MIT */
#include "run/metrics_file.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "tell/metrics.h"

#include <stdlib.h>

/* Whoever reads it is another user, as a rule. */
#define MODE 0644

void metrics_file_write(struct pass *pass)
{
	const char *path = pass->source.config->metrics_file;
	struct world *world = pass->source.world;
	struct moment now;
	char *text;
	int error;

	if (!path || pass->source.dry_run || pass->source.local_only)
		return;
	world->now(world, &now);
	text = metrics_text(pass, &now);
	error = atomic_replace_path(world, path, text, MODE);
	if (error)
		log_warning("metrics_file %s cannot be written: %s", path,
			    strerror(-error));
	free(text);
}
