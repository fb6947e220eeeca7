/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "tell/checkup.h"
#include "world/world.h"

/*
 * Is a service of TARGET still configured with certbot's live directory? At
 * rest it presents what it should, and with the next renewal what it must not
 * yet; nobody sees that from outside. So the configuration of known services
 * below ETC ("/etc" but for tests), of those that may be at the ports of
 * TARGET, is searched for that path: the first line that names it is a warning.
 * What is configured elsewhere, or through another link, is not found.
 */
void check_live(struct checkup_section *section, struct world *world,
		const char *etc, const struct config *config,
		const struct config_target *target);
