/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/path.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "disk/held.h"
#include "disk/links.h"
#include "look/sharing.h"
#include "run/rests.h"
#include "run/run_internal.h"
#include "run/strays.h"
#include "world/trust.h"

#include <stdlib.h>

/* ---- Directories and the lock ----------------------------------------- */

/* What was just made at PATH must not be lost with all that is put there. */
static int sync_parent(struct world *world, const char *path)
{
	char *parent = path_directory(path);
	int dir = world->dir_open(world, WORLD_CWD, parent), error;

	free(parent);
	if (dir < 0)
		return dir;
	error = world->dir_sync(world, dir);
	world->dir_close(world, dir);
	return error;
}

/* Whatever the umask was when it was made: services go through it. */
static void mend_mode(const struct pass *pass, const char *path, int dir,
		      unsigned mode)
{
	struct world *world = pass->source.world;
	struct file_info info;
	int error;

	if (pass->source.dry_run || dir < 0 ||
	    world->file_info(world, dir, ".", false, &info) != 0 ||
	    (info.mode & mode) == mode)
		return;
	error = world->dir_set_mode(world, dir, info.mode | mode);
	if (error)
		log_warning("%s has mode %04o, and services may not come "
			    "through: %s; chmod %04o", path, info.mode,
			    strerror(-error), info.mode | mode);
	else
		log_info("%s has mode %04o now, not %04o: services go through "
			 "it", path, info.mode | mode, info.mode);
}

/* Opens the directory at PATH, made with MODE where it is missing (but not
 * by a command that only looks). An earlier init may have been killed after it
 * had made it. */
static int open_directory(const struct pass *pass, const char *path,
			  unsigned mode)
{
	struct world *world = pass->source.world;
	int dir = world->dir_open(world, WORLD_CWD, path);
	int error;

	if (pass->source.dry_run ||
	    (dir != -ENOENT && !pass->source.calling->recreates))
		return dir;
	if (dir >= 0)
		world->dir_close(world, dir);
	error = world->dir_make(world, WORLD_CWD, path, mode);
	if (!error || error == -EEXIST)
		error = sync_parent(world, path);
	return error ? error : world->dir_open(world, WORLD_CWD, path);
}

static bool directory_bad(const char *what, const char *path, int dir)
{
	if (dir >= 0)
		return false;
	log_error("%s %s cannot be used: %s%s", what, path, strerror(-dir),
		  dir == -ENOENT ? "; alnitak init makes it" : "");
	return true;
}

static bool open_targets(struct pass *pass)
{
	struct world *world = pass->source.world;
	int state = pass->source.places.state;
	int error = pass->source.dry_run ? 0 :
		world->dir_make(world, state, TARGETS_NAME, 0700);

	if (error && error != -EEXIST)
		pass->targets.dir = error;
	else
		pass->targets.dir = world->dir_open(world, state, TARGETS_NAME);
	return !directory_bad("state directory",
			      pass->source.config->state_directory,
			      pass->targets.dir);
}

static bool is_trusted(struct pass *pass, const char *what, const char *path)
{
	char *fault = trust_fault(pass->source.world, path);

	if (!fault)
		return true;
	log_error("%s %s: %s", what, path, fault);
	free(fault);
	return false;
}

/* Others must not be able to write promises, nor to say what is shown. */
static bool directories_trusted(struct pass *pass)
{
	const struct links_places *places = &pass->source.places;

	return is_trusted(pass, "letsencrypt directory",
			  places->letsencrypt_path) &&
	       is_trusted(pass, "dane directory", places->dane_path) &&
	       is_trusted(pass, "state directory", places->state_path);
}

static bool open_directories(struct pass *pass)
{
	struct world *world = pass->source.world;
	const struct config *config = pass->source.config;
	struct links_places *places = &pass->source.places;

	places->letsencrypt_path = config->letsencrypt_directory;
	places->dane_path = config->dane_directory;
	places->state_path = config->state_directory;
	places->letsencrypt = world->dir_open(world, WORLD_CWD,
					      places->letsencrypt_path);
	places->dane = open_directory(pass, places->dane_path, 0755);
	places->state = open_directory(pass, places->state_path, 0711);
	mend_mode(pass, places->dane_path, places->dane, 0755);
	mend_mode(pass, places->state_path, places->state, 0711);
	return !directory_bad("letsencrypt directory",
			      places->letsencrypt_path, places->letsencrypt) &&
	       !directory_bad("dane directory", places->dane_path,
			      places->dane) &&
	       !directory_bad("state directory", places->state_path,
			      places->state) &&
	       directories_trusted(pass) && open_targets(pass);
}

