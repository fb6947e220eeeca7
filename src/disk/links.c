/* SPDX-License-Identifier: MIT */
#include "disk/links.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/links_path.h"
#include "disk/links_read.h"

#include <stdlib.h>

#define DIRECTORY_MODE 0755
#define SET_ASIDE_MAX 9999

/* One switch under way. */
struct move {
	struct lineage at;
	const struct links *wanted;
	char *fresh;		/* ".NAME.new" */
	char **detail;
};

static char *pem_name(int kind)
{
	return xasprintf("%s.pem", pem_kind_names[kind]);
}

/* Of the link-by-link way: made here, then moved over KIND.pem. */
static char *temporary_name(int kind)
{
	return xasprintf(".%s.pem.new", pem_kind_names[kind]);
}

static int fail(const struct move *move, const char *what, const char *entry,
		int error)
{
	*move->detail = xasprintf("%s: cannot %s %s/%s: %s", move->at.name,
				  what, move->at.places->dane_path, entry,
				  strerror(-error));
	return error;
}

/* ---- Clearing away ---------------------------------------------------- */

/* Which link ENTRY is by its name; -1: none that a switch makes. */
static int kind_of_entry(const char *entry)
{
	int found = -1;

	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *pem = pem_name(kind), *temporary = temporary_name(kind);

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

/* ".NAME.old-N", the first that is free; allocated, or NULL. */
static char *aside_name(const struct move *move)
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
	char *aside = aside_name(move);

	if (!aside)
		return -EEXIST;
	error = world->rename(world, dane, move->fresh, aside);
	if (!error)
		log_warning("%s: %s/%s was not made by alnitak alone; it is "
			    "kept as %s/%s", name, path, name, path, aside);
	free(aside);
	return error ? error : world->dir_sync(world, dane);
}

/*
 * Removes ".NAME.new": a half-built directory, or the one that an exchange
 * put there. Only then can it hold what others made, and is set aside.
 */
static int clear_fresh(const struct move *move)
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

/* The link for KIND under the name ENTRY in DIR. */
static int make_link(const struct move *move, int dir, int kind,
		     const char *entry)
{
	char *text = links_text(&move->at, kind, move->wanted);
	int error;

	if (!text)
		return fail(move, "find the way from", entry, -EINVAL);
	error = move->at.world->link_make(move->at.world, dir, text, entry);
	free(text);
	if (error)
		return fail(move, "make", entry, error);
	return check_link(move, dir, entry);
}

static int build_fresh(const struct move *move)
{
	struct world *world = move->at.world;
	int dane = move->at.places->dane, dir, error;

	error = clear_fresh(move);
	if (error)
		return fail(move, "clear away", move->fresh, error);
	error = world->dir_make(world, dane, move->fresh, DIRECTORY_MODE);
	if (error)
		return fail(move, "make", move->fresh, error);
	dir = world->dir_open(world, dane, move->fresh);
	if (dir < 0)
		return fail(move, "open", move->fresh, dir);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		char *entry = pem_name(kind);

		error = make_link(move, dir, kind, entry);
		free(entry);
	}
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			fail(move, "write to disk", move->fresh, error);
	}
	world->dir_close(world, dir);
	return error;
}

/* ---- Link by link, where the file system cannot exchange --------------- */

static int make_temporary(const struct move *move, int dir, int kind)
{
	struct world *world = move->at.world;
	char *temporary = temporary_name(kind);
	int error = world->file_remove(world, dir, temporary);

	if (error && error != -ENOENT)
		fail(move, "clear away", temporary, error);
	else
		error = make_link(move, dir, kind, temporary);
	free(temporary);
	return error;
}

static int move_temporary(const struct move *move, int dir, int kind)
{
	struct world *world = move->at.world;
	char *entry = pem_name(kind), *temporary = temporary_name(kind);
	int error = world->rename(world, dir, temporary, entry);

	if (error)
		fail(move, "replace", entry, error);
	free(entry);
	free(temporary);
	return error;
}

/* Copies what is foreign under the name of a link from DIR to ASIDE. */
static int keep_entry(const struct move *move, int dir, int aside, int kind)
{
	struct world *world = move->at.world;
	char *name = pem_name(kind);
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
	char *name = aside_name(move);

	if (name)
		error = world->dir_make(world, dane, name, DIRECTORY_MODE);
	if (!error) {
		aside = world->dir_open(world, dane, name);
		error = aside < 0 ? aside : 0;
	}
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		error = keep_entry(move, dir, aside, kind);
	if (!error)
		error = world->dir_sync(world, aside);
	if (!error)
		error = world->dir_sync(world, dane);
	if (aside >= 0)
		world->dir_close(world, aside);
	if (error)
		fail(move, "keep the foreign content of", move->at.name, error);
	else
		log_warning("%s: what alnitak did not make in %s/%s is kept "
			    "in %s/%s", move->at.name, path, move->at.name,
			    path, name);
	free(name);
	return error;
}

/*
 * None moves before all are made: a full disk leaves them as they were. The
 * certificate last: who watches one file for changes watches that.
 */
static int switch_by_link(const struct move *move, const struct links *now)
{
	static const int order[PEM_KINDS] = { PEM_CHAIN, PEM_PRIVKEY,
					      PEM_FULLCHAIN, PEM_CERT };
	struct world *world = move->at.world;
	int dane = move->at.places->dane, dir, error;
	struct file_info info;

	error = world->file_info(world, dane, move->at.name, false, &info);
	if (!error && info.kind != FILE_DIRECTORY)
		error = -ENOTDIR;
	dir = error ? error : world->dir_open(world, dane, move->at.name);
	if (dir < 0)
		return fail(move, "open", move->at.name, dir);
	if (now->place == LINKS_FOREIGN)
		error = keep_foreign(move, dir);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		error = make_temporary(move, dir, kind);
	for (int i = 0; i < PEM_KINDS && !error; i++)
		error = move_temporary(move, dir, order[i]);
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			fail(move, "write to disk", move->at.name, error);
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
		return error ? fail(move, "make", move->at.name, error) : 0;
	}
	/* Which error says that it is not supported differs between file
	 * systems; any other trouble meets the second way as well. */
	error = world->exchange(world, dane, move->fresh, move->at.name);
	return error ? switch_by_link(move, now) : 0;
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
		return fail(move, "write to disk", move->at.name, error);
	error = clear_fresh(move);
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
		return fail(move, "read", move->at.name, error);
	if (!links_equal(&now, move->wanted)) {
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
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *temporary = temporary_name(kind);

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
	error = clear_fresh(&move);
	if (error)
		log_verbose("%s: cannot clear away %s/%s: %s", lineage->name,
			    lineage->places->dane_path, move.fresh,
			    strerror(-error));
	free(move.fresh);
	free(archive);
}
