/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* Is NAME fit to be one path component? No slash, no leading dot, no control
 * character, at most LINEAGE_NAME_MAX octets, UTF-8. */
bool lineage_name_valid(const char *name);
