/* SPDX-License-Identifier: MIT */
#include "disk/links_internal.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/links_read.h"

#include <stdlib.h>

#define SET_ASIDE_MAX 9999

/* Which link ENTRY is by its name; -1: none that a switch makes. */
static int kind_of_entry(const char *entry)
{
	int found = -1;

	for (int kind = 0; kind < LINK_KINDS; kind++) {
		char *pem = links_name(kind);
		char *temporary = move_temporary_name(kind);

		if (streq(entry, pem) || streq(entry, temporary))
			found = kind;
		free(pem);
		free(temporary);
	}
	return found;
}

/* 0 where a switch put ENTRY there, -ENOTEMPTY where others did. */
static int check_ours(const struct move *move, int dir, const char *entry)
{
	int kind = kind_of_entry(entry), error;
	struct entry found;

	if (kind < 0)
		return -ENOTEMPTY;
	error = links_read_entry(&move->at, dir, entry, kind, &found);
	free(found.text);
	if (error)
		return error;
	return found.is == ENTRY_FOREIGN ? -ENOTEMPTY : 0;
}

/* Empties DIR where all in it is ours; else -ENOTEMPTY, and nothing done. */
static int empty_directory(const struct move *move, int dir)
{
	struct world *world = move->at.world;
	struct texts names = { 0 };
	int error = world->dir_list(world, dir, &names);

	for (size_t i = 0; i < names.count && !error; i++)
		error = check_ours(move, dir, names.items[i]);
	for (size_t i = 0; i < names.count && !error; i++)
		error = world->file_remove(world, dir, names.items[i]);
	texts_clear(&names);
	return error;
}

char *move_aside_name(const struct move *move)
{
	struct world *world = move->at.world;
	struct file_info info;

	for (unsigned n = 1; n <= SET_ASIDE_MAX; n++) {
		char *aside = xasprintf(".%s.old-%u", move->at.name, n);
		int error = world->file_info(world, move->at.places->dane,
					     aside, false, &info);

		if (error == -ENOENT)
			return aside;
		free(aside);
		if (error)
			break;
	}
	return NULL;
}

static int set_aside(const struct move *move)
{
	struct world *world = move->at.world;
	const char *name = move->at.name, *path = move->at.places->dane_path;
	int dane = move->at.places->dane, error;
	char *aside = move_aside_name(move);

	if (!aside)
		return -EEXIST;
	error = world->rename(world, dane, move->fresh, aside);
	if (!error)
		log_warning("%s: %s/%s was not made by alnitak alone; it is "
			    "kept as %s/%s", name, path, name, path, aside);
	free(aside);
	return error ? error : world->dir_sync(world, dane);
}

int move_clear_fresh(const struct move *move)
{
	struct world *world = move->at.world;
	int dane = move->at.places->dane, dir, error;
	struct file_info info;

	error = world->file_info(world, dane, move->fresh, false, &info);
	if (error)
		return error == -ENOENT ? 0 : error;
	if (info.kind != FILE_DIRECTORY)
		return set_aside(move);
	dir = world->dir_open(world, dane, move->fresh);
	if (dir < 0)
		return dir;
	error = empty_directory(move, dir);
	world->dir_close(world, dir);
	if (error == -ENOTEMPTY)
		return set_aside(move);
	return error ? error : world->dir_remove(world, dane, move->fresh);
}
