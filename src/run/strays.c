/* SPDX-License-Identifier: MIT */
#include "run/strays.h"

#include "base/lineage_name.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "tell/alarm.h"

#include <stdlib.h>

/* ---- Who is configured ------------------------------------------------ */

/* Sorted, borrowed: there may be as many states as targets. */
static const char **configured_names(const struct config *config)
{
	size_t n = config->target_count;
	const char **names = xcalloc(n, sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = config->targets[i].name;
	if (n)
		qsort(names, n, sizeof(*names), text_compare);
	return names;
}

static bool is_among(const char **names, size_t n, const char *name)
{
	return n && bsearch(&name, names, n, sizeof(*names), text_compare);
}

/* ---- Those that are not ----------------------------------------------- */

static char *stray_line(const struct pass *pass, const struct state *state)
{
	if (state->published_count)
		return xasprintf("%s: no longer in the configuration, but "
			"records that it published stand at %s: put it back, "
			"or delete the records and then %s/%s/%s.json",
			state->target, state->published[0].owner,
			pass->source.places.state_path, TARGETS_NAME,
			state->target);
	if (state->removal)
		return xasprintf("%s: no longer in the configuration, but "
			"caches may hold its records: put it back until "
			"alnitak remove says that it is removed",
			state->target);
	if (state->presented_count > 1)
		return xasprintf("%s: no longer in the configuration, in the "
			"middle of a rollover: put it back until it is done",
			state->target);
	return NULL;
}

static int64_t now_ms(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.wall_ms;
}

/* The end of a removal: this kept it from beginning anew while it stood in the
 * configuration. */
static void forget(const struct pass *pass, const char *name)
{
	char *file = xasprintf("%s.json", name);

	if (!pass->source.dry_run)
		pass->source.world->file_remove(pass->source.world,
						pass->targets.dir, file);
	free(file);
}

/* LINE may be NULL: nobody is needed (any more). */
static void tell(struct pass *pass, struct state *state, const char *line)
{
	struct world *world = pass->source.world;
	bool news;

	if (pass->source.dry_run)
		return;
	news = line ? alarm_begin(&pass->source, &state->alarm, line,
				  now_ms(world)) :
		      alarm_end(state->target, &state->alarm, now_ms(world));
	if (news)
		state_save(world, pass->targets.dir, state);
}

static void look_at(struct pass *pass, const char *name)
{
	struct strays *strays = &pass->strays;
	struct state *state = NULL;
	char *detail = NULL, *line = NULL;

	if (state_load(pass->source.world, pass->targets.dir, name, &state,
		       &detail) == STATE_OK &&
	    state->removal == REMOVAL_DONE) {
		forget(pass, name);
	} else if (state) {
		/* What tells that it came back from a backup is gone once it
		 * is saved. */
		state_check_file(state, now_ms(pass->source.world));
		line = stray_line(pass, state);
		tell(pass, state, line);
	}
	if (line || (state && state->alarm.told))
		*array_push(strays->items, strays->count) =
			(struct stray){ state, line };
	else
		state_free(state);
	free(detail);
}

/* A target at rest writes nothing more that would clear this away. */
static void clear_temporary(struct pass *pass, const char *entry)
{
	struct world *world = pass->source.world;

	if (!pass->source.dry_run && atomic_is_temporary(entry))
		world->file_remove(world, pass->targets.dir, entry);
}

void strays_find(struct pass *pass)
{
	const struct config *config = pass->source.config;
	struct world *world = pass->source.world;
	const char **configured;
	struct texts names = { 0 };

	if (world->dir_list(world, pass->targets.dir, &names))
		return;
	configured = configured_names(config);
	for (size_t i = 0; i < names.count; i++) {
		char *name = names.items[i], *dot = strrchr(name, '.');

		clear_temporary(pass, name);
		if (!dot || !streq(dot, ".json") || dot == name)
			continue;
		*dot = '\0';
		if (!is_among(configured, config->target_count, name) &&
		    lineage_name_valid(name))
			look_at(pass, name);
	}
	free(configured);
	texts_clear(&names);
}

void strays_clear(struct strays *strays)
{
	for (size_t i = 0; i < strays->count; i++) {
		state_free(strays->items[i].state);
		free(strays->items[i].line);
	}
	free(strays->items);
	*strays = (struct strays){ NULL, 0 };
}

bool strays_stand(const struct strays *strays)
{
	for (size_t i = 0; i < strays->count; i++)
		if (strays->items[i].line)
			return true;
	return false;
}
