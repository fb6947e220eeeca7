/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "disk/links_pin.h"
#include "pass/targets.h"

#include <stdlib.h>

/* ---- What needs nothing but the links --------------------------------- */

static bool open_places(struct world *world, const struct config *config,
			struct links_places *places)
{
	*places = (struct links_places){
		.letsencrypt_path = config->letsencrypt_directory,
		.dane_path = config->dane_directory,
		.state_path = config->state_directory,
		.state = -1 };
	places->letsencrypt = world->dir_open(world, WORLD_CWD,
					      places->letsencrypt_path);
	places->dane = world->dir_open(world, WORLD_CWD, places->dane_path);
	return places->letsencrypt >= 0 && places->dane >= 0;
}

static void close_places(struct world *world, struct links_places *places)
{
	if (places->letsencrypt >= 0)
		world->dir_close(world, places->letsencrypt);
	if (places->dane >= 0)
		world->dir_close(world, places->dane);
}

/* False where links go on following live, or may again. */
static bool pin_target(const struct lineage *lineage)
{
	unsigned number;
	char *detail;
	int error = links_pin_live(lineage, &number, &detail);

	if (!error && number)
		log_info("%s: links are pinned to version %u, which they led "
			 "to", lineage->name, number);
	if (error)
		log_error("%s: %s: %s", lineage->name,
			  links_follow_live(lineage) ?
			  "its links still follow live, and what certbot makes "
			  "now goes into service at once" :
			  "its links are pinned, but a power cut may undo that",
			  detail ? detail : strerror(-error));
	free(detail);
	return !error;
}

/* Removed, so that its services shall follow live. Where that cannot be read it
 * is not so. */
static bool is_left(const struct config *config, const struct lineage *lineage)
{
	struct world *world = lineage->world;
	char *path = xasprintf("%s/" TARGETS_NAME, config->state_directory);
	int dir = world->dir_open(world, WORLD_CWD, path);
	struct state *state = NULL;
	char *detail = NULL;
	bool left;

	free(path);
	if (dir < 0)
		return false;
	left = state_load(world, dir, lineage->name, &state, &detail) ==
	       STATE_OK && state_is_left(state);
	state_free(state);
	free(detail);
	world->dir_close(world, dir);
	return left;
}

static bool pin_targets(struct world *world, const struct config *config)
{
	struct links_places places;
	bool opened = open_places(world, config, &places), good = opened;

	for (size_t i = 0; i < config->target_count && opened; i++) {
		const struct lineage lineage = { world, &places,
			config->targets[i].name, NULL };

		if (links_follow_live(&lineage) && is_left(config, &lineage))
			continue;
		if (!pin_target(&lineage))
			good = false;
	}
	close_places(world, &places);
	return good;
}

static bool all_are_pinned(struct world *world, const struct config *config)
{
	struct links_places places;
	bool pinned = open_places(world, config, &places);

	for (size_t i = 0; i < config->target_count && pinned; i++) {
		const struct lineage lineage = { world, &places,
			config->targets[i].name, NULL };

		pinned = links_are_pinned(&lineage);
	}
	close_places(world, &places);
	return pinned;
}

/* ---- The command ------------------------------------------------------ */

/*
 * A pass first, which knows what the links should show, and puts those right
 * that an earlier command left half moved; then, whatever became of that, the
 * pin that needs nothing. Where every link is pinned, as is the rule, there is
 * nothing to do: no lock is waited for, and no state can be in the way.
 */
enum exit_status command_pre(struct world *world, const struct config *config,
			     const struct options *options)
{
	enum exit_status status = EXIT_DONE;
	bool good;

	if (config->follow_live || options->dry_run ||
	    !all_are_pinned(world, config))
		status = command_run(world, config, options);
	if (options->dry_run)
		return status;
	good = pin_targets(world, config);
	if (good && status != EXIT_DONE)
		log_info("no link follows live: what certbot makes now does "
			 "not go into service");
	return good || status != EXIT_DONE ? status : EXIT_FAILED;
}
