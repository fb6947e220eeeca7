/* SPDX-License-Identifier: MIT */
#include "disk/lineage_place.h"

#include "base/bounds.h"
#include "base/path.h"
#include "base/xalloc.h"
#include "disk/renewal.h"
#include "world/trust.h"

#include <stdlib.h>

static bool is_within(const char *path, const char *directory)
{
	return streq(path, directory) || path_after(path, directory);
}

/* PATH below letsencrypt if it is there, else as it is; both absolute. */
static char *shorten(const struct lineage *lineage, const char *path)
{
	char *root = path_normalise(lineage->places->letsencrypt_path);
	const char *rest = path_after(path, root);
	char *text = xstrdup(rest ? rest : path);

	free(root);
	return text;
}

char *lineage_archive_absolute(const struct lineage *lineage,
			       const char *archive)
{
	return path_join(lineage->places->letsencrypt_path, archive);
}

/* ---- What a link says ------------------------------------------------- */

bool lineage_link_parse(const struct lineage *lineage, const char *base,
			const char *text, int kind, char **archive,
			unsigned *number)
{
	char *path = path_join(base, text), *file = strrchr(path, '/');

	*archive = NULL;
	*number = file && file > path ?
		  lineage_file_number(file + 1, pem_kind_names[kind]) : 0;
	if (*number) {
		*file = '\0';
		*archive = shorten(lineage, path);
	}
	free(path);
	return *number > 0;
}

/* Links that lead to links would go round, or keep what certbot deletes. */
static bool is_ours(const struct lineage *lineage, const char *path)
{
	const struct links_places *places = lineage->places;
	const char *const roots[] = { places->dane_path, places->state_path };
	char *live = lineage_archive_absolute(lineage, "live");
	bool found = is_within(path, live);

	free(live);
	for (size_t i = 0; i < 2 && !found; i++) {
		char *root = roots[i] ? path_normalise(roots[i]) : NULL;

		found = root && is_within(path, root);
		free(root);
	}
	return found;
}

char *lineage_archive_fault(const struct lineage *lineage, const char *archive)
{
	char *path = lineage_archive_absolute(lineage, archive);
	char *open = NULL, *fault = NULL;

	if (is_ours(lineage, path))
		fault = xasprintf("%s, which is no archive", path);
	else if (archive[0] == '/')
		open = trust_walk(lineage->world, path);
	if (open)
		fault = xasprintf("%s, and others can change %s; chown root, "
				  "and chmod go-w", path, open);
	free(open);
	free(path);
	return fault;
}

/* ---- Where the archive is --------------------------------------------- */

static void note_trouble(int *trouble, int error)
{
	if (error && error != -ENOENT && error != -ENOTDIR &&
	    error != -EINVAL && !*trouble)
		*trouble = error;
}

/* The directory that the link for KIND in the open directory BASE leads to, or
 * NULL. */
static char *link_archive(const struct lineage *lineage, int dir,
			  const char *base, int kind, int *trouble)
{
	char *name = xasprintf("%s.pem", pem_kind_names[kind]);
	char *text = NULL, *archive = NULL, *fault = NULL;
	unsigned number;
	int error = lineage->world->link_read(lineage->world, dir, name, &text);

	note_trouble(trouble, error);
	if (!error && lineage_link_parse(lineage, base, text, kind, &archive,
					 &number))
		fault = lineage_archive_fault(lineage, archive);
	if (fault) {
		free(archive);
		archive = NULL;
	}
	free(fault);
	free(text);
	free(name);
	return archive;
}

/* The first directory that a link in PATH below DIR (at ROOT) leads to. */
static char *links_archive(const struct lineage *lineage, int dir,
			   const char *root, const char *path, int *trouble)
{
	struct world *world = lineage->world;
	int links = world->dir_open(world, dir, path);
	char *archive = NULL, *base;

	if (links < 0) {
		note_trouble(trouble, links);
		return NULL;
	}
	base = xasprintf("%s/%s", root, path);
	for (int kind = 0; kind < PEM_KINDS && !archive; kind++)
		archive = link_archive(lineage, links, base, kind, trouble);
	world->dir_close(world, links);
	free(base);
	return archive;
}

static char *live_archive(const struct lineage *lineage, int *trouble)
{
	char *path = xasprintf("live/%s", lineage->name);
	char *archive = links_archive(lineage, lineage->places->letsencrypt,
				      lineage->places->letsencrypt_path, path,
				      trouble);

	free(path);
	return archive;
}

/* What our own links show; certbot may have deleted all else. */
static char *dane_archive(const struct lineage *lineage, int *trouble)
{
	const struct links_places *places = lineage->places;

	if (!places->dane_path)
		return NULL;
	return links_archive(lineage, places->dane, places->dane_path,
			     lineage->name, trouble);
}

/* The archive that certbot wants, for *ARCHIVE (allocated). A negative errno
 * where renewal/NAME.conf cannot be read. */
static int renewal_read(const struct lineage *lineage, char **archive)
{
	struct world *world = lineage->world;
	char *path = xasprintf("renewal/%s.conf", lineage->name), *text = NULL;
	char *named, *absolute;
	size_t size;
	int error = world->file_read(world, lineage->places->letsencrypt, path,
				     RENEWAL_SIZE_MAX, &text, &size, NULL);

	free(path);
	*archive = NULL;
	if (error)
		return error;
	named = renewal_archive_dir(text);
	free(text);
	if (!named)
		named = xasprintf("archive/%s", lineage->name);
	absolute = lineage_archive_absolute(lineage, named);
	*archive = shorten(lineage, absolute);
	free(absolute);
	free(named);
	return 0;
}

static char *renewal_archive(const struct lineage *lineage, int *trouble)
{
	char *archive, *fault = NULL;

	note_trouble(trouble, renewal_read(lineage, &archive));
	if (archive)
		fault = lineage_archive_fault(lineage, archive);
	if (fault) {
		free(archive);
		archive = NULL;
	}
	free(fault);
	return archive;
}

char *lineage_archive_path(const struct lineage *lineage, int *trouble)
{
	char *archive;

	*trouble = 0;
	if (lineage->archive)
		return xstrdup(lineage->archive);
	archive = live_archive(lineage, trouble);
	if (!archive)
		archive = renewal_archive(lineage, trouble);
	if (!archive)
		archive = dane_archive(lineage, trouble);
	return archive ? archive : xasprintf("archive/%s", lineage->name);
}

/* ---- What certbot makes of it ------------------------------------------ */

static bool same_directory(struct world *world, const char *a, const char *b)
{
	struct file_info left, right;

	return streq(a, b) ||
	       (!world->file_info(world, WORLD_CWD, a, true, &left) &&
		!world->file_info(world, WORLD_CWD, b, true, &right) &&
		left.inode == right.inode);
}

char *lineage_renewal_fault(const struct lineage *lineage)
{
	const char *name = lineage->name;
	char *wanted, *archive, *left, *right, *fault = NULL;
	int trouble;

	if (renewal_read(lineage, &wanted))
		return NULL;
	archive = lineage_archive_path(lineage, &trouble);
	left = lineage_archive_absolute(lineage, archive);
	right = lineage_archive_absolute(lineage, wanted);
	if (!same_directory(lineage->world, left, right))
		fault = xasprintf(
			"live/%s leads into %s, but certbot will put the next "
			"version into %s (archive_dir in renewal/%s.conf) and "
			"have live lead nowhere; certbot update_symlinks moves "
			"the links, or change archive_dir", name, left, right,
			name);
	free(right);
	free(left);
	free(archive);
	free(wanted);
	return fault;
}