static enum exit_status take_lock(struct pass *pass)
{
	struct world *world = pass->source.world;
	unsigned wait_ms = pass->source.calling->lock_wait_ms;
	int error;

	if (pass->source.dry_run)
		return EXIT_DONE;
	error = world->lock(world, pass->source.places.state, LOCK_NAME,
			    wait_ms);
	pass->locked = !error;
	if (error == -EAGAIN) {
		log_warning("another instance is at work; %s", wait_ms ?
			    "gave up waiting for it" : "leaving it to that");
		return EXIT_BUSY;
	}
	if (error) {
		log_error("lock in %s: %s", pass->source.places.state_path,
			  strerror(-error));
		return EXIT_STATE;
	}
	return EXIT_DONE;
}

/*
 * A command that was killed may have moved links or written promises that are
 * not on the disk yet: a power cut would take back what this one relies on.
 */
static bool secure_disk(struct pass *pass)
{
	const struct links_places *places = &pass->source.places;
	struct world *world = pass->source.world;
	const char *path = places->state_path;
	int error = world->dir_sync(world, places->state);

	if (!error)
		error = world->dir_sync(world, pass->targets.dir);
	if (!error) {
		path = places->dane_path;
		error = world->dir_sync(world, places->dane);
	}
	if (error)
		log_error("%s cannot be written to disk: %s", path,
			  strerror(-error));
	return !error;
}

/* ---- What this command may do ----------------------------------------- */

static void set_rights(struct pass *pass)
{
	struct source *source = &pass->source;
	bool follow = source->config->follow_live;

	source->pin = !follow || source->calling->pins;
	source->local_only = source->calling->local_only;
	source->recreate = source->calling->recreates;
	source->looks_again = source->calling->looks_again;
	source->rest = source->calling->rest;
	if (source->calling->hears_certbot)
		source->renewed = renewed_from_environment();
}

/* ---- Targets ---------------------------------------------------------- */

/* Takes over FAILURE: nothing is done for this target. */
static void fail_target(struct target *target, char *failure)
{
	target->failure = failure;
	target->line = xstrdup(failure);
	target->done = true;
}

/* The links can be pinned without a state; nothing else can be decided. */
static void begin_damaged(struct pass *pass, struct target *target,
			  const char *detail)
{
	const char *name = target->config->name;

	target->damage = xasprintf("%s: its state %s/%s/%s.json cannot be "
		"used: %s; restore it, or move it away to begin anew", name,
		pass->source.places.state_path, TARGETS_NAME, name, detail);
	if (pass->source.local_only) {
		target->state = state_new(name);
		target->state->transient = true;
		return;
	}
	fail_target(target, xstrdup(target->damage));
}

/* What secure_disk() does, for the links of one target. */
static void secure_links(struct pass *pass, struct target *target)
{
	const struct links_places *places = &pass->source.places;
	const char *name = target->config->name;
	const struct lineage lineage = { pass->source.world, places, name,
					 NULL };
	int error = pass->source.dry_run || target->done ? 0 :
		    links_secure(&lineage);

	if (!error || pass->source.local_only)
		return;
	fail_target(target, xasprintf("%s: its links in %s/%s cannot be "
				      "written to disk: %s", name,
				      places->dane_path, name,
				      strerror(-error)));
}

/* Of a target with a state: was that one saved before the links last moved? */
static void doubt_state(struct pass *pass, struct target *target)
{
	const char *name = target->config->name;
	const struct lineage lineage = { .world = pass->source.world,
					 .places = &pass->source.places,
					 .name = name };
	struct links links;
	char *detail = NULL;
	int error = links_read(&lineage, &links, &detail);

	free(detail);
	if (error || links.generation <= target->state->generation)
		return;
	log_warning("%s: its state %s/%s/%s.json is older than the links "
		    "(generation %u, and they are of %u), as from a backup; "
		    "it counts as lost: going on with what the links show",
		    name, pass->source.places.state_path, TARGETS_NAME, name,
		    target->state->generation, links.generation);
	target->state = state_new_from_old(target->state);
	target->state->outdated = true;
}

