/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/* Of commands that take names of targets, and without one are for all. */

bool names_ask_for(const struct options *options, const char *name);
/* False, with a message for each that is none. */
bool names_are_known(const struct config *config,
		     const struct options *options);
