/* SPDX-License-Identifier: MIT */
#include "disk/links_internal.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/links_read.h"

#include <stdlib.h>

static int make_temporary(const struct move *move, int dir, int kind)
{
	struct world *world = move->at.world;
	char *temporary = move_temporary_name(kind);
	int error = world->file_remove(world, dir, temporary);

	if (error && error != -ENOENT)
		move_fail(move, "clear away", temporary, error);
	else
		error = move_make_link(move, dir, kind, temporary);
	free(temporary);
	return error;
}

static int move_temporary(const struct move *move, int dir, int kind)
{
	struct world *world = move->at.world;
	char *entry = links_name(kind), *temporary = move_temporary_name(kind);
	int error = world->rename(world, dir, temporary, entry);

	if (error)
		move_fail(move, "replace", entry, error);
	free(entry);
	free(temporary);
	return error;
}

/* Copies what is foreign under the name of a link from DIR to ASIDE. */
static int keep_entry(const struct move *move, int dir, int aside, int kind)
{
	struct world *world = move->at.world;
	char *name = links_name(kind);
	struct entry entry;
	int error = links_read_entry(&move->at, dir, name, kind, &entry);

	if (!error && entry.is == ENTRY_FOREIGN)
		error = entry.text ?
			world->link_make(world, aside, entry.text, name) :
			world->link_hard(world, dir, name, aside, name);
	free(entry.text);
	free(name);
	return error;
}

static int keep_foreign(const struct move *move, int dir)
{
	struct world *world = move->at.world;
	const char *path = move->at.places->dane_path;
	int dane = move->at.places->dane, error = -EEXIST, aside = -1;
	char *name = move_aside_name(move);

	if (name)
		error = world->dir_make(world, dane, name,
					LINKS_DIRECTORY_MODE);
	if (!error) {
		aside = world->dir_open(world, dane, name);
		error = aside < 0 ? aside : 0;
	}
	for (int kind = 0; kind < LINK_KINDS && !error; kind++)
		error = keep_entry(move, dir, aside, kind);
	if (!error)
		error = world->dir_sync(world, aside);
	if (!error)
		error = world->dir_sync(world, dane);
	if (aside >= 0)
		world->dir_close(world, aside);
	if (error)
		move_fail(move, "keep the foreign content of", move->at.name,
			  error);
	else
		log_warning("%s: what alnitak did not make in %s/%s is kept "
			    "in %s/%s", move->at.name, path, move->at.name,
			    path, name);
	free(name);
	return error;
}

/* One that is not wanted any more. */
static int remove_link(const struct move *move, int dir, int kind)
{
	struct world *world = move->at.world;
	char *entry = links_name(kind);
	int error = world->file_remove(world, dir, entry);

	if (error == -ENOENT)
		error = 0;
	if (error)
		move_fail(move, "remove", entry, error);
	free(entry);
	return error;
}

static int move_links(const struct move *move, int dir)
{
	static const int order[PEM_LINKS] = { PEM_CHAIN, PEM_PRIVKEY,
					      PEM_FULLCHAIN, PEM_COMBINED,
					      PEM_CERT };
	int error = 0;

	for (int kind = 0; kind < LINK_KINDS && !error; kind++)
		if (move_wants(move, kind))
			error = make_temporary(move, dir, kind);
	for (int i = 0; i < PEM_LINKS && !error; i++)
		if (move_wants(move, order[i]))
			error = move_temporary(move, dir, order[i]);
	for (int kind = 0; kind < PEM_LINKS && !error; kind++)
		if (!move_wants(move, kind))
			error = remove_link(move, dir, kind);
	if (!error && move_wants(move, LINK_GENERATION))
		error = move_temporary(move, dir, LINK_GENERATION);
	return error;
}

int move_singly(const struct move *move, const struct links *now)
{
	struct world *world = move->at.world;
	int dane = move->at.places->dane, dir, error;
	struct file_info info;

	error = world->file_info(world, dane, move->at.name, false, &info);
	if (!error && info.kind != FILE_DIRECTORY)
		error = -ENOTDIR;
	dir = error ? error : world->dir_open(world, dane, move->at.name);
	if (dir < 0)
		return move_fail(move, "open", move->at.name, dir);
	if (now->place == LINKS_FOREIGN)
		error = keep_foreign(move, dir);
	if (!error)
		error = move_links(move, dir);
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			move_fail(move, "write to disk", move->at.name, error);
	}
	world->dir_close(world, dir);
	return error;
}
