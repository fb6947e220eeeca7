/* SPDX-License-Identifier: MIT */
#include "disk/links_read.h"

#include "base/xalloc.h"
#include "disk/links_path.h"

#include <stdlib.h>

int links_read_entry(struct world *world, const struct links_places *places,
		     const char *name, int dir, const char *entry, int kind,
		     enum entry_kind *found, struct links *links, char **text)
{
	int error;

	*text = NULL;
	error = world->link_read(world, dir, entry, text);
	if (error == -ENOENT) {
		*found = ENTRY_MISSING;
		return 0;
	}
	*found = ENTRY_FOREIGN;
	if (error == -EINVAL || error == -ENAMETOOLONG)
		return 0;
	if (error)
		return error;
	if (links_text_parse(places, name, kind, *text, links))
		*found = ENTRY_OURS;
	return 0;
}

/* Takes the link for KIND into the picture of the links before it. */
static void merge(struct links *links, const char *entry,
		  enum entry_kind found, const struct links *here,
		  const char *text, char **detail)
{
	if (found == ENTRY_FOREIGN) {
		if (links->place != LINKS_FOREIGN) {
			free(*detail);
			*detail = text ?
				xasprintf("%s leads to %s, which alnitak did "
					  "not make", entry, text) :
				xasprintf("%s is not a symbolic link", entry);
		}
		links->place = LINKS_FOREIGN;
		return;
	}
	if (links->place == LINKS_MIXED || links->place == LINKS_FOREIGN)
		return;
	if (found == ENTRY_OURS && links->place == LINKS_ABSENT) {
		*links = *here;
		return;
	}
	if (found == ENTRY_OURS && links_equal(links, here))
		return;
	*detail = found == ENTRY_MISSING ?
		xasprintf("%s is missing", entry) :
		xasprintf("%s leads to another place than the links before it",
			  entry);
	links->place = LINKS_MIXED;
}

static int read_directory(struct world *world,
			  const struct links_places *places, const char *name,
			  int dir, struct links *links, char **detail)
{
	int error = 0;

	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		enum entry_kind found;
		struct links here = { 0 };
		char *entry = xasprintf("%s.pem", pem_kind_names[kind]);
		char *text;

		error = links_read_entry(world, places, name, dir, entry,
					 kind, &found, &here, &text);
		if (!error)
			merge(links, entry, found, &here, text, detail);
		free(text);
		free(entry);
	}
	return error;
}

int links_read(struct world *world, const struct links_places *places,
	       const char *name, struct links *links, char **detail)
{
	struct file_info info;
	int dir, error;

	*links = (struct links){ .place = LINKS_ABSENT };
	*detail = NULL;
	if (!lineage_name_valid(name))
		return -EINVAL;
	error = world->file_info(world, places->dane, name, false, &info);
	if (error)
		return error == -ENOENT ? 0 : error;
	if (info.kind != FILE_DIRECTORY) {
		links->place = LINKS_FOREIGN;
		*detail = xasprintf("%s/%s is not a directory",
				    places->dane_path, name);
		return 0;
	}
	dir = world->dir_open(world, places->dane, name);
	if (dir < 0)
		return dir;
	error = read_directory(world, places, name, dir, links, detail);
	world->dir_close(world, dir);
	if (error) {
		free(*detail);
		*detail = NULL;
	}
	return error;
}
