/* SPDX-License-Identifier: MIT */
#include "disk/atomic.h"

#include "base/path.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* Whatever a killed run left under the temporary name goes first. */
static int write_temporary(struct world *world, int dir, const char *temporary,
			   const char *data, size_t size, unsigned mode)
{
	int error = world->file_remove(world, dir, temporary);

	if (error && error != -ENOENT)
		return error;
	return world->file_write(world, dir, temporary, data, size, mode);
}

/* LIKE is NULL, or has the rights that it is to get. */
static int replace(struct world *world, int dir, const char *name,
		   const char *data, size_t size, unsigned mode,
		   const char *like)
{
	char *temporary = xasprintf(".%s.tmp", name);
	int error;

	error = write_temporary(world, dir, temporary, data, size, mode);
	if (!error && like)
		world->rights_copy(world, dir, like, dir, temporary);
	if (!error)
		error = world->rename(world, dir, temporary, name);
	if (error)
		world->file_remove(world, dir, temporary);
	else
		error = world->dir_sync(world, dir);
	free(temporary);
	return error;
}

int atomic_replace_file(struct world *world, int dir, const char *name,
			const char *data, size_t size, unsigned mode)
{
	return replace(world, dir, name, data, size, mode, NULL);
}

int atomic_replace_file_as(struct world *world, int dir, const char *name,
			   const char *data, size_t size, const char *like)
{
	return replace(world, dir, name, data, size, 0600, like);
}

int atomic_replace_path(struct world *world, const char *path,
			const char *text, unsigned mode)
{
	char *directory = path_directory(path);
	int dir = world->dir_open(world, WORLD_CWD, directory);
	int error = dir;

	if (dir >= 0) {
		error = atomic_replace_file(world, dir, strrchr(path, '/') + 1,
					    text, strlen(text), mode);
		world->dir_close(world, dir);
	}
	free(directory);
	return error;
}

int atomic_set_aside(struct world *world, int dir, const char *name,
		     const char *aside)
{
	return world->rename(world, dir, name, aside);
}

bool atomic_is_temporary(const char *entry)
{
	const char *dot = strrchr(entry, '.');

	return entry[0] == '.' && dot != entry && streq(dot, ".tmp");
}
