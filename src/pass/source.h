/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "config/config.h"
#include "disk/links.h"
#include "disk/renewed.h"
#include "world/world.h"

/*
 * What a pass is given and does not change: the world, the configuration, the
 * open directories, and what its command may do. run_open() fills it in; look
 * gathers facts from it, act carries out deeds in it.
 */
struct source {
	struct world *world;
	const struct config *config;
	struct links_places places;
	struct renewed renewed;	/* of certbot, for its deploy hook */
	bool dry_run;		/* decide and say, but do nothing */
	bool has_told;		/* standing alarms, in an earlier pass of the
				   same command */
	const struct calling *calling;	/* from which the rest follows */
	bool pin, local_only, recreate, looks_again;
	enum rest_right rest;
};
