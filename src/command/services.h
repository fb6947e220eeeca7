/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "config/config.h"
#include "world/world.h"

/*
 * Do the services present what the links show? For configtest, where all else
 * is good: each service is connected to, and one that presents anything else,
 * for it reads other files or was not reloaded, is one line with host, port,
 * what it presents, what it should, and the remedy; false then. Those that
 * nobody could look at, or saw, are told as that. Servers are not asked,
 * nothing is changed, and all of it shares the time of CALLING.
 */
bool services_test(struct world *world, const struct config *config,
		   const struct calling *calling);
