/* SPDX-License-Identifier: MIT */
#include "disk/held.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/held_internal.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/*
 * held/NAME/HEX/KIND.pem in the state directory. A version is put together
 * as held/NAME/.HEX.new and checked before it gets its name.
 */
#define DIRECTORY_MODE 0700	/* at first */
#define COPY_MODE 0600

/* One version, and held/NAME open in DIR. */
struct holding {
	struct lineage at;
	unsigned number;
	const struct fingerprint *version;
	unsigned files;
	int dir;
	char hex[FINGERPRINT_TEXT_SIZE];
	char *fresh;		/* ".HEX.new" */
	char **detail;
};

static int fail(const struct holding *holding, const char *what, int error)
{
	if (!*holding->detail)
		*holding->detail = xasprintf(
			"%s: cannot hold version %u in %s/held/%s/%s: %s: %s",
			holding->at.name, holding->number,
			holding->at.places->state_path, holding->at.name,
			holding->hex, what, strerror(-error));
	return error;
}

/* The kernel's many ways to say that it makes no hard link here. */
static bool wants_copy(int error)
{
	return error == -EXDEV || error == -EPERM || error == -EMLINK ||
	       error == -EOPNOTSUPP || error == -ENOSYS || error == -EACCES;
}

static int copy_file(struct world *world, int from_dir, const char *from,
		     int dir, const char *name)
{
	char *data = NULL;
	size_t size = 0;
	int error = world->file_read(world, from_dir, from, PEM_SIZE_MAX,
				     &data, &size, NULL);

	if (error)
		return error;
	error = world->file_write(world, dir, name, data, size, COPY_MODE);
	if (!error)
		world->rights_copy(world, from_dir, from, dir, name);
	OPENSSL_cleanse(data, size);
	free(data);
	return error;
}

static int hold_file(const struct holding *holding, int dir, int kind)
{
	struct world *world = holding->at.world;
	const char *pem = pem_kind_names[kind];
	char *from = xasprintf("%s/%s%u.pem", holding->at.archive, pem,
			       holding->number);
	char *name = xasprintf("%s.pem", pem);
	int archive = holding->at.places->letsencrypt;
	int error = world->link_hard(world, archive, from, dir, name);

	if (wants_copy(error))
		error = copy_file(world, archive, from, dir, name);
	if (error)
		fail(holding, from, error);
	free(from);
	free(name);
	return error;
}

static int fill_fresh(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int dir, error;

	error = held_remove_version(world, holding->dir, holding->fresh);
	if (!error)
		error = world->dir_make(world, holding->dir, holding->fresh,
					DIRECTORY_MODE);
	if (error)
		return fail(holding, holding->fresh, error);
	dir = world->dir_open(world, holding->dir, holding->fresh);
	if (dir < 0)
		return fail(holding, holding->fresh, dir);
	for (int kind = 0; kind < PEM_KINDS && !error; kind++)
		error = hold_file(holding, dir, kind);
	if (!error && holding->files & PEM_BIT(PEM_COMBINED)) {
		error = held_combine(world, dir);
		if (error)
			fail(holding, "combined.pem", error);
	}
	if (!error) {
		error = world->dir_sync(world, dir);
		if (error)
			fail(holding, holding->fresh, error);
	}
	world->dir_close(world, dir);
	return error;
}

/* The archive may have changed under its number meanwhile. */
static int check_fresh(const struct holding *holding)
{
	struct chain *chain = NULL;
	char *reason = NULL;
	enum version_error error;
	bool same;

	error = version_load(holding->at.world, holding->dir, holding->fresh,
			     "", &chain, &reason);
	same = error == VERSION_OK &&
	       chain_is(chain, holding->version);
	if (!same)
		*holding->detail = xasprintf(
			"%s: archive version %u is not the one to hold (%s): "
			"%s", holding->at.name, holding->number, holding->hex,
			reason ? reason : error == VERSION_OK ?
			"it has another certificate" :
			version_error_text(error));
	chain_free(chain);
	free(reason);
	return same ? 0 : -ESTALE;
}

/* Who could read them in the archive shall be able to here. */
static void give_rights(const struct holding *holding, const char *entry)
{
	int error = held_copy_rights(&holding->at, holding->dir, entry);

	if (error)
		log_warning("%s: what is held in %s/held/%s cannot be given "
			    "the rights of the archive: %s; services that "
			    "are not root may not read it", holding->at.name,
			    holding->at.places->state_path, holding->at.name,
			    strerror(-error));
}

/* A broken version of that name, if any, is changed for the good one. */
static int publish_fresh(const struct holding *holding)
{
	struct world *world = holding->at.world;
	struct file_info info;
	int error;

	error = world->file_info(world, holding->dir, holding->hex, false,
				 &info);
	if (!error) {
		error = world->exchange(world, holding->dir, holding->fresh,
					holding->hex);
		if (!error)
			return held_remove_version(world, holding->dir,
					      holding->fresh);
		error = held_remove_version(world, holding->dir, holding->hex);
	}
	if (error && error != -ENOENT)
		return error;
	return world->rename(world, holding->dir, holding->fresh,
			     holding->hex);
}

