/* SPDX-License-Identifier: MIT */
#include "disk/links_read.h"

#include "base/xalloc.h"
#include "disk/links_path.h"

#include <stdlib.h>

int links_read_entry(const struct lineage *lineage, int dir, const char *name,
		     int kind, struct entry *entry)
{
	struct world *world = lineage->world;
	int error;

	*entry = (struct entry){ .is = ENTRY_FOREIGN };
	error = world->link_read(world, dir, name, &entry->text);
	if (error == -ENOENT) {
		entry->is = ENTRY_MISSING;
		return 0;
	}
	if (error == -EINVAL || error == -ENAMETOOLONG)
		return 0;
	if (error)
		return error;
	if (links_text_parse(lineage, kind, entry->text, &entry->links))
		entry->is = ENTRY_OURS;
	return 0;
}

static void merge_foreign(struct links *links, const char *name,
			  const struct entry *entry, char **detail)
{
	if (links->place != LINKS_FOREIGN) {
		free(*detail);
		*detail = entry->text ?
			xasprintf("%s leads to %s, which alnitak did not make",
				  name, entry->text) :
			xasprintf("%s is not a symbolic link", name);
	}
	links->place = LINKS_FOREIGN;
}

/* One of the four that lead to the same place. */
static void merge_place(struct links *links, const char *name,
			const struct links *at, char **detail)
{
	switch (links->place) {
	case LINKS_MIXED:
	case LINKS_FOREIGN:
		return;
	case LINKS_ABSENT:
		links->place = at->place;
		links->number = at->number;
		links->held = at->held;
		if (links->place == LINKS_MIXED)
			*detail = xasprintf("%s leads to where the archive "
					    "was", name);
		return;
	case LINKS_REST:
	case LINKS_ARCHIVE:
	case LINKS_HELD:
		break;
	}
	if (links_places_equal(links, at))
		return;
	*detail = xasprintf("%s leads to another place than the links before "
			    "it", name);
	links->place = LINKS_MIXED;
}

/* Takes the link NAME into the picture of the links before it. */
static void merge(struct links *links, int kind, const char *name,
		  const struct entry *entry, char **detail)
{
	if (kind == LINK_GENERATION) {
		links->generation = entry->links.generation;
		return;
	}
	if (entry->is == ENTRY_FOREIGN)
		merge_foreign(links, name, entry, detail);
	if (entry->is != ENTRY_OURS)
		return;
	links->files |= PEM_BIT(kind);
	if (kind == PEM_COMBINED)
		links->combined = entry->links.held;
	else
		merge_place(links, name, &entry->links, detail);
}

/* Without any of the four. */
static void merge_rest(struct links *links, char **detail)
{
	if (links->place != LINKS_ABSENT)
		return;
	links->place = links->files ? LINKS_HELD : LINKS_MIXED;
	links->held = links->combined;
	if (!links->files)
		*detail = xstrdup("none of the links is there");
}

static int read_directory(const struct lineage *lineage, int dir,
			  struct links *links, char **detail)
{
	struct lineage at = *lineage;
	int error;
	char *archive = lineage_archive_path(lineage, &error);

	at.archive = archive;
	for (int kind = 0; kind < LINK_KINDS && !error; kind++) {
		char *name = links_name(kind);
		struct entry entry;

		error = links_read_entry(&at, dir, name, kind, &entry);
		if (!error)
			merge(links, kind, name, &entry, detail);
		free(entry.text);
		free(name);
	}
	free(archive);
	if (!error)
		merge_rest(links, detail);
	return error;
}

int links_read(const struct lineage *lineage, struct links *links,
	       char **detail)
{
	struct world *world = lineage->world;
	const char *name = lineage->name;
	int dane = lineage->places->dane;
	struct file_info info;
	int dir, error;

	*links = (struct links){ .place = LINKS_ABSENT };
	*detail = NULL;
	if (!lineage_name_valid(name))
		return -EINVAL;
	error = world->file_info(world, dane, name, false, &info);
	if (error)
		return error == -ENOENT ? 0 : error;
	if (info.kind != FILE_DIRECTORY) {
		links->place = LINKS_FOREIGN;
		*detail = xasprintf("%s/%s is not a directory",
				    lineage->places->dane_path, name);
		return 0;
	}
	dir = world->dir_open(world, dane, name);
	if (dir < 0)
		return dir;
	error = read_directory(lineage, dir, links, detail);
	world->dir_close(world, dir);
	if (error) {
		free(*detail);
		*detail = NULL;
	}
	return error;
}
