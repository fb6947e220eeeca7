/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define WAY_MODE 0711

static int give(const struct lineage *lineage, const char *from, int dir,
		const char *name)
{
	struct world *world = lineage->world;
	int error = world->rights_copy(world, lineage->places->letsencrypt,
				       from, dir, name);

	return error == -ENOENT ? 0 : error;
}

/* The directory that has the archive in it. */
static char *gate_of(const char *archive)
{
	const char *slash = strrchr(archive, '/');

	if (!slash)
		return xstrdup(".");
	return slash == archive ? xstrdup("/") :
	       xstrndup(archive, (size_t)(slash - archive));
}

int held_copy_rights(const struct lineage *lineage, int dir,
		     const char *entry)
{
	char *gate = gate_of(lineage->archive);
	int error = give(lineage, gate, dir, ".");
	int second = give(lineage, lineage->archive, dir, entry);

	free(gate);
	return error ? error : second;
}

int held_open_way(struct world *world, int dir)
{
	struct file_info info;
	int error = world->file_info(world, dir, ".", false, &info);

	if (error || (info.mode & WAY_MODE) == WAY_MODE)
		return error;
	return world->dir_set_mode(world, dir, info.mode | WAY_MODE);
}

/* Its key may have got other readers since; combined.pem is a file of its own
 * and has them, too. */
static int mend_combined(struct world *world, int dir, const char *entry)
{
	int version = world->dir_open(world, dir, entry), error;

	if (version < 0)
		return version;
	error = world->rights_copy(world, version, "privkey.pem", version,
				   "combined.pem");
	world->dir_close(world, version);
	return error == -ENOENT ? 0 : error;
}

static int mend_versions(const struct lineage *lineage, int dir)
{
	struct world *world = lineage->world;
	struct texts names = { 0 };
	int error = world->dir_list(world, dir, &names), first = error;

	for (size_t i = 0; !error && i < names.count; i++) {
		int found = held_copy_rights(lineage, dir, names.items[i]);

		if (!first)
			first = found;
		found = mend_combined(world, dir, names.items[i]);
		if (!first)
			first = found;
	}
	texts_clear(&names);
	return first;
}

void held_mend(const struct lineage *lineage)
{
	struct world *world = lineage->world;
	int held = world->dir_open(world, lineage->places->state, "held");
	int dir = held, error = 0, trouble;
	struct lineage at = *lineage;
	char *archive = NULL;

	if (held >= 0) {
		error = held_open_way(world, held);
		dir = world->dir_open(world, held, lineage->name);
		world->dir_close(world, held);
	}
	if (dir >= 0) {
		int found;

		at.archive = archive = lineage_archive_path(lineage, &trouble);
		found = mend_versions(&at, dir);
		error = error ? error : found;
		world->dir_close(world, dir);
	}
	if (error)
		log_verbose("%s: what is held in %s/held/%s cannot be given "
			    "the rights of the archive: %s", lineage->name,
			    lineage->places->state_path, lineage->name,
			    strerror(-error));
	free(archive);
}
