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

/* The same; owner, group, mode and access list are those of DIR/LIKE, as far
 * as they can be given, and never more. */
int atomic_replace_file_as(struct world *world, int dir, const char *name,
			   const char *data, size_t size, const char *like);

/* The same for who knows the file by an absolute PATH of the configuration; its
 * directory is there. */
int atomic_replace_path(struct world *world, const char *path,
			const char *text, unsigned mode);

/* NAME is ASIDE from now on, in place of what that was. Nothing is brought to
 * the disk for it. */
int atomic_set_aside(struct world *world, int dir, const char *name,
		     const char *aside);

/* Is ENTRY such a temporary file, of a command that was killed? */
bool atomic_is_temporary(const char *entry);
