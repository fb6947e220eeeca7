/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/xalloc.h"
#include "disk/lineage_place.h"

#include <stdlib.h>

/* What the four links of live/NAME say. */
struct live {
	unsigned numbers[PEM_KINDS];	/* 0 for an absent link */
	char *archive;			/* where all of them lead; NULL: none */
};

/* TARGET is NULL where it is no link at all. */
static char *say_no_link(const char *name, int kind, const char *target)
{
	const char *pem = pem_kind_names[kind];
	char *what = target ? xasprintf("leads to %s", target) :
			      xstrdup("is a file of its own");
	char *text = xasprintf(
		"live/%s/%s.pem %s and is no link to %sN.pem in the archive; "
		"certbot refuses that, too: put the link back (ln -sfn "
		"../../archive/%s/%sN.pem), or make the lineage anew (certbot "
		"certonly --cert-name %s)", name, pem, what, pem, name, pem,
		name);

	free(what);
	return text;
}

/* Takes in where the link for KIND leads, TARGET. */
static enum version_error live_link_take(const struct lineage *lineage,
					 struct live *live, int kind,
					 const char *target, char **detail)
{
	const char *name = lineage->name;
	char *base = xasprintf("%s/live/%s",
			       lineage->places->letsencrypt_path, name);
	enum version_error error = VERSION_OK;
	char *archive;

	if (!lineage_link_parse(lineage, base, target, kind, &archive,
				&live->numbers[kind])) {
		error = VERSION_BAD_LAYOUT;
		*detail = say_no_link(lineage->name, kind, target);
	} else if (!live->archive) {
		live->archive = archive;
		archive = NULL;
	} else if (!streq(live->archive, archive)) {
		error = VERSION_BAD_LAYOUT;
		*detail = xasprintf("live/%s/%s.pem leads into %s and the link "
				    "before it into %s", name,
				    pem_kind_names[kind], archive,
				    live->archive);
	}
	free(archive);
	free(base);
	return error;
}

/* Absent links are no error here: how many there are tells what it means. */
static enum version_error live_link_read(const struct lineage *lineage,
					 struct live *live, int dir, int kind,
					 char **detail)
{
	struct world *world = lineage->world;
	char *file = xasprintf("%s.pem", pem_kind_names[kind]);
	enum version_error result = VERSION_OK;
	char *target = NULL;
	int error = world->link_read(world, dir, file, &target);

	if (error == 0) {
		result = live_link_take(lineage, live, kind, target, detail);
		free(target);
	} else if (error == -EINVAL) {
		result = VERSION_BAD_LAYOUT;
		*detail = say_no_link(lineage->name, kind, NULL);
	} else if (error != -ENOENT) {
		result = VERSION_UNREADABLE;
		*detail = xasprintf("live/%s/%s: %s", lineage->name, file,
				    strerror(-error));
	}
	free(file);
	return result;
}

static enum version_error numbers_check(const unsigned *numbers,
					const char *name, char **detail)
{
	const char *missing = NULL;
	int absent = 0;

	for (int kind = 0; kind < PEM_KINDS; kind++)
		if (numbers[kind] == 0) {
			missing = pem_kind_names[kind];
			absent++;
		}
	if (absent) {
		*detail = xasprintf("live/%s/%s.pem is missing", name,
				    missing);
		return absent == PEM_KINDS ? VERSION_ABSENT
					   : VERSION_INCOMPLETE;
	}
	for (int kind = 1; kind < PEM_KINDS; kind++) {
		if (numbers[kind] == numbers[0])
			continue;
		*detail = xasprintf("live/%s/%s.pem shows version %u and "
				    "%s.pem version %u", name,
				    pem_kind_names[0], numbers[0],
				    pem_kind_names[kind], numbers[kind]);
		return VERSION_MIXED;
	}
	return VERSION_OK;
}

/* ---- Is it the archive that certbot means? ----------------------------- */

/* Of NAME, or 0 where there is no such file. 0 or a negative errno. */
static int inode_read(struct world *world, int dir, const char *name,
		      uint64_t *inode)
{
	struct file_info info;
	int error = world->file_info(world, dir, name, true, &info);

	*inode = error ? 0 : info.inode;
	return error == -ENOENT || error == -ENOTDIR ? 0 : error;
}

