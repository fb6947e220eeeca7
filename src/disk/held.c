/* SPDX-License-Identifier: MIT */
#include "disk/held.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "disk/links.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/*
 * held/NAME/HEX/KIND.pem in the state directory. A version is put together
 * as held/NAME/.HEX.new and checked before it gets its name.
 */
#define DIRECTORY_MODE 0700
#define COPY_MODE 0600

/* One version, and held/NAME open in DIR. */
struct holding {
	struct lineage at;
	unsigned number;
	const struct fingerprint *version;
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

/* ---- Directories ------------------------------------------------------ */

/* Opens DIR/NAME, made if need be and then on the disk. */
static int open_made(struct world *world, int dir, const char *name)
{
	int error = world->dir_make(world, dir, name, DIRECTORY_MODE);

	if (!error || error == -EEXIST)
		error = world->dir_sync(world, dir);
	return error ? error : world->dir_open(world, dir, name);
}

static int open_lineage(const struct lineage *lineage,
			int (*open)(struct world *, int, const char *))
{
	struct world *world = lineage->world;
	int held = open(world, lineage->places->state, "held"), dir;

	if (held < 0)
		return held;
	dir = open(world, held, lineage->name);
	world->dir_close(world, held);
	return dir;
}

/* Removes the version ENTRY from DIR, held/NAME; absent is fine. */
static int remove_version(struct world *world, int dir, const char *entry)
{
	int version = world->dir_open(world, dir, entry), error = 0;

	if (version < 0)
		return version == -ENOENT ? 0 : version;
	for (int kind = 0; kind < PEM_KINDS && !error; kind++) {
		char *file = xasprintf("%s.pem", pem_kind_names[kind]);

		error = world->file_remove(world, version, file);
		if (error == -ENOENT)
			error = 0;
		free(file);
	}
	world->dir_close(world, version);
	return error ? error : world->dir_remove(world, dir, entry);
}

/* ---- Holding ---------------------------------------------------------- */

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

	error = remove_version(world, holding->dir, holding->fresh);
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
			return remove_version(world, holding->dir,
					      holding->fresh);
		error = remove_version(world, holding->dir, holding->hex);
	}
	if (error && error != -ENOENT)
		return error;
	return world->rename(world, holding->dir, holding->fresh,
			     holding->hex);
}

static int hold(const struct holding *holding)
{
	struct world *world = holding->at.world;
	char *reason = NULL;
	struct chain *chain = NULL;
	bool is_held;
	int error = 0;

	is_held = version_load(world, holding->dir, holding->hex, "", &chain,
			       &reason) == VERSION_OK &&
		  chain_is(chain, holding->version);
	chain_free(chain);
	free(reason);
	if (!is_held) {
		error = fill_fresh(holding);
		if (!error)
			error = check_fresh(holding);
		if (error) {
			remove_version(world, holding->dir, holding->fresh);
			return error;
		}
		error = publish_fresh(holding);
	}
	if (!error)
		error = world->dir_sync(world, holding->dir);
	return error ? fail(holding, "held", error) : 0;
}

int held_add(const struct lineage *lineage, unsigned number,
	     const struct fingerprint *version, char **detail)
{
	struct holding holding = { .at = *lineage, .number = number,
				   .version = version, .detail = detail };
	struct world *world = lineage->world;
	int error, trouble;
	char *archive;

	*detail = NULL;
	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	fingerprint_format(version, holding.hex);
	holding.dir = open_lineage(lineage, open_made);
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

/* ---- Reading and letting go ------------------------------------------- */

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

/* Is ENTRY of held/NAME this VERSION? */
static bool is_version(const char *entry, const struct fingerprint *version)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	return version && streq(entry, fingerprint_format(version, hex));
}

static int drop_in(struct world *world, int dir,
		   const struct fingerprint *keep,
		   const struct fingerprint *shown, bool *empty)
{
	struct texts names = { 0 };
	int error = world->dir_list(world, dir, &names);

	*empty = !error;
	for (size_t i = 0; i < names.count && !error; i++) {
		const char *entry = names.items[i];

		if (is_version(entry, keep) || is_version(entry, shown))
			*empty = false;
		else
			error = remove_version(world, dir, entry);
	}
	texts_clear(&names);
	return error ? error : world->dir_sync(world, dir);
}

static int remove_lineage(const struct lineage *lineage)
{
	struct world *world = lineage->world;
	int held = world->dir_open(world, lineage->places->state, "held");
	int error;

	if (held < 0)
		return held;
	error = world->dir_remove(world, held, lineage->name);
	if (!error)
		error = world->dir_sync(world, held);
	world->dir_close(world, held);
	return error;
}

/*
 * Whatever the caller believes, what the links show stays: while they are
 * being moved that may be any version.
 */
int held_drop(const struct lineage *lineage, const struct fingerprint *keep)
{
	struct world *world = lineage->world;
	struct links links;
	bool empty = false;
	char *reason;
	int dir, error;

	error = links_read(lineage, &links, &reason);
	free(reason);
	if (error || links.place == LINKS_MIXED)
		return error;
	dir = open_lineage(lineage, world->dir_open);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	error = drop_in(world, dir, keep, links.place == LINKS_HELD ?
			&links.held : NULL, &empty);
	world->dir_close(world, dir);
	if (!error && empty)
		error = remove_lineage(lineage);
	return error;
}
