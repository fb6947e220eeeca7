/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * A file of lines that never grows beyond a bound: what does not fit any more
 * begins a new one, and the one before that is NAME.old, until it is replaced
 * as well. For the journal: it is a help, so nothing is brought to the disk for
 * it, and the last lines may be lost with the power.
 */

/* LINE with the end of line. 0 or a negative errno: it is not there then. */
int lines_append(struct world *world, int dir, const char *name,
		 const char *line, size_t size_max);
/* Both files, the older first, into *LINES, which the caller clears; what
 * cannot be read is left out. */
void lines_read(struct world *world, int dir, const char *name,
		size_t size_max, struct texts *lines);
