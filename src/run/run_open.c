/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "look/look.h"
#include "tell/alarm.h"

#include <stdlib.h>

#define LOCK_NAME "lock"
#define TARGETS_NAME "targets"
/* certbot goes on and renews when its pre hook fails, so that one has the
 * longest patience; deploy may hold certbot up for a minute at most, its work
 * included. */
#define LOCK_WAIT_MS 20000
#define LOCK_WAIT_PRE_MS 600000

/* ---- Directories and the lock ----------------------------------------- */

/* What was just made at PATH must not be lost with all that is put there. */
static int sync_parent(struct world *world, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent = !slash ? xstrdup(".") : slash == path ? xstrdup("/") :
		       xstrndup(path, (size_t)(slash - path));
	int dir = world->dir_open(world, WORLD_CWD, parent), error;

	free(parent);
	if (dir < 0)
		return dir;
	error = world->dir_sync(world, dir);
	world->dir_close(world, dir);
	return error;
}

/* Opens the directory at PATH, made with MODE where it is missing (but not
 * by a command that only looks). An earlier init may have been killed after it
 * had made it. */
static int open_directory(const struct run *run, const char *path,
			  unsigned mode)
{
	struct world *world = run->source.world;
	int dir = world->dir_open(world, WORLD_CWD, path);
	int error;

	if (run->dry_run || (dir != -ENOENT && run->command != COMMAND_INIT))
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

static bool open_targets(struct run *run)
{
	struct world *world = run->source.world;
	int state = run->source.places.state;
	int error = run->dry_run ? 0 :
		world->dir_make(world, state, TARGETS_NAME, 0700);

	if (error && error != -EEXIST)
		run->targets_dir = error;
	else
		run->targets_dir = world->dir_open(world, state, TARGETS_NAME);
	return !directory_bad("state directory",
			      run->source.config->state_directory,
			      run->targets_dir);
}

/* Others must not be able to write promises. */
static bool state_directory_safe(struct run *run)
{
	struct world *world = run->source.world;
	const char *path = run->source.config->state_directory;
	struct file_info info;
	int error = world->file_info(world, WORLD_CWD, path, true, &info);

	if (error)
		log_error("state directory %s: %s", path, strerror(-error));
	else if (info.mode & 022)
		log_error("state directory %s: others can write to it; "
			  "chmod 700", path);
	else if (info.uid != 0 && info.uid != world->uid)
		log_error("state directory %s: it belongs to user %u, who can "
			  "write to it; chown it", path, info.uid);
	else
		return true;
	return false;
}

static bool open_directories(struct run *run)
{
	struct world *world = run->source.world;
	const struct config *config = run->source.config;
	struct links_places *places = &run->source.places;

	places->letsencrypt_path = config->letsencrypt_directory;
	places->dane_path = config->dane_directory;
	places->state_path = config->state_directory;
	places->letsencrypt = world->dir_open(world, WORLD_CWD,
					      places->letsencrypt_path);
	places->dane = open_directory(run, places->dane_path, 0755);
	places->state = open_directory(run, places->state_path, 0700);
	return !directory_bad("letsencrypt directory",
			      places->letsencrypt_path, places->letsencrypt) &&
	       !directory_bad("dane directory", places->dane_path,
			      places->dane) &&
	       !directory_bad("state directory", places->state_path,
			      places->state) &&
	       state_directory_safe(run) && open_targets(run);
}

static unsigned lock_wait_ms(enum command command)
{
	if (command == COMMAND_RUN)
		return 0;
	return command == COMMAND_PRE ? LOCK_WAIT_PRE_MS : LOCK_WAIT_MS;
}

static enum exit_status take_lock(struct run *run)
{
	struct world *world = run->source.world;
	unsigned wait_ms = lock_wait_ms(run->command);
	int error;

	if (run->dry_run)
		return EXIT_DONE;
	error = world->lock(world, run->source.places.state, LOCK_NAME,
			    wait_ms);
	run->locked = !error;
	if (error == -EAGAIN) {
		log_warning("another instance is at work; %s", wait_ms ?
			    "gave up waiting for it" : "leaving it to that");
		return EXIT_BUSY;
	}
	if (error) {
		log_error("lock in %s: %s", run->source.places.state_path,
			  strerror(-error));
		return EXIT_STATE;
	}
	return EXIT_DONE;
}

/*
 * A command that was killed may have moved links or written promises that are
 * not on the disk yet: a power cut would take back what this one relies on.
 */
static bool secure_disk(struct run *run)
{
	const struct links_places *places = &run->source.places;
	struct world *world = run->source.world;
	const char *path = places->state_path;
	int error = world->dir_sync(world, places->state);

	if (!error)
		error = world->dir_sync(world, run->targets_dir);
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

static void set_rights(struct run *run)
{
	struct facts_source *source = &run->source;
	bool follow = source->config->follow_live;

	source->pin = !follow || run->command == COMMAND_PRE;
	source->local_only = run->command == COMMAND_PRE ||
			     run->command == COMMAND_INIT;
	source->recreate = run->command == COMMAND_INIT;
	source->rest = REST_UNLESS_CERTBOT;
	if (run->command == COMMAND_POST || run->command == COMMAND_INIT)
		source->rest = REST_ALWAYS;
	if (run->command == COMMAND_DEPLOY)
		source->rest = REST_NEVER;
}

/* ---- Targets ---------------------------------------------------------- */

/* Takes over FAILURE: nothing is done for this target. */
static void fail_target(struct run_target *target, char *failure)
{
	target->failure = failure;
	target->line = xstrdup(failure);
	target->done = true;
}

/* The links can be pinned without a state; nothing else can be decided. */
static void begin_damaged(struct run *run, struct run_target *target,
			  const char *detail)
{
	const char *name = target->config->name;

	target->damage = xasprintf("%s: its state %s/%s/%s.json cannot be "
		"used: %s; restore it, or move it away to begin anew", name,
		run->source.places.state_path, TARGETS_NAME, name, detail);
	if (run->source.local_only) {
		target->state = state_new(name);
		target->state->transient = true;
		return;
	}
	fail_target(target, xstrdup(target->damage));
}

/* What secure_disk() does, for the links of one target. */
static void secure_links(struct run *run, struct run_target *target)
{
	const struct links_places *places = &run->source.places;
	const char *name = target->config->name;
	int error = run->dry_run || target->done ? 0 :
		    links_secure(run->source.world, places, name);

	if (!error || run->source.local_only)
		return;
	fail_target(target, xasprintf("%s: its links in %s/%s cannot be "
				      "written to disk: %s", name,
				      places->dane_path, name,
				      strerror(-error)));
}

static void load_target(struct run *run, struct run_target *target,
			const struct config_target *config)
{
	struct moment now;
	char *detail = NULL;

	target->config = config;
	run->source.world->now(run->source.world, &now);
	switch (state_load(run->source.world, run->targets_dir, config->name,
			   &target->state, &detail)) {
	case STATE_OK:
		run_check_clock(target, &now);
		break;
	case STATE_ABSENT:
		target->state = state_new(config->name);
		target->state->saved = now;
		break;
	case STATE_DAMAGED:
	case STATE_FAILED:
		begin_damaged(run, target, detail);
		break;
	}
	free(detail);
	secure_links(run, target);
}

static void load_targets(struct run *run)
{
	const struct config *config = run->source.config;

	run->count = config->target_count;
	run->targets = xcalloc(run->count, sizeof(*run->targets));
	for (size_t i = 0; i < run->count; i++)
		load_target(run, &run->targets[i], &config->targets[i]);
	run_find_users(run);
}

/* ---- Targets that vanished from the configuration --------------------- */

static char *stray_line(const struct run *run, const struct state *state)
{
	if (state->published_count)
		return xasprintf("%s: no longer in the configuration, but "
			"records that it published stand at %s: put it back, "
			"or delete the records and then %s/%s/%s.json",
			state->target, state->published[0].owner,
			run->source.places.state_path, TARGETS_NAME,
			state->target);
	if (state->presented_count > 1)
		return xasprintf("%s: no longer in the configuration, in the "
			"middle of a rollover: put it back until it is done",
			state->target);
	return NULL;
}

/* Told once, like every alarm. */
static void tell_stray(struct run *run, struct state *state, const char *line)
{
	if (run->dry_run)
		return;
	if (alarm_is_same(state->alarm, line) && !run->repeat_alarms) {
		log_verbose("%s", line);
		return;
	}
	log_error("%s", line);
	free(state->alarm);
	state->alarm = xstrdup(line);
	state_save(run->source.world, run->targets_dir, state);
}

static void find_stray(struct run *run, const char *name)
{
	struct state *state = NULL;
	char *detail = NULL;
	char *line;

	if (config_find_target(run->source.config, name) ||
	    !lineage_name_valid(name))
		return;
	if (state_load(run->source.world, run->targets_dir, name, &state,
		       &detail) == STATE_OK) {
		line = stray_line(run, state);
		if (line) {
			*array_push(run->strays, run->stray_count) = line;
			tell_stray(run, state, line);
		}
	}
	free(detail);
	state_free(state);
}

/* A target at rest writes nothing more that would clear this away. */
static void clear_temporary(struct run *run, const char *entry)
{
	struct world *world = run->source.world;

	if (!run->dry_run && atomic_is_temporary(entry))
		world->file_remove(world, run->targets_dir, entry);
}

static void find_strays(struct run *run)
{
	struct world *world = run->source.world;
	struct names names = { 0 };

	if (world->dir_list(world, run->targets_dir, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		char *dot = strrchr(names.names[i], '.');

		clear_temporary(run, names.names[i]);
		if (!dot || !streq(dot, ".json") || dot == names.names[i])
			continue;
		*dot = '\0';
		find_stray(run, names.names[i]);
	}
	names_free(&names);
}

enum exit_status run_open(struct run *run, struct world *world,
			  const struct config *config, enum command command,
			  enum run_manner manner)
{
	enum exit_status status;

	*run = (struct run){ .command = command,
			     .dry_run = manner == RUN_DRY,
			     .repeat_alarms = manner == RUN_REPEAT_ALARMS };
	run->source.world = world;
	run->source.config = config;
	run->source.places = (struct links_places){ -1, -1, -1,
						    NULL, NULL, NULL };
	run->targets_dir = -1;
	if (!open_directories(run))
		return EXIT_STATE;
	status = take_lock(run);
	if (status != EXIT_DONE)
		return status;
	if (!run->dry_run && !secure_disk(run))
		return EXIT_STATE;
	set_rights(run);
	load_targets(run);
	find_strays(run);
	return EXIT_DONE;
}

static void close_directory(struct world *world, int dir)
{
	if (dir >= 0)
		world->dir_close(world, dir);
}

static void close_target(struct run_target *target)
{
	if (target->state)
		facts_clear(&target->facts);
	state_free(target->state);
	for (size_t i = 0; i < target->asked_count; i++)
		free(target->asked[i]);
	free(target->asked);
	json_decref(target->report);
	free(target->unanswered);
	free(target->reload_failure);
	free(target->damage);
	free(target->failure);
	free(target->line);
	free(target->probe_detail);
}

void run_close(struct run *run)
{
	struct world *world = run->source.world;

	run_drop_survey(run);
	if (run->zones_known)
		zones_clear(&run->zones);
	for (size_t i = 0; i < run->count; i++)
		close_target(&run->targets[i]);
	for (size_t i = 0; i < run->owner_count; i++)
		free((char *)run->owners[i]);
	for (size_t i = 0; i < run->stray_count; i++)
		free(run->strays[i]);
	free(run->owners);
	free(run->strays);
	run_free_users(run);
	free(run->targets);
	keyring_clear(&run->keyring);
	if (run->locked)
		world->unlock(world);
	close_directory(world, run->targets_dir);
	close_directory(world, run->source.places.dane);
	close_directory(world, run->source.places.state);
	close_directory(world, run->source.places.letsencrypt);
}
