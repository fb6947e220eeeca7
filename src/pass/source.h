/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "disk/links.h"
#include "world/world.h"

/* What the facts are gathered from, the same for all targets of a run. */
struct facts_source {
	struct world *world;
	const struct config *config;
	struct links_places places;
	bool pin, local_only, recreate;
	/* May the links go back to the live links? Looked at anew for every
	 * decision, since certbot may start at any time. */
	enum rest_right { REST_NEVER, REST_UNLESS_CERTBOT, REST_ALWAYS } rest;
};
