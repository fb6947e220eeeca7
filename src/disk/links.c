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
struct job {
	struct world *world;
	const struct links_places *places;
	const char *name;
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

static int fail(const struct job *job, const char *what, const char *entry,
		int error)
{
	*job->detail = xasprintf("%s: cannot %s %s/%s: %s", job->name, what,
				 job->places->dane_path, entry,
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
static int check_ours(const struct job *job, int dir, const char *entry)
{
	int kind = kind_of_entry(entry), error;
	enum entry_kind found = ENTRY_FOREIGN;
	struct links links;
	char *text;

	if (kind < 0)
		return -ENOTEMPTY;
	error = links_read_entry(job->world, job->places, job->name, dir,
				 entry, kind, &found, &links, &text);
	free(text);
	if (error)
		return error;
	return found == ENTRY_FOREIGN ? -ENOTEMPTY : 0;
}

/* Empties DIR where all in it is ours; else -ENOTEMPTY, and nothing done. */
static int empty_directory(const struct job *job, int dir)
{
	struct world *world = job->world;
	struct names names = { 0 };
	int error = world->dir_list(world, dir, &names);

	for (size_t i = 0; i < names.count && !error; i++)
		error = check_ours(job, dir, names.names[i]);
	for (size_t i = 0; i < names.count && !error; i++)
		error = world->file_remove(world, dir, names.names[i]);
	names_free(&names);
	return error;
}

/* ".NAME.old-N", the first that is free; allocated, or NULL. */
static char *aside_name(const struct job *job)
{
	struct file_info info;

	for (unsigned n = 1; n <= SET_ASIDE_MAX; n++) {
		char *aside = xasprintf(".%s.old-%u", job->name, n);
		int error = job->world->file_info(
			job->world, job->places->dane, aside, false, &info);

		if (error == -ENOENT)
			return aside;
		free(aside);
		if (error)
			break;
	}
	return NULL;
}

static int set_aside(const struct job *job)
{
	char *aside = aside_name(job);
	int error;

	if (!aside)
		return -EEXIST;
	error = job->world->rename(job->world, job->places->dane, job->fresh,
				   aside);
	if (!error)
		log_warning("%s: %s/%s was not made by alnitak alone; it is "
			    "kept as %s/%s", job->name, job->places->dane_path,
			    job->name, job->places->dane_path, aside);
	free(aside);
	return error ? error :
		job->world->dir_sync(job->world, job->places->dane);
}

/*
 * Removes ".NAME.new": a half-built directory, or the one that an exchange
 * put there. Only then can it hold what others made, and is set aside.
 */
static int clear_fresh(const struct job *job)
{
	struct world *world = job->world;
	int dane = job->places->dane, dir, error;
	struct file_info info;

	error = world->file_info(world, dane, job->fresh, false, &info);
	if (error)
		return error == -ENOENT ? 0 : error;
	if (info.kind != FILE_DIRECTORY)
		return set_aside(job);
	dir = world->dir_open(world, dane, job->fresh);
	if (dir < 0)
		return dir;
	error = empty_directory(job, dir);
	world->dir_close(world, dir);
	if (error == -ENOTEMPTY)
		return set_aside(job);
	return error ? error : world->dir_remove(world, dane, job->fresh);
}

/* ---- Building --------------------------------------------------------- */

/*
 * A link that leads nowhere (a symbolic link inside the path of the dane
 * directory does that) must not take the place of one that works.
 */
static int check_link(const struct job *job, int dir, const char *entry)
{
	struct file_info info;
	int error = job->world->file_info(job->world, dir, entry, true, &info);

	if (!error && info.kind != FILE_REGULAR)
		error = -EINVAL;
	if (error)
		*job->detail = xasprintf(
			"%s: the new %s would lead to no readable file (%s); "
			"the links stay as they were; dane_directory %s must "
			"be a path without symbolic links in it", job->name,
			entry, strerror(-error), job->places->dane_path);
	return error;
}

/* The link for KIND under the name ENTRY in DIR. */
static int make_link(const struct job *job, int dir, int kind,
		     const char *entry)
{
	char *text = links_text(job->places, job->name, kind, job->wanted);
	int error;

	if (!text)
		return fail(job, "find the way from", entry, -EINVAL);
	error = job->world->link_make(job->world, dir, text, entry);
	free(text);
	if (error)
		return fail(job, "make", entry, error);
	return check_link(job, dir, entry);
}

static int build_fresh(const struct job *job)
{
	struct world *world = job->world;
	int dane = job->places->dane, dir, error;

	error = clear_fresh(job);
	if (error)
		return fail(job, "clear away", job->fresh, error);
	error = world->dir_make(world, dane, job->fresh, DIRECTORY_MODE);
	if (error)
		return fail(job, "make", job->fresh, error);
	dir = world->dir_open(world, dane, job->fresh);
	if (dir < 0)
		return fail(job, "open", job->fresh, dir);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		char *entry = pem_name(kind);

		error = make_link(job, dir, kind, entry);
		free(entry);
	}
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			fail(job, "write to disk", job->fresh, error);
	}
	world->dir_close(world, dir);
	return error;
}

/* ---- Link by link, where the file system cannot exchange --------------- */

static int make_temporary(const struct job *job, int dir, int kind)
{
	struct world *world = job->world;
	char *temporary = temporary_name(kind);
	int error = world->file_remove(world, dir, temporary);

	if (error && error != -ENOENT)
		fail(job, "clear away", temporary, error);
	else
		error = make_link(job, dir, kind, temporary);
	free(temporary);
	return error;
}

static int move_temporary(const struct job *job, int dir, int kind)
{
	char *entry = pem_name(kind), *temporary = temporary_name(kind);
	int error = job->world->rename(job->world, dir, temporary, entry);

	if (error)
		fail(job, "replace", entry, error);
	free(entry);
	free(temporary);
	return error;
}

/* Copies what is foreign under the name of a link from DIR to ASIDE. */
static int keep_entry(const struct job *job, int dir, int aside, int kind)
{
	struct world *world = job->world;
	char *entry = pem_name(kind), *text;
	enum entry_kind found = ENTRY_MISSING;
	struct links links;
	int error;

	error = links_read_entry(world, job->places, job->name, dir, entry,
				 kind, &found, &links, &text);
	if (!error && found == ENTRY_FOREIGN)
		error = text ? world->link_make(world, aside, text, entry) :
			world->link_hard(world, dir, entry, aside, entry);
	free(text);
	free(entry);
	return error;
}

static int keep_foreign(const struct job *job, int dir)
{
	struct world *world = job->world;
	int dane = job->places->dane, error = -EEXIST, aside = -1;
	char *name = aside_name(job);

	if (name)
		error = world->dir_make(world, dane, name, DIRECTORY_MODE);
	if (!error) {
		aside = world->dir_open(world, dane, name);
		error = aside < 0 ? aside : 0;
	}
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		error = keep_entry(job, dir, aside, kind);
	if (!error)
		error = world->dir_sync(world, aside);
	if (!error)
		error = world->dir_sync(world, dane);
	if (aside >= 0)
		world->dir_close(world, aside);
	if (error)
		fail(job, "keep the foreign content of", job->name, error);
	else
		log_warning("%s: what alnitak did not make in %s/%s is kept "
			    "in %s/%s", job->name, job->places->dane_path,
			    job->name, job->places->dane_path, name);
	free(name);
	return error;
}

/*
 * None moves before all are made: a full disk leaves them as they were. The
 * certificate last: who watches one file for changes watches that.
 */
static int switch_by_link(const struct job *job, const struct links *now)
{
	static const int order[PEM_KINDS] = { PEM_CHAIN, PEM_PRIVKEY,
					      PEM_FULLCHAIN, PEM_CERT };
	struct world *world = job->world;
	struct file_info info;
	int dir, error;

	error = world->file_info(world, job->places->dane, job->name, false,
				 &info);
	if (!error && info.kind != FILE_DIRECTORY)
		error = -ENOTDIR;
	dir = error ? error : world->dir_open(world, job->places->dane,
					      job->name);
	if (dir < 0)
		return fail(job, "open", job->name, dir);
	if (now->place == LINKS_FOREIGN)
		error = keep_foreign(job, dir);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		error = make_temporary(job, dir, kind);
	for (int i = 0; i < PEM_KINDS && !error; i++)
		error = move_temporary(job, dir, order[i]);
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			fail(job, "write to disk", job->name, error);
	}
	world->dir_close(world, dir);
	return error;
}

