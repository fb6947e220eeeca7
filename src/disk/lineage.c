/* SPDX-License-Identifier: MIT */
#include "disk/lineage.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* The number that the live link TARGET leads to, or 0. */
static unsigned target_number(const char *target, const char *name,
			      const char *kind)
{
	char *prefix = xasprintf("../../archive/%s/", name);
	size_t size = strlen(prefix);
	unsigned number = 0;

	if (strncmp(target, prefix, size) == 0)
		number = lineage_file_number(target + size, kind);
	free(prefix);
	return number;
}

/* Where one link in the open directory live/NAME leads. Absent links are no
 * error here: how many of them there are tells what it means. */
static enum version_error live_link_read(const struct lineage *lineage,
					 int live, int kind, unsigned *number,
					 char **detail)
{
	struct world *world = lineage->world;
	const char *name = lineage->name;
	char *file = xasprintf("%s.pem", pem_kind_names[kind]);
	enum version_error result = VERSION_OK;
	char *target = NULL;
	int error = world->link_read(world, live, file, &target);

	*number = 0;
	if (error == 0) {
		*number = target_number(target, name, pem_kind_names[kind]);
		free(target);
	}
	if (error && error != -ENOENT && error != -EINVAL) {
		result = VERSION_UNREADABLE;
		*detail = xasprintf("live/%s/%s: %s", name, file,
				    strerror(-error));
	} else if (error == -EINVAL || (error == 0 && *number == 0)) {
		result = VERSION_BAD_LAYOUT;
		*detail = xasprintf("live/%s/%s is no link to "
				    "../../archive/%s/%sN.pem", name, file,
				    name, pem_kind_names[kind]);
	}
	free(file);
	return result;
}

/* The numbers that the links in live/NAME lead to, 0 for an absent one. */
static enum version_error live_links_read(const struct lineage *lineage,
					  unsigned *numbers, char **detail)
{
	struct world *world = lineage->world;
	char *path = xasprintf("live/%s", lineage->name);
	int live = world->dir_open(world, lineage->places->letsencrypt, path);
	enum version_error error = VERSION_OK;

	if (live < 0) {
		error = live == -ENOENT || live == -ENOTDIR ?
			VERSION_ABSENT : VERSION_UNREADABLE;
		*detail = xasprintf("%s: %s", path, strerror(-live));
	}
	for (int kind = 0; kind < PEM_KINDS && error == VERSION_OK; kind++)
		error = live_link_read(lineage, live, kind, &numbers[kind],
				       detail);
	if (live >= 0)
		world->dir_close(world, live);
	free(path);
	return error;
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

enum version_error lineage_load_live(const struct lineage *lineage,
				     struct chain **chain, unsigned *number,
				     char **detail)
{
	unsigned numbers[PEM_KINDS];
	enum version_error error;

	*chain = NULL;
	*number = 0;
	*detail = NULL;
	error = live_links_read(lineage, numbers, detail);
	if (error == VERSION_OK)
		error = numbers_check(numbers, lineage->name, detail);
	if (error != VERSION_OK)
		return error;
	*number = numbers[0];
	return lineage_load_archive(lineage, *number, chain, detail);
}
