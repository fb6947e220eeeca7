/* SPDX-License-Identifier: MIT */
#include "command/rights.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/lineage_place.h"
#include "world/trust.h"

#include <stdlib.h>

#define READ_OTHERS 04
#define SEARCH_OTHERS 01

/* ---- Who can change it ------------------------------------------------- */

static bool test_path(struct world *world, const char *what, const char *path)
{
	char *fault = trust_fault(world, path);

	if (!fault)
		return true;
	log_error("%s %s: %s", what, path, fault);
	free(fault);
	return false;
}

bool rights_test(struct world *world, const struct config *config)
{
	bool ok = test_path(world, "configuration", config->path);

	for (size_t i = 0; i < config->included.count; i++)
		ok &= test_path(world, "configuration",
				config->included.items[i]);
	ok &= test_path(world, "letsencrypt_directory",
			config->letsencrypt_directory);
	ok &= test_path(world, "dane_directory", config->dane_directory);
	ok &= test_path(world, "state_directory", config->state_directory);
	return ok;
}

/* ---- Who can come to it ------------------------------------------------ */

/* The kernel is asked: groups and access lists have their say. Where it cannot
 * be, as by who is not root, nothing is held against READER. */
static bool may_search(struct world *world, const char *path,
		       const struct file_holder *reader)
{
	const char *const arguments[] = { "/usr/bin/test", "-x", path, NULL };
	const char *const environment[] = { NULL };
	char *user = reader->is_group ? NULL : xasprintf("%u", reader->id);
	struct program program = { .arguments = arguments,
				   .environment = environment,
				   .timeout_ms = EXEC_TIMEOUT_MS, .user = user,
				   .group = user ? NULL : &reader->id };

	world->execute(world, &program);
	free(program.output);
	free(user);
	return program.error || program.status != 1;
}

/* READER NULL: anybody. */
static bool is_closed(struct world *world, const char *path,
		      const struct file_info *info,
		      const struct file_holder *reader)
{
	if (info->kind != FILE_DIRECTORY)
		return false;
	return reader ? !may_search(world, path, reader) :
			!(info->mode & SEARCH_OTHERS);
}

/*
 * The first directory on the way to PATH, itself included, that READER cannot
 * search, allocated; NULL: none, as far as they are there.
 */
static char *closed_part(struct world *world, const char *path,
			 const struct file_holder *reader,
			 struct file_info *info)
{
	const char *end = path;

	/* One question for all, as a rule. */
	if (reader && !world->file_info(world, WORLD_CWD, path, true, info) &&
	    !is_closed(world, path, info, reader))
		return NULL;
	do {
		char *part;

		end = end == path ? end + 1 : end;
		end += strcspn(end, "/");
		part = xstrndup(path, (size_t)(end - path));
		if (world->file_info(world, WORLD_CWD, part, true, info)) {
			free(part);
			return NULL;
		}
		if (is_closed(world, part, info, reader))
			return part;
		free(part);
	} while (*end++);
	return NULL;
}

static char *remedy(const struct file_holder *reader)
{
	return reader->is_group ?
		xasprintf("chgrp %u and chmod g+x it, or chmod o+x, or "
			  "setfacl -m g:%u:x", reader->id, reader->id) :
		xasprintf("setfacl -m u:%u:x it, or chmod o+x", reader->id);
}

/* Can READER of KEY search all directories up to PATH? */
static bool test_way(const struct lineage *lineage, const char *path,
		     const char *key, const struct file_holder *reader,
		     struct texts *folders)
{
	struct file_info info;
	char *part = closed_part(lineage->world, path, reader, &info);
	bool ok = !part;
	char *what;

	if (part && !texts_has(folders, part)) {
		texts_add(folders, part);
		what = remedy(reader);
		log_error("%s: %s %u may read the private key %s, but not "
			  "search %s on the way to %s (mode %04o, group %u); "
			  "%s", lineage->name, reader->is_group ? "group" :
			  "user", reader->id, key, part, path, info.mode,
			  info.gid, what);
		free(what);
	}
	free(part);
	return ok;
}

static bool test_ways(const struct lineage *lineage, const char *archive,
		      const char *key, const struct file_holder *reader,
		      struct texts *folders)
{
	const struct links_places *places = lineage->places;
	char *dane = xasprintf("%s/%s", places->dane_path, lineage->name);
	char *held = xasprintf("%s/held/%s", places->state_path,
			       lineage->name);
	bool ok = test_way(lineage, archive, key, reader, folders);

	ok &= test_way(lineage, dane, key, reader, folders);
	ok &= test_way(lineage, held, key, reader, folders);
	free(held);
	free(dane);
	return ok;
}

static bool test_readers(const struct lineage *lineage, const char *archive,
			 const char *key, struct texts *folders)
{
	struct world *world = lineage->world;
	struct file_holder *readers;
	size_t count;
	bool ok = true;
	int error = world->file_holders(world, WORLD_CWD, key, FILE_READ,
					&readers, &count);

	if (error)
		log_warning("%s: who may read %s is not known: %s",
			    lineage->name, key, strerror(-error));
	for (size_t i = 0; i < count; i++)
		ok &= test_ways(lineage, archive, key, &readers[i], folders);
	free(readers);
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
		ok &= test_readers(lineage, archive, key, folders);
	}
	free(key);
	free(archive);
	free(short_path);
	return ok;
}
