/* SPDX-License-Identifier: MIT */
#include "command/rights.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/lineage_place.h"
#include "world/trust.h"

#include <stdlib.h>

#define READ_GROUP 040
#define SEARCH_GROUP 010
#define READ_OTHERS 04
#define SEARCH_OTHERS 01

/* ---- Who can change it ------------------------------------------------- */

/* What is not there yet will be made as it should be. */
static bool test_path(struct world *world, const char *what, const char *path)
{
	struct file_info info;
	char *part = NULL;

	if (world->file_info(world, WORLD_CWD, path, true, &info) == 0 &&
	    trust_judge(&info, world->uid) != TRUST_FULL)
		part = xstrdup(path);
	if (!part && path[0] == '/')
		part = trust_walk(world, path);
	if (!part)
		return true;
	if (world->file_info(world, WORLD_CWD, part, true, &info) == 0)
		log_error("%s %s: others can change %s (mode %04o, user %u); "
			  "chown root it, and chmod go-w", what, path, part,
			  info.mode, info.uid);
	free(part);
	return false;
}

bool rights_test(struct world *world, const struct config *config)
{
	bool ok = test_path(world, "configuration", config->path);

	ok &= test_path(world, "letsencrypt_directory",
			config->letsencrypt_directory);
	ok &= test_path(world, "dane_directory", config->dane_directory);
	ok &= test_path(world, "state_directory", config->state_directory);
	return ok;
}

bool rights_test_key(struct world *world, const char *file)
{
	return test_path(world, "key file", file);
}

/* ---- Who can come to it ------------------------------------------------ */

static bool may_search(const struct file_info *info, const unsigned *gid)
{
	return info->mode & (gid && info->gid == *gid ? SEARCH_GROUP :
			     SEARCH_OTHERS);
}

/*
 * The first directory on the way to PATH, itself included, that the group GID
 * (NULL: anybody) cannot search, allocated; NULL: none, as far as they are
 * there.
 */
static char *closed_part(struct world *world, const char *path,
			 const unsigned *gid, struct file_info *info)
{
	const char *end = path;

	do {
		char *part;

		end = end == path ? end + 1 : end;
		end += strcspn(end, "/");
		part = xstrndup(path, (size_t)(end - path));
		if (world->file_info(world, WORLD_CWD, part, true, info)) {
			free(part);
			return NULL;
		}
		if (info->kind == FILE_DIRECTORY && !may_search(info, gid))
			return part;
		free(part);
	} while (*end++);
	return NULL;
}

/* Can the group that may read KEY search all directories up to PATH? */
static bool test_way(const struct lineage *lineage, const char *path,
		     const char *key, unsigned gid, struct texts *folders)
{
	struct file_info info;
	char *part = closed_part(lineage->world, path, &gid, &info);
	bool ok = !part;

	if (part && !texts_has(folders, part)) {
		texts_add(folders, part);
		log_error("%s: group %u may read the private key %s, but not "
			  "search %s on the way to %s (mode %04o, group %u); "
			  "chgrp %u and chmod g+x it, or chmod o+x",
			  lineage->name, gid, key, part, path, info.mode,
			  info.gid, gid);
	}
	free(part);
	return ok;
}

static bool test_ways(const struct lineage *lineage, const char *archive,
		      const char *key, unsigned gid, struct texts *folders)
{
	const struct links_places *places = lineage->places;
	char *dane = xasprintf("%s/%s", places->dane_path, lineage->name);
	char *held = xasprintf("%s/held/%s", places->state_path,
			       lineage->name);
	bool ok = test_way(lineage, archive, key, gid, folders);

	ok &= test_way(lineage, dane, key, gid, folders);
	ok &= test_way(lineage, held, key, gid, folders);
	free(held);
	free(dane);
	return ok;
}

static bool test_private_key(const struct lineage *lineage,
			     const char *archive, const char *key,
			     const struct file_info *key_info)
{
	struct file_info info;
	char *closed;
	bool open = key_info->mode & READ_OTHERS;

	if (trust_judge(key_info, lineage->world->uid) == TRUST_WRITABLE) {
		log_error("%s: others can write to the private key %s (mode "
			  "%04o); chmod go-w it", lineage->name, key,
			  key_info->mode);
		return false;
	}
	closed = open ? closed_part(lineage->world, archive, NULL, &info) :
			NULL;
	open = open && !closed;
	free(closed);
	if (open)
		log_error("%s: everybody can read the private key %s (mode "
			  "%04o); chmod o-r it", lineage->name, key,
			  key_info->mode);
	return !open;
}

bool rights_test_lineage(const struct lineage *lineage, struct texts *folders)
{
	struct world *world = lineage->world;
	int trouble;
	char *short_path = lineage_archive_path(lineage, &trouble);
	char *archive = lineage_archive_absolute(lineage, short_path);
	char *key = xasprintf("%s/live/%s/privkey.pem",
			      lineage->places->letsencrypt_path,
			      lineage->name);
	struct file_info info;
	bool ok = test_path(world, "archive", archive);

	if (world->file_info(world, WORLD_CWD, key, true, &info) == 0) {
		ok &= test_private_key(lineage, archive, key, &info);
		if (info.gid && info.mode & READ_GROUP)
			ok &= test_ways(lineage, archive, key, info.gid,
					folders);
	}
	free(key);
	free(archive);
	free(short_path);
	return ok;
}
