/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * Replaces DIR/NAME by a file with this content, or leaves it as it was:
 * temporary file ".NAME.tmp", fsync, rename, fsync of the directory. 0 or a
 * negative errno.
 */
int atomic_replace_file(struct world *world, int dir, const char *name,
			const char *data, size_t size, unsigned mode);

/* Is ENTRY such a temporary file, of a command that was killed? */
bool atomic_is_temporary(const char *entry);