/*
 * What is opened by its name must be what the link leads to: they differ where
 * a directory in the way is itself a symbolic link, for ".." goes up from
 * where that leads.
 */
static enum version_error file_check(const struct lineage *lineage, int dir,
				     const char *link, int archive,
				     const char *file, char **detail)
{
	struct world *world = lineage->world;
	uint64_t led_to, named;
	int error = inode_read(world, dir, link, &led_to);

	if (!error)
		error = inode_read(world, archive, file, &named);
	if (error) {
		*detail = xasprintf("live/%s/%s: %s", lineage->name, link,
				    strerror(-error));
		return VERSION_UNREADABLE;
	}
	if (led_to == named)
		return VERSION_OK;
	*detail = xasprintf("live/%s/%s leads to another file than its text "
			    "says, for a directory in the way is itself a "
			    "symbolic link; make the link absolute",
			    lineage->name, link);
	return VERSION_BAD_LAYOUT;
}

static enum version_error files_check(const struct lineage *lineage,
				      const struct live *live, int dir,
				      char **detail)
{
	struct world *world = lineage->world;
	int archive = world->dir_open(world, lineage->places->letsencrypt,
				      live->archive);
	enum version_error error = VERSION_OK;

	for (int kind = 0; archive >= 0 && kind < PEM_KINDS && !error; kind++) {
		char *link = xasprintf("%s.pem", pem_kind_names[kind]);
		char *file = xasprintf("%s%u.pem", pem_kind_names[kind],
				       live->numbers[kind]);

		error = file_check(lineage, dir, link, archive, file, detail);
		free(link);
		free(file);
	}
	if (archive >= 0)
		world->dir_close(world, archive);
	return error;
}

static enum version_error archive_check(const struct lineage *lineage,
					const struct live *live, char **detail)
{
	char *fault = lineage_archive_fault(lineage, live->archive);

	if (!fault)
		return VERSION_OK;
	*detail = xasprintf("live/%s leads into %s", lineage->name, fault);
	free(fault);
	return VERSION_BAD_LAYOUT;
}

/* ---- The whole --------------------------------------------------------- */

/* All that there is to say about the open directory live/NAME. */
static enum version_error live_check(const struct lineage *lineage, int dir,
				     struct live *live, char **detail)
{
	enum version_error error = VERSION_OK;

	for (int kind = 0; kind < PEM_KINDS && error == VERSION_OK; kind++)
		error = live_link_read(lineage, live, dir, kind, detail);
	if (error == VERSION_OK)
		error = numbers_check(live->numbers, lineage->name, detail);
	if (error == VERSION_OK)
		error = archive_check(lineage, live, detail);
	return error == VERSION_OK ? files_check(lineage, live, dir, detail) :
				     error;
}

static enum version_error live_read(const struct lineage *lineage,
				    struct live *live, char **detail)
{
	struct world *world = lineage->world;
	char *path = xasprintf("live/%s", lineage->name);
	int dir = world->dir_open(world, lineage->places->letsencrypt, path);
	enum version_error error;

	if (dir >= 0) {
		error = live_check(lineage, dir, live, detail);
		world->dir_close(world, dir);
	} else {
		error = dir == -ENOENT || dir == -ENOTDIR ?
			VERSION_ABSENT : VERSION_UNREADABLE;
		*detail = xasprintf("%s: %s", path, strerror(-dir));
	}
	free(path);
	return error;
}

enum version_error lineage_load_live(const struct lineage *lineage,
				     struct chain **chain, unsigned *number,
				     char **detail)
{
	struct live live = { .archive = NULL };
	struct lineage at = *lineage;
	enum version_error error;

	*chain = NULL;
	*number = 0;
	*detail = NULL;
	error = live_read(lineage, &live, detail);
	if (error == VERSION_OK) {
		at.archive = live.archive;
		*number = live.numbers[0];
		error = lineage_load_archive(&at, *number, chain, detail);
	}
	free(live.archive);
	return error;
}
