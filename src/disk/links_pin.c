/* SPDX-License-Identifier: MIT */
#include "disk/links_pin.h"

#include "base/xalloc.h"
#include "disk/links_path.h"
#include "disk/links_read.h"

#include <stdlib.h>

/* Of the open directory DIR of LINEAGE. */
static int link_follows(const struct lineage *lineage, int dir, int kind,
			bool *follows)
{
	char *name = xasprintf("%s.pem", pem_kind_names[kind]);
	struct entry entry;
	int error = links_read_entry(lineage, dir, name, kind, &entry);

	*follows = !error && entry.is == ENTRY_OURS &&
		   entry.links.place == LINKS_REST;
	free(entry.text);
	free(name);
	return error;
}

static int open_links(const struct lineage *lineage)
{
	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	return lineage->world->dir_open(lineage->world, lineage->places->dane,
					lineage->name);
}

bool links_follow_live(const struct lineage *lineage)
{
	int dir = open_links(lineage), error = 0;
	bool follow = false;

	if (dir < 0)
		return dir != -ENOENT && dir != -ENOTDIR;
	for (int kind = 0; kind < PEM_KINDS && !follow && !error; kind++)
		error = link_follows(lineage, dir, kind, &follow);
	lineage->world->dir_close(lineage->world, dir);
	return follow || error;
}

/* Notes in *ANY that it is there; one that is not follows nothing. */
static bool link_is_pinned(const struct lineage *lineage, int dir, int kind,
			   bool *any)
{
	char *name = links_name(kind);
	struct file_info info;
	struct entry entry;
	bool read = !links_read_entry(lineage, dir, name, kind, &entry);
	bool missing = read && entry.is == ENTRY_MISSING;
	bool pinned = read && entry.is == ENTRY_OURS &&
		      entry.links.place != LINKS_REST &&
		      !lineage->world->file_info(lineage->world, dir, name,
						 true, &info) &&
		      info.kind == FILE_REGULAR;

	free(entry.text);
	free(name);
	*any |= !missing;
	return pinned || missing;
}

bool links_are_pinned(const struct lineage *lineage)
{
	int dir = open_links(lineage), trouble;
	struct lineage at = *lineage;
	bool pinned = true, any = false;
	char *archive;

	if (dir < 0)
		return false;
	archive = lineage_archive_path(lineage, &trouble);
	at.archive = archive;
	for (int kind = 0; kind < PEM_LINKS && pinned; kind++)
		pinned = link_is_pinned(&at, dir, kind, &any);
	lineage->world->dir_close(lineage->world, dir);
	free(archive);
	return pinned && any;
}

/* One pinning under way, of the open directory DIR. */
struct pinning {
	const struct lineage *lineage;
	int dir;
	struct links wanted;
	bool follows[PEM_KINDS];
	char **detail;
};

static int fail(const struct pinning *pinning, int kind, int error)
{
	*pinning->detail = xasprintf("cannot lead %s/%s/%s.pem into the "
				     "archive: %s",
				     pinning->lineage->places->dane_path,
				     pinning->lineage->name,
				     pem_kind_names[kind], strerror(-error));
	return error;
}

/* The name that a switch link by link uses, and clears away. */
static char *temporary_name(int kind)
{
	return xasprintf(".%s.pem.new", pem_kind_names[kind]);
}

/* A link that leads nowhere must not take the place of one that works. */
static int make_temporary(const struct pinning *pinning, int kind)
{
	struct world *world = pinning->lineage->world;
	char *text = links_text(pinning->lineage, kind, &pinning->wanted);
	char *temporary = temporary_name(kind);
	struct file_info info;
	int error = text ? world->file_remove(world, pinning->dir, temporary) :
			   -EINVAL;

	if (!error || error == -ENOENT)
		error = world->link_make(world, pinning->dir, text, temporary);
	if (!error)
		error = world->file_info(world, pinning->dir, temporary, true,
					 &info);
	if (!error && info.kind != FILE_REGULAR)
		error = -EINVAL;
	free(temporary);
	free(text);
	return error ? fail(pinning, kind, error) : 0;
}

static int move_temporary(const struct pinning *pinning, int kind)
{
	struct world *world = pinning->lineage->world;
	char *temporary = temporary_name(kind);
	char *name = xasprintf("%s.pem", pem_kind_names[kind]);
	int error = world->rename(world, pinning->dir, temporary, name);

	free(name);
	free(temporary);
	return error ? fail(pinning, kind, error) : 0;
}

/* None moves before all are made: on a full disk they stay of one version. */
static int pin_following(const struct pinning *pinning)
{
	int error = 0;

	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		if (pinning->follows[kind])
			error = make_temporary(pinning, kind);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		if (pinning->follows[kind])
			error = move_temporary(pinning, kind);
	return error;
}

static int pin_in(struct pinning *pinning)
{
	const struct lineage *lineage = pinning->lineage;
	struct world *world = lineage->world;
	struct chain *chain = NULL;
	bool any = false;
	int error = 0;

	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		error = link_follows(lineage, pinning->dir, kind,
				     &pinning->follows[kind]);
		any |= pinning->follows[kind];
	}
	if (any && !error) {
		error = lineage_load_live(lineage, &chain,
					  &pinning->wanted.number,
					  pinning->detail) ? -EINVAL : 0;
		chain_free(chain);
		if (!error)
			error = pin_following(pinning);
	}
	return error ? error : world->dir_sync(world, pinning->dir);
}

int links_pin_live(const struct lineage *lineage, unsigned *number,
		   char **detail)
{
	struct lineage at = *lineage;
	struct pinning pinning = { .lineage = &at, .detail = detail,
				   .wanted = { .place = LINKS_ARCHIVE } };
	struct world *world = lineage->world;
	char *archive;
	int error;

	*number = 0;
	*detail = NULL;
	pinning.dir = open_links(lineage);
	if (pinning.dir < 0)
		return pinning.dir == -ENOENT || pinning.dir == -ENOTDIR ? 0 :
		       pinning.dir;
	archive = lineage_archive_path(lineage, &error);
	at.archive = archive;
	error = pin_in(&pinning);
	world->dir_close(world, pinning.dir);
	free(archive);
	if (!error)
		error = world->dir_sync(world, lineage->places->dane);
	if (!error)
		*number = pinning.wanted.number;
	return error;
}
