/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/xalloc.h"
#include "disk/links.h"

#include <stdlib.h>

#define DIRECTORY_MODE 0700	/* at first */
#define COMBINED_TEMPORARY ".combined.pem.tmp"

/* ---- Directories ------------------------------------------------------ */

/* Opens DIR/NAME, made if need be and then on the disk. */
static int open_made(struct world *world, int dir, const char *name)
{
	int error = world->dir_make(world, dir, name, DIRECTORY_MODE);

	if (!error || error == -EEXIST)
		error = world->dir_sync(world, dir);
	return error ? error : world->dir_open(world, dir, name);
}

int held_open_lineage(const struct lineage *lineage, bool make)
{
	int (*open)(struct world *, int, const char *) =
		make ? open_made : lineage->world->dir_open;
	struct world *world = lineage->world;
	int held = open(world, lineage->places->state, "held"), dir;

	if (held < 0)
		return held;
	dir = make ? held_open_way(world, held) : 0;
	if (!dir)
		dir = open(world, held, lineage->name);
	world->dir_close(world, held);
	return dir;
}

char *held_next_name(const struct fingerprint *version)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	return xasprintf(".%s.next", fingerprint_format(version, hex));
}

static int remove_file(struct world *world, int dir, const char *file)
{
	int error = world->file_remove(world, dir, file);

	return error == -ENOENT ? 0 : error;
}

int held_remove_version(struct world *world, int dir, const char *entry)
{
	int version = world->dir_open(world, dir, entry), error = 0;

	if (version < 0)
		return version == -ENOENT ? 0 : version;
	for (int kind = 0; kind < PEM_LINKS && !error; kind++) {
		char *file = xasprintf("%s.pem", pem_kind_names[kind]);

		error = remove_file(world, version, file);
		free(file);
	}
	if (!error)
		error = remove_file(world, version, COMBINED_TEMPORARY);
	world->dir_close(world, version);
	return error ? error : world->dir_remove(world, dir, entry);
}

/* ---- Letting go ------------------------------------------------------- */

/* Is ENTRY of held/NAME this VERSION? */
static bool is_version(const char *entry, const struct fingerprint *version)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	return version && streq(entry, fingerprint_format(version, hex));
}

static bool is_next(const char *entry, const struct fingerprint *version)
{
	char *name = version ? held_next_name(version) : NULL;
	bool is = streq(entry, name);

	free(name);
	return is;
}

/* held/NAME, open in DIR, of which much is let go. */
struct dropping {
	struct world *world;
	int dir;
	const struct fingerprint *keep, *next;
	bool drops_combined;
	struct links links;
};

/* Is the version ENTRY one that stays? */
static bool is_kept(const struct dropping *dropping, const char *entry)
{
	const struct links *links = &dropping->links;

	return is_version(entry, dropping->keep) ||
	       is_next(entry, dropping->next) ||
	       (links->place == LINKS_HELD &&
		is_version(entry, &links->held)) ||
	       (links->files & PEM_BIT(PEM_COMBINED) &&
		is_version(entry, &links->combined));
}

/* What stays behind of the version ENTRY. */
static int keep_in(const struct dropping *dropping, const char *entry)
{
	struct world *world = dropping->world;
	int dir, error;

	if (!dropping->drops_combined)
		return 0;
	dir = world->dir_open(world, dropping->dir, entry);
	if (dir < 0)
		return dir;
	error = remove_file(world, dir, "combined.pem");
	world->dir_close(world, dir);
	return error;
}

static int drop_in(const struct dropping *dropping, bool *empty)
{
	struct world *world = dropping->world;
	struct texts names = { 0 };
	int error = world->dir_list(world, dropping->dir, &names), at;

	*empty = !error;
	/* What others put there does not keep the rest. */
	for (size_t i = 0; i < names.count; i++) {
		const char *entry = names.items[i];

		if (is_kept(dropping, entry)) {
			at = keep_in(dropping, entry);
			*empty = false;
		} else {
			at = held_remove_version(world, dropping->dir, entry);
		}
		error = error ? error : at;
	}
	texts_clear(&names);
	return error ? error : world->dir_sync(world, dropping->dir);
}

static int remove_lineage(const struct lineage *lineage)
{
	struct world *world = lineage->world;
	int held = world->dir_open(world, lineage->places->state, "held");
	int error;

	if (held < 0)
		return held;
	error = world->dir_remove(world, held, lineage->name);
	if (!error)
		error = world->dir_sync(world, held);
	world->dir_close(world, held);
	return error;
}

/*
 * Whatever the caller believes, what the links show stays: while they are
 * being moved that may be any version.
 */
int held_drop(const struct lineage *lineage, const struct fingerprint *keep,
	      const struct fingerprint *next, unsigned files)
{
	struct world *world = lineage->world;
	struct dropping dropping = { .world = world, .keep = keep,
				     .next = next };
	bool empty = false;
	char *reason;
	int error;

	error = links_read(lineage, &dropping.links, &reason);
	free(reason);
	if (error || dropping.links.place == LINKS_MIXED)
		return error;
	dropping.drops_combined = !((files | dropping.links.files) &
				    PEM_BIT(PEM_COMBINED));
	dropping.dir = held_open_lineage(lineage, false);
	if (dropping.dir < 0)
		return dropping.dir == -ENOENT ? 0 : dropping.dir;
	error = drop_in(&dropping, &empty);
	world->dir_close(world, dropping.dir);
	if (!error && empty)
		error = remove_lineage(lineage);
	return error;
}
