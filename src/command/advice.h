/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "world/world.h"

/*
 * Of a configuration in which nothing is wrong what was hardly meant so, for
 * configtest: one warning each, with what to do. No target; one without
 * `reload`, or whose reload names units that systemd does not know (it is
 * asked, where it runs), or whose records no key is there for; a section zone
 * that no target is in; an include without a file; resolvers that say
 * what they validated from afar.
 */
void advice_give(struct world *world, const struct config *config);
