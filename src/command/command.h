/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"
#include "config/config.h"
#include "world/world.h"

/* Carries out OPTIONS->command; the exit status of the program. */
enum exit_status command_execute(struct world *world,
				 const struct config *config,
				 const struct options *options);

/* run, init, pre, deploy, post. */
enum exit_status command_run(struct world *world, const struct config *config,
			     const struct options *options);
enum exit_status command_status(struct world *world,
				const struct config *config,
				const struct options *options);
/* The whole chain, end to end and now, of all targets or of those named in
 * OPTIONS->arguments: certificate, links, zone, every server, every service. */
enum exit_status command_check(struct world *world,
			       const struct config *config,
			       const struct options *options);
/* The configuration was read without a fault; now what it names: keys,
 * lineages, directories. Asks no server. */
enum exit_status command_configtest(struct world *world,
				    const struct config *config);
