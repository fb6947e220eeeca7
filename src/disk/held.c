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
 * as held/NAME/.HEX.new and checked before it gets its name; one that waits
 * for its turn is called .HEX.next until then.
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
	char *next;		/* ".HEX.next" */
	const char *name;	/* that it shall have: HEX or NEXT */
	char **detail;
};

static int fail(const struct holding *holding, const char *what, int error)
{
	if (!*holding->detail)
		*holding->detail = xasprintf(
			"%s: cannot hold version %u in %s/held/%s/%s: %s: %s",
			holding->at.name, holding->number,
			holding->at.places->state_path, holding->at.name,
			holding->name, what, strerror(-error));
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

	error = version_load(holding->at.world, holding->at.places->shelf,
			     holding->dir, holding->fresh, "", &chain,
			     &reason);
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

	error = world->file_info(world, holding->dir, holding->name, false,
				 &info);
	if (!error) {
		error = world->exchange(world, holding->dir, holding->fresh,
					holding->name);
		if (!error)
			return held_remove_version(world, holding->dir,
					      holding->fresh);
		error = held_remove_version(world, holding->dir,
					    holding->name);
	}
	if (error && error != -ENOENT)
		return error;
	return world->rename(world, holding->dir, holding->fresh,
			     holding->name);
}

/* The four files are there, as NAME. */
static bool is_held(const struct holding *holding, const char *name)
{
	char *reason = NULL;
	struct chain *chain = NULL;
	bool is = version_load(holding->at.world, holding->at.places->shelf,
			       holding->dir, name, "", &chain,
			       &reason) == VERSION_OK &&
		  chain_is(chain, holding->version);

	chain_free(chain);
	free(reason);
	return is;
}

static bool lacks_combined(const struct holding *holding)
{
	return holding->files & PEM_BIT(PEM_COMBINED) &&
	       !held_is_combined(holding->at.world, holding->dir,
				 holding->name);
}

/* .. which was held without it, or another was there. */
static int add_combined(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int dir = world->dir_open(world, holding->dir, holding->name);
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
	return error ? fail(holding, holding->name, error) : 0;
}

static int complete(const struct holding *holding)
{
	give_rights(holding, holding->name);
	return lacks_combined(holding) ? add_combined(holding) : 0;
}

/* What waited for its turn and is in the archive no more has it now. */
static int take_over(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int error;

	if (!is_held(holding, holding->next))
		return fail(holding, "not there any more", -ENOENT);
	error = held_remove_version(world, holding->dir, holding->name);
	if (!error)
		error = world->rename(world, holding->dir, holding->next,
				      holding->name);
	return error ? fail(holding, holding->next, error) :
		       complete(holding);
}

static int hold(const struct holding *holding)
{
	struct world *world = holding->at.world;
	int error = is_held(holding, holding->name) ? complete(holding) :
		    holding->number ? hold_anew(holding) : take_over(holding);

	if (error)
		return error;
	error = world->dir_sync(world, holding->dir);
	return error ? fail(holding, "held", error) : 0;
}

/* In held/NAME. */
static int hold_there(struct holding *holding)
{
	const struct lineage *lineage = &holding->at;
	int error, trouble;
	char *archive;

	holding->dir = held_open_lineage(lineage, true);
	if (holding->dir < 0)
		return fail(holding, "held", holding->dir);
	archive = lineage_archive_path(lineage, &trouble);
	holding->at.archive = archive;
	error = hold(holding);
	free(archive);
	lineage->world->dir_close(lineage->world, holding->dir);
	return error;
}

static int add(const struct lineage *lineage, bool waits, unsigned number,
	       const struct fingerprint *version, unsigned files,
	       char **detail)
{
	struct holding holding = { .at = *lineage, .number = number,
				   .version = version, .files = files,
				   .detail = detail };
	int error;

	*detail = NULL;
	if (!lineage_name_valid(lineage->name))
		return -EINVAL;
	fingerprint_format(version, holding.hex);
	holding.fresh = xasprintf(".%s.new", holding.hex);
	holding.next = held_next_name(version);
	holding.name = waits ? holding.next : holding.hex;
	error = hold_there(&holding);
	free(holding.fresh);
	free(holding.next);
	return error;
}

int held_add(const struct lineage *lineage, unsigned number,
	     const struct fingerprint *version, unsigned files, char **detail)
{
	return add(lineage, false, number, version, files, detail);
}

int held_add_next(const struct lineage *lineage, unsigned number,
		  const struct fingerprint *version, char **detail)
{
	return add(lineage, true, number, version, 0, detail);
}

/* ---- Reading ---------------------------------------------------------- */

/* VERSION as held/NAME/ENTRY. */
static enum version_error load(const struct lineage *lineage,
			       const struct fingerprint *version,
			       const char *entry, struct chain **chain,
			       char **detail)
{
	const struct links_places *places = lineage->places;
	char *path = xasprintf("held/%s/%s", lineage->name, entry);
	enum version_error error;

	error = version_load(lineage->world, places->shelf, places->state,
			     path, "", chain, detail);
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

enum version_error held_load(const struct lineage *lineage,
			     const struct fingerprint *version,
			     struct chain **chain, char **detail)
{
	char hex[FINGERPRINT_TEXT_SIZE], *next, *reason = NULL;
	enum version_error error =
		load(lineage, version, fingerprint_format(version, hex), chain,
		     detail);

	if (error != VERSION_ABSENT)
		return error;
	next = held_next_name(version);
	if (load(lineage, version, next, chain, &reason) == VERSION_OK) {
		free(*detail);
		*detail = NULL;
		error = VERSION_OK;
	}
	free(reason);
	free(next);
	return error;
}

bool held_is_whole(const struct lineage *lineage,
		   const struct fingerprint *version, unsigned files)
{
	int state = lineage->places->state;
	char hex[FINGERPRINT_TEXT_SIZE], *detail = NULL, *path;
	struct chain *chain = NULL;
	bool whole = load(lineage, version, fingerprint_format(version, hex),
			  &chain, &detail) == VERSION_OK;

	chain_free(chain);
	free(detail);
	if (!whole || !(files & PEM_BIT(PEM_COMBINED)))
		return whole;
	path = xasprintf("held/%s/%s", lineage->name, hex);
	whole = held_is_combined(lineage->world, state, path);
	free(path);
	return whole;
}

static int load_named(const struct lineage *lineage, const char *name,
		      struct chains *all)
{
	struct fingerprint version;
	struct chain *chain = NULL;
	char *detail = NULL;
	enum version_error error = fingerprint_parse(name, &version) ?
		held_load(lineage, &version, &chain, &detail) : VERSION_ABSENT;

	free(detail);
	if (error == VERSION_OK)
		chains_add(all, chain);
	return error == VERSION_UNREADABLE ? -EIO : 0;
}

int held_load_all(const struct lineage *lineage, struct chains *all)
{
	struct world *world = lineage->world;
	int dir = held_open_lineage(lineage, false);
	struct texts names = { 0 };
	int error;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	error = world->dir_list(world, dir, &names);
	for (size_t i = 0; i < names.count && !error; i++)
		error = load_named(lineage, names.items[i], all);
	texts_clear(&names);
	world->dir_close(world, dir);
	return error;
}
