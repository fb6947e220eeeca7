/* SPDX-License-Identifier: MIT */
#include "disk/lines.h"

#include "base/xalloc.h"
#include "disk/atomic.h"

#include <stdlib.h>

static char *old_name(const char *name)
{
	return xasprintf("%s.old", name);
}

int lines_append(struct world *world, int dir, const char *name,
		 const char *line, size_t size_max)
{
	size_t size = strlen(line);
	int error = world->file_append(world, dir, name, line, size, size_max);
	char *old;

	if (error != -EFBIG || size > size_max)
		return error;
	old = old_name(name);
	error = atomic_set_aside(world, dir, name, old);
	if (!error)
		error = world->file_append(world, dir, name, line, size,
					   size_max);
	free(old);
	return error;
}

static void read_file(struct world *world, int dir, const char *name,
		      size_t size_max, struct texts *lines)
{
	char *text = NULL, *rest, *line;
	size_t size;

	if (world->file_read(world, dir, name, size_max, &text, &size, NULL))
		return;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			texts_add(lines, line);
	free(text);
}

void lines_read(struct world *world, int dir, const char *name,
		size_t size_max, struct texts *lines)
{
	char *old = old_name(name);

	*lines = (struct texts){ 0 };
	read_file(world, dir, old, size_max, lines);
	read_file(world, dir, name, size_max, lines);
	free(old);
}
