/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

unsigned lineage_file_number(const char *name, const char *kind)
{
	size_t size = strlen(kind), digits;
	unsigned number = 0;

	if (strncmp(name, kind, size) != 0)
		return 0;
	name += size;
	digits = strspn(name, "0123456789");
	if (digits == 0 || digits > 9 || *name == '0' ||
	    !streq(name + digits, ".pem"))
		return 0;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (unsigned)(name[i] - '0');
	return number;
}

enum version_error lineage_load_archive(const struct lineage *lineage,
					unsigned number, struct chain **chain,
					char **detail)
{
	char *suffix = xasprintf("%u", number), *path;
	enum version_error error;
	int trouble;

	path = lineage_archive_path(lineage, &trouble);
	error = version_load(lineage->world, lineage->places->shelf,
			     lineage->places->letsencrypt, path, suffix,
			     chain, detail);
	free(suffix);
	free(path);
	return error;
}

static int numbers_compare(const void *a, const void *b)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

	return left < right ? -1 : left > right;
}

/* Opens the archive PATH and lists the numbers of its full chains in ascending
 * order. The handle, or a negative errno. */
static int archive_open(const struct lineage *lineage, const char *path,
			unsigned **numbers, size_t *count)
{
	struct world *world = lineage->world;
	int archive = world->dir_open(world, lineage->places->letsencrypt,
				      path);
	struct texts names = { .items = NULL };
	int error = 0;

	*numbers = NULL;
	*count = 0;
	if (archive >= 0)
		error = world->dir_list(world, archive, &names);
	for (size_t i = 0; archive >= 0 && !error && i < names.count; i++) {
		unsigned number = lineage_file_number(names.items[i],
			pem_kind_names[PEM_FULLCHAIN]);

		if (number)
			*array_push(*numbers, *count) = number;
	}
	if (error)
		world->dir_close(world, archive);
	else
		texts_clear(&names);
	if (*count)
		qsort(*numbers, *count, sizeof(**numbers), numbers_compare);
	if (*count > ARCHIVE_VERSIONS_MAX) {
		log_warning("%s: has %zu versions; only the last %d are "
			    "looked at", path, *count, ARCHIVE_VERSIONS_MAX);
		memmove(*numbers, *numbers + *count - ARCHIVE_VERSIONS_MAX,
			ARCHIVE_VERSIONS_MAX * sizeof(**numbers));
		*count = ARCHIVE_VERSIONS_MAX;
	}
	return error ? error : archive;
}

static void note_trouble(int *trouble, int error)
{
	if (error && error != -ENOENT && !*trouble)
		*trouble = error;
}

static struct chain *text_chain(struct shelf *shelf, const char *text,
				size_t size)
{
	const struct shelf_text whole = { text, size };
	struct fingerprint key;
	struct chain *chain;

	shelf_key(&whole, 1, &key);
	chain = shelf_find(shelf, &key);
	if (!chain && chain_parse(text, size, &chain) == CHAIN_OK)
		shelf_put(shelf, &key, chain);
	return chain;
}

/* The full chain of NUMBER in the open archive, or NULL. */
static struct chain *archive_chain(const struct lineage *lineage, int archive,
				   unsigned number, int *trouble)
{
	struct world *world = lineage->world;
	char *file = xasprintf("%s%u.pem", pem_kind_names[PEM_FULLCHAIN],
			       number), *text = NULL;
	struct chain *chain = NULL;
	size_t size = 0;
	int error = world->file_read(world, archive, file, PEM_SIZE_MAX, &text,
				     &size, NULL);

	note_trouble(trouble, error);
	if (!error) {
		chain = text_chain(lineage->places->shelf, text, size);
		free(text);
	}
	free(file);
	return chain;
}

static bool archive_is_version(const struct lineage *lineage, unsigned number,
			       const struct fingerprint *version, int *trouble)
{
	struct chain *chain;
	char *detail;
	enum version_error error = lineage_load_archive(lineage, number,
							&chain, &detail);
	bool is = chain_is(chain, version);

	free(detail);
	chain_free(chain);
	if (error == VERSION_UNREADABLE)
		note_trouble(trouble, -EIO);
	return is;
}

/* LINEAGE knows its archive here. */
static unsigned archive_find(const struct lineage *lineage,
			     const struct fingerprint *version, int *trouble)
{
	struct world *world = lineage->world;
	unsigned *numbers, found = 0;
	size_t count;
	int archive = archive_open(lineage, lineage->archive, &numbers,
				   &count);

	if (archive < 0) {
		note_trouble(trouble, archive);
		return 0;
	}
	for (size_t i = count; i > 0 && !found; i--) {
		struct chain *chain = archive_chain(lineage, archive,
						    numbers[i - 1], trouble);

		if (chain_begins(chain, version) &&
		    archive_is_version(lineage, numbers[i - 1], version,
				       trouble))
			found = numbers[i - 1];
		chain_free(chain);
	}
	world->dir_close(world, archive);
	free(numbers);
	return found;
}

unsigned lineage_find(const struct lineage *lineage,
		      const struct fingerprint *version, int *trouble)
{
	struct lineage at = *lineage;
	char *archive = lineage_archive_path(lineage, trouble);
	unsigned number;

	at.archive = archive;
	number = archive_find(&at, version, trouble);
	free(archive);
	return number;
}

/* The same where all four files are there, and belong together. */
static struct chain *archive_version(const struct lineage *lineage, int archive,
				     unsigned number, int *trouble)
{
	struct chain *chain;
	char *detail;

	(void)archive;
	if (lineage_load_archive(lineage, number, &chain, &detail) ==
	    VERSION_UNREADABLE)
		note_trouble(trouble, -EIO);
	free(detail);
	return chain;
}

/* Whatever LOAD finds under the archive's numbers; *MORE: it has others. */
static struct chains archive_all(const struct lineage *lineage, bool *more,
				 int *trouble,
				 struct chain *(*load)(const struct lineage *,
						       int, unsigned, int *))
{
	char *path = lineage_archive_path(lineage, trouble);
	struct world *world = lineage->world;
	struct chains chains = { NULL, 0 };
	struct lineage at = *lineage;
	unsigned *numbers;
	size_t count;
	int archive = archive_open(lineage, path, &numbers, &count);

	at.archive = path;
	for (size_t i = 0; archive >= 0 && i < count; i++) {
		struct chain *chain = load(&at, archive, numbers[i], trouble);

		if (chain)
			chains_add(&chains, chain);
	}
	if (archive >= 0)
		world->dir_close(world, archive);
	else
		note_trouble(trouble, archive);
	*more = archive < 0 || chains.count < count;
	free(numbers);
	free(path);
	return chains;
}

struct chains lineage_archive_chains(const struct lineage *lineage,
				     int *trouble)
{
	bool more;

	return archive_all(lineage, &more, trouble, archive_chain);
}

struct chains lineage_archive_versions(const struct lineage *lineage,
				       bool *more, int *trouble)
{
	return archive_all(lineage, more, trouble, archive_version);
}