/* ---- Switching -------------------------------------------------------- */

static int put_in_place(const struct job *job, const struct links *now,
			bool is_new)
{
	struct world *world = job->world;
	int dane = job->places->dane, error;

	if (is_new) {
		error = world->rename(world, dane, job->fresh, job->name);
		return error ? fail(job, "make", job->name, error) : 0;
	}
	/* Which error says that it is not supported differs between file
	 * systems; any other trouble meets the second way as well. */
	error = world->exchange(world, dane, job->fresh, job->name);
	return error ? switch_by_link(job, now) : 0;
}

/* Both directories: an earlier run may have been killed before this. */
static int sync_all(const struct job *job)
{
	struct world *world = job->world;
	int dir = world->dir_open(world, job->places->dane, job->name);
	int error;

	if (dir < 0)
		return dir;
	error = world->dir_sync(world, dir);
	world->dir_close(world, dir);
	return error ? error : world->dir_sync(world, job->places->dane);
}

/* What remains may be cleared by any later run; the switch is done. */
static int finish(const struct job *job)
{
	int error = sync_all(job);

	if (error)
		return fail(job, "write to disk", job->name, error);
	error = clear_fresh(job);
	if (error)
		log_verbose("%s: cannot clear away %s/%s yet: %s", job->name,
			    job->places->dane_path, job->fresh,
			    strerror(-error));
	return 0;
}

