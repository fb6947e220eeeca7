/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"

/*
 * The files that PATTERN, from the file FROM, means, added to PATHS in the
 * order of their names: relative to the directory of FROM; behind the last "/"
 * it may have "*", "?" and "[..]", which match no name that begins with a dot.
 * None is no fault where it has; without them the file has to be there, as who
 * reads it will find. NULL, or what is wrong, allocated.
 */
char *config_include_find(const struct config_reader *reader, const char *from,
			  const char *pattern, struct texts *paths);