/* The four files are there. */
static bool is_held(const struct holding *holding)
{
	char *reason = NULL;
	struct chain *chain = NULL;
	bool is = version_load(holding->at.world, holding->dir, holding->hex,
			       "", &chain, &reason) == VERSION_OK &&
		  chain_is(chain, holding->version);

	chain_free(chain);
	free(reason);
	return is;
}

static bool lacks_combined(const struct holding *holding)
{
	return holding->files & PEM_BIT(PEM_COMBINED) &&
	       !held_is_combined(holding->at.world, holding->dir,
				 holding->hex);
}

/* .. which was held without it, or another was there. */
static int add_combined(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int dir = world->dir_open(world, holding->dir, holding->hex);
	int error = dir < 0 ? dir : held_combine(world, dir);

	if (dir >= 0)
		world->dir_close(world, dir);
	return error ? fail(holding, "combined.pem", error) : 0;
}

static int hold_anew(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int error = fill_fresh(holding);

	if (!error)
		error = check_fresh(holding);
	if (error) {
		held_remove_version(world, holding->dir, holding->fresh);
		return error;
	}
	give_rights(holding, holding->fresh);
	error = publish_fresh(holding);
	return error ? fail(holding, holding->hex, error) : 0;
}

static int hold(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int error = 0;

	if (is_held(holding)) {
		give_rights(holding, holding->hex);
		if (lacks_combined(holding))
			error = add_combined(holding);
	} else {
		error = holding->number ? hold_anew(holding) :
			fail(holding, "not there any more", -ENOENT);
	}
	if (error)
		return error;
	error = world->dir_sync(world, holding->dir);
	return error ? fail(holding, "held", error) : 0;
}

int held_add(const struct lineage *lineage, unsigned number,
	     const struct fingerprint *version, unsigned files, char **detail)
{
	struct holding holding = { .at = *lineage, .number = number,
				   .version = version, .files = files,
				   .detail = detail };
	struct world *world = lineage->world;
	int error, trouble;
	char *archive;

	*detail = NULL;
	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	fingerprint_format(version, holding.hex);
	holding.dir = held_open_lineage(lineage, true);
	if (holding.dir < 0)
		return fail(&holding, "held", holding.dir);
	archive = lineage_archive_path(lineage, &trouble);
	holding.at.archive = archive;
	holding.fresh = xasprintf(".%s.new", holding.hex);
	error = hold(&holding);
	free(archive);
	world->dir_close(world, holding.dir);
	free(holding.fresh);
	return error;
}

/* ---- Reading ---------------------------------------------------------- */

enum version_error held_load(const struct lineage *lineage,
			     const struct fingerprint *version,
			     struct chain **chain, char **detail)
{
	const struct links_places *places = lineage->places;
	char hex[FINGERPRINT_TEXT_SIZE];
	char *path = xasprintf("held/%s/%s", lineage->name,
			       fingerprint_format(version, hex));
	enum version_error error;

	error = version_load(lineage->world, places->state, path, "", chain,
			     detail);
	if (error == VERSION_OK &&
	    !chain_is(*chain, version)) {
		chain_free(*chain);
		*chain = NULL;
		*detail = xasprintf("%s/%s does not hold the certificate of "
				    "its name", places->state_path, path);
		error = VERSION_MIXED;
	}
	free(path);
	return error;
}

bool held_is_whole(const struct lineage *lineage,
		   const struct fingerprint *version, unsigned files)
{
	int state = lineage->places->state;
	char hex[FINGERPRINT_TEXT_SIZE], *detail = NULL, *path;
	struct chain *chain = NULL;
	bool whole = held_load(lineage, version, &chain, &detail) ==
		     VERSION_OK;

	chain_free(chain);
	free(detail);
	if (!whole || !(files & PEM_BIT(PEM_COMBINED)))
		return whole;
	path = xasprintf("held/%s/%s", lineage->name,
			 fingerprint_format(version, hex));
	whole = held_is_combined(lineage->world, state, path);
	free(path);
	return whole;
}

bool held_find_only(const struct lineage *lineage,
		    struct fingerprint *version)
{
	struct world *world = lineage->world;
	int dir = held_open_lineage(lineage, false);
	struct texts names = { 0 };
	size_t count = 0;

	if (dir < 0)
		return false;
	if (world->dir_list(world, dir, &names) == 0)
		for (size_t i = 0; i < names.count; i++)
			count += fingerprint_parse(names.items[i], version);
	texts_clear(&names);
	world->dir_close(world, dir);
	return count == 1;
}
