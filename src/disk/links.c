/* SPDX-License-Identifier: MIT */
#include "disk/links.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/links_internal.h"

#include <stdlib.h>

bool move_wants(const struct move *move, int kind)
{
	return kind == LINK_GENERATION ? move->wanted->generation > 0 :
	       move->wanted->files & PEM_BIT(kind);
}

char *move_temporary_name(int kind)
{
	char *name = links_name(kind), *temporary;

	temporary = xasprintf("%s%s.new", *name == '.' ? "" : ".", name);
	free(name);
	return temporary;
}

int move_fail(const struct move *move, const char *what, const char *entry,
	      int error)
{
	*move->detail = xasprintf("%s: cannot %s %s/%s: %s", move->at.name,
				  what, move->at.places->dane_path, entry,
				  strerror(-error));
	return error;
}

/* ---- Building --------------------------------------------------------- */

/*
 * A link that leads nowhere (a symbolic link inside the path of the dane
 * directory does that) must not take the place of one that works.
 */
static int check_link(const struct move *move, int dir, const char *entry)
{
	struct world *world = move->at.world;
	struct file_info info;
	int error = world->file_info(world, dir, entry, true, &info);

	if (!error && info.kind != FILE_REGULAR)
		error = -EINVAL;
	if (error)
		*move->detail = xasprintf(
			"%s: the new %s would lead to no readable file (%s); "
			"the links stay as they were; dane_directory %s must "
			"be a path without symbolic links in it", move->at.name,
			entry, strerror(-error), move->at.places->dane_path);
	return error;
}

int move_make_link(const struct move *move, int dir, int kind,
		   const char *entry)
{
	char *text = links_text(&move->at, kind, move->wanted);
	int error;

	if (!text)
		return move_fail(move, "find the way from", entry, -EINVAL);
	error = move->at.world->link_make(move->at.world, dir, text, entry);
	free(text);
	if (error)
		return move_fail(move, "make", entry, error);
	return kind == LINK_GENERATION ? 0 : check_link(move, dir, entry);
}

static int build_links(const struct move *move, int dir)
{
	int error = 0;

	for (int kind = 0; kind < LINK_KINDS && !error; kind++) {
		char *entry = links_name(kind);

		if (move_wants(move, kind))
			error = move_make_link(move, dir, kind, entry);
		free(entry);
	}
	return error;
}

static int build_fresh(const struct move *move)
{
	struct world *world = move->at.world;
	int dane = move->at.places->dane, dir, error;

	error = move_clear_fresh(move);
	if (error)
		return move_fail(move, "clear away", move->fresh, error);
	error = world->dir_make(world, dane, move->fresh,
				LINKS_DIRECTORY_MODE);
	if (error)
		return move_fail(move, "make", move->fresh, error);
	dir = world->dir_open(world, dane, move->fresh);
	if (dir < 0)
		return move_fail(move, "open", move->fresh, dir);
	error = build_links(move, dir);
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			move_fail(move, "write to disk", move->fresh, error);
	}
	world->dir_close(world, dir);
	return error;
}

/* ---- Switching -------------------------------------------------------- */

static int put_in_place(const struct move *move, const struct links *now,
			bool is_new)
{
	struct world *world = move->at.world;
	int dane = move->at.places->dane, error;

	if (is_new) {
		error = world->rename(world, dane, move->fresh, move->at.name);
		return error ? move_fail(move, "make", move->at.name, error) :
			       0;
	}
	/* Which error says that it is not supported differs between file
	 * systems; any other trouble meets the second way as well. */
	error = world->exchange(world, dane, move->fresh, move->at.name);
	return error ? move_singly(move, now) : 0;
}

/* Both directories: an earlier run may have been killed before this. */
static int sync_all(const struct move *move)
{
	struct world *world = move->at.world;
	int dir = world->dir_open(world, move->at.places->dane, move->at.name);
	int error;

	if (dir < 0)
		return dir;
	error = world->dir_sync(world, dir);
	world->dir_close(world, dir);
	return error ? error : world->dir_sync(world, move->at.places->dane);
}

/* What remains may be cleared by any later run; the switch is done. */
static int finish(const struct move *move)
{
	int error = sync_all(move);

	if (error)
		return move_fail(move, "write to disk", move->at.name, error);
	error = move_clear_fresh(move);
	if (error)
		log_verbose("%s: cannot clear away %s/%s yet: %s",
			    move->at.name, move->at.places->dane_path,
			    move->fresh, strerror(-error));
	return 0;
}

static int run_switch(const struct move *move)
{
	struct links now;
	char *reason;
	int error;

	error = links_read(&move->at, &now, &reason);
	free(reason);
	if (error)
		return move_fail(move, "read", move->at.name, error);
	if (!links_equal(&now, move->wanted) ||
	    now.generation != move->wanted->generation) {
		error = build_fresh(move);
		if (!error)
			error = put_in_place(move, &now,
					     now.place == LINKS_ABSENT);
	}
	return error ? error : finish(move);
}

int links_switch(const struct lineage *lineage, const struct links *wanted,
		 char **detail)
{
	struct move move = { *lineage, wanted, NULL, detail };
	int error, trouble;
	char *archive;

	*detail = NULL;
	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	archive = lineage_archive_path(lineage, &trouble);
	move.at.archive = archive;
	move.fresh = xasprintf(".%s.new", lineage->name);
	error = run_switch(&move);
	free(move.fresh);
	free(archive);
	return error;
}

int links_secure(const struct lineage *lineage)
{
	const struct move move = { .at = *lineage };
	struct world *world = lineage->world;
	struct file_info info;
	char *fresh;
	int error;

	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	fresh = xasprintf(".%s.new", lineage->name);
	error = world->file_info(world, lineage->places->dane, fresh, false,
				 &info);
	free(fresh);
	if (error)
		return error == -ENOENT ? 0 : error;
	error = sync_all(&move);
	return error == -ENOENT || error == -ENOTDIR ? 0 : error;
}

/* Half-made links of the link-by-link way. */
static void sweep_temporaries(const struct move *move)
{
	struct world *world = move->at.world;
	int dir = world->dir_open(world, move->at.places->dane, move->at.name);

	if (dir < 0)
		return;
	for (int kind = 0; kind < LINK_KINDS; kind++) {
		char *temporary = move_temporary_name(kind);

		world->file_remove(world, dir, temporary);
		free(temporary);
	}
	world->dir_close(world, dir);
}

void links_sweep(const struct lineage *lineage)
{
	struct move move = { .at = *lineage };
	int error, trouble;
	char *archive;

	if (!lineage_name_valid(lineage->name))
		return;
	archive = lineage_archive_path(lineage, &trouble);
	move.at.archive = archive;
	move.fresh = xasprintf(".%s.new", lineage->name);
	sweep_temporaries(&move);
	error = move_clear_fresh(&move);
	if (error)
		log_verbose("%s: cannot clear away %s/%s: %s", lineage->name,
			    lineage->places->dane_path, move.fresh,
			    strerror(-error));
	free(move.fresh);
	free(archive);
}