static void mend_rights(struct pass *pass, const struct target *target)
{
	const struct lineage lineage = { .world = pass->source.world,
					 .places = &pass->source.places,
					 .name = target->config->name };
	struct world *world = lineage.world;
	char *path = xasprintf("%s/%s", lineage.places->dane_path,
			       lineage.name);
	int dir;

	if (!pass->source.dry_run && !target->done) {
		held_mend(&lineage);
		dir = world->dir_open(world, lineage.places->dane,
				      lineage.name);
		mend_mode(pass, path, dir, 0755);
		if (dir >= 0)
			world->dir_close(world, dir);
	}
	free(path);
}

void run_load_target(struct pass *pass, struct target *target,
		     const struct config_target *config)
{
	struct moment now;
	char *detail = NULL;

	target->config = config;
	pass->source.world->now(pass->source.world, &now);
	switch (state_load(pass->source.world, pass->targets.dir, config->name,
			   &target->state, &detail)) {
	case STATE_OK:
		doubt_state(pass, target);
		target_check_file(target, &now);
		target_check_clock(target, &now);
		break;
	case STATE_ABSENT:
		target->state = state_new(config->name);
		target->state->saved = now;
		break;
	case STATE_DAMAGED:
	case STATE_FAILED:
		begin_damaged(pass, target, detail);
		break;
	}
	free(detail);
	secure_links(pass, target);
	mend_rights(pass, target);
}

static void load_targets(struct pass *pass)
{
	const struct config *config = pass->source.config;
	struct targets *targets = &pass->targets;

	targets->count = config->target_count;
	targets->items = xcalloc(targets->count, sizeof(*targets->items));
	rests_find(pass);
	for (size_t i = 0; i < targets->count; i++)
		if (!targets->items[i].rests)
			run_load_target(pass, &targets->items[i],
					&config->targets[i]);
	sharing_find_users(pass);
	rests_wake(pass);
}

enum exit_status run_open(struct pass *pass, struct world *world,
			  const struct config *config,
			  const struct calling *calling,
			  enum run_manner manner)
{
	enum exit_status status;

	*pass = (struct pass){
		.source = { .world = world, .config = config,
			    .places = { -1, -1, -1, NULL, NULL, NULL,
					shelf_new() },
			    .calling = calling,
			    .dry_run = calling->only_looks || manner == RUN_DRY,
			    .has_told = manner == RUN_AGAIN },
		.budget = { .world = world, .calling = calling,
			    .lock_dir = -1 },
		.targets = { .dir = -1 },
		.journal = -1,
	};
	if (!is_trusted(pass, "configuration", config->path))
		return EXIT_CONFIG;
	for (size_t i = 0; i < config->included.count; i++)
		if (!is_trusted(pass, "configuration",
				config->included.items[i]))
			return EXIT_CONFIG;
	if (!open_directories(pass))
		return EXIT_STATE;
	status = take_lock(pass);
	if (status != EXIT_DONE)
		return status;
	if (!pass->source.dry_run && !secure_disk(pass))
		return EXIT_STATE;
	if (pass->locked)
		pass->budget.lock_dir = pass->source.places.state;
	set_rights(pass);
	load_targets(pass);
	strays_find(pass);
	return EXIT_DONE;
}

static void close_directory(struct world *world, int dir)
{
	if (dir >= 0)
		world->dir_close(world, dir);
}

void run_close(struct pass *pass)
{
	struct world *world = pass->source.world;

	budget_end(&pass->budget);
	for (size_t i = 0; i < pass->targets.count; i++)
		target_close(&pass->targets.items[i]);
	free(pass->targets.items);
	seen_clear(&pass->seen);
	strays_clear(&pass->strays);
	sharing_clear(&pass->sharing);
	rests_clear(&pass->rests);
	keyring_clear(&pass->keys);
	if (pass->locked)
		world->unlock(world);
	close_directory(world, pass->journal);
	close_directory(world, pass->targets.dir);
	close_directory(world, pass->source.places.dane);
	close_directory(world, pass->source.places.state);
	close_directory(world, pass->source.places.letsencrypt);
	shelf_free(pass->source.places.shelf);
}