static int run_switch(const struct job *job)
{
	struct links now;
	char *reason;
	int error;

	error = links_read(job->world, job->places, job->name, &now, &reason);
	free(reason);
	if (error)
		return fail(job, "read", job->name, error);
	if (!links_equal(&now, job->wanted)) {
		error = build_fresh(job);
		if (!error)
			error = put_in_place(job, &now,
					     now.place == LINKS_ABSENT);
	}
	return error ? error : finish(job);
}

int links_switch(struct world *world, const struct links_places *places,
		 const char *name, const struct links *wanted, char **detail)
{
	struct job job = { world, places, name, wanted, NULL, detail };
	int error;

	*detail = NULL;
	if (!lineage_name_valid(name))
		return -EINVAL;
	job.fresh = xasprintf(".%s.new", name);
	error = run_switch(&job);
	free(job.fresh);
	return error;
}

int links_secure(struct world *world, const struct links_places *places,
		 const char *name)
{
	struct job job = { world, places, name, NULL, NULL, NULL };
	struct file_info info;
	int error;

	if (!lineage_name_valid(name))
		return -EINVAL;
	job.fresh = xasprintf(".%s.new", name);
	error = world->file_info(world, places->dane, job.fresh, false, &info);
	free(job.fresh);
	if (error)
		return error == -ENOENT ? 0 : error;
	error = sync_all(&job);
	return error == -ENOENT || error == -ENOTDIR ? 0 : error;
}

/* Half-made links of the link-by-link way. */
static void sweep_temporaries(const struct job *job)
{
	struct world *world = job->world;
	int dir = world->dir_open(world, job->places->dane, job->name);

	if (dir < 0)
		return;
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *temporary = temporary_name(kind);

		world->file_remove(world, dir, temporary);
		free(temporary);
	}
	world->dir_close(world, dir);
}

void links_sweep(struct world *world, const struct links_places *places,
		 const char *name)
{
	struct job job = { world, places, name, NULL, NULL, NULL };
	int error;

	if (!lineage_name_valid(name))
		return;
	job.fresh = xasprintf(".%s.new", name);
	sweep_temporaries(&job);
	error = clear_fresh(&job);
	if (error)
		log_verbose("%s: cannot clear away %s/%s: %s", name,
			    places->dane_path, job.fresh, strerror(-error));
	free(job.fresh);
}
