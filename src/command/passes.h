/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"
#include "run/run.h"

/*
 * What a command does with the passes that it makes, beside what they do by
 * themselves. BEGIN is called when a pass is open, before it runs; TELL after
 * each that is the first or the last, to print what has become of it. Either
 * may be NULL.
 */
struct passing {
	void (*begin)(struct pass *pass, const struct options *options);
	void (*tell)(const struct pass *pass, const struct options *options);
};

/* One pass, or with --wait as many as it takes until the targets that OPTIONS
 * name are at rest. */
enum exit_status passes_run(struct world *world, const struct config *config,
			    const struct options *options,
			    const struct passing *passing);
/* With -n: where every target stands, and what would be done next. */
void passes_print_plan(const struct pass *pass, const struct options *options);
