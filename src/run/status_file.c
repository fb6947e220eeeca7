/* SPDX-License-Identifier: MIT */
#include "run/status_file.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/path.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "world/trust.h"

#include <stdlib.h>

/* Who comes to it is the directory's to say. */
#define MODE 0644
#define DIRECTORY_MODE 0755

/* /run is empty after a boot. What fails here is told of the file. */
static void make_directory(struct world *world, const char *path)
{
	char *directory = path_directory(path);
	int dir;

	if (!world->dir_make(world, WORLD_CWD, directory, DIRECTORY_MODE)) {
		dir = world->dir_open(world, WORLD_CWD, directory);
		if (dir >= 0) {	/* whatever the umask was */
			world->dir_set_mode(world, dir, DIRECTORY_MODE);
			world->dir_close(world, dir);
		}
	}
	free(directory);
}

void status_file_write(struct pass *pass)
{
	const char *path = pass->source.config->status_file;
	struct world *world = pass->source.world;
	struct moment now;
	char *text;
	int error;

	if (!path || pass->source.dry_run || pass->source.local_only)
		return;
	world->now(world, &now);
	text = summary_text(pass, &now);
	error = atomic_replace_path(world, path, text, MODE);
	if (error == -ENOENT) {
		make_directory(world, path);
		error = atomic_replace_path(world, path, text, MODE);
	}
	if (error)
		log_warning("status_file %s cannot be written: %s", path,
			    strerror(-error));
	free(text);
}

char *status_file_read(struct world *world, const char *path,
		       struct summary *summary, bool *absent)
{
	char *text = NULL, *fault = trust_fault(world, path);
	size_t size;
	int error;

	*absent = false;
	if (fault)
		return fault;
	error = world->file_read(world, WORLD_CWD, path, SUMMARY_SIZE_MAX,
				 &text, &size, NULL);
	*absent = error == -ENOENT;
	if (error)
		return xstrdup(strerror(-error));
	fault = summary_read(text, size, summary);
	free(text);
	return fault;
}
