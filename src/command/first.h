/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "world/world.h"

/* Nobody has made the links yet: there is no dane directory, or nothing is
 * known of any target. */
bool first_is_to_come(struct world *world, const struct config *config);

/* After the first init: what is to be done next, and in which order; on
 * standard output. */
void first_tell_next(const struct config *config);
