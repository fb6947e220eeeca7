/* SPDX-License-Identifier: MIT */
#include "run/rests.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "disk/lineage_place.h"
#include "look/gather.h"
#include "look/sharing.h"
#include "run/rests_print.h"
#include "run/run_internal.h"
#include "tell/report.h"
#include "world/trust.h"

#include <stdlib.h>

/* Who may do what to the directory of the links: see mend_mode(). */
#define LINKS_MODE 0755
/* Times of files are no finer than this, whatever the file system: what
 * changed so shortly before it was looked at may change again with the same
 * time. */
#define TICK_NS_MAX INT64_C(5000000000)

/* ---- Believed ---------------------------------------------------------- */

static void read_file(struct pass *pass)
{
	struct world *world = pass->source.world;
	struct file_info info;
	char *text = NULL;
	size_t size;

	if (world->file_read(world, pass->source.places.state, RESTS_NAME,
			     SETTLED_SIZE_MAX, &text, &size, &info))
		return;
	if (trust_judge(&info, world->uid) != TRUST_FULL ||
	    !settled_parse(text, size, PACKAGE_VERSION, &pass->rests.settled))
		log_verbose("%s/" RESTS_NAME " cannot be used; every target "
			    "is read", pass->source.places.state_path);
	free(text);
}

static bool is_believed(const struct pass *pass,
			const struct config_target *config,
			const struct settled_target *at)
{
	const struct moment *now = &pass->rests.begun;
	struct fingerprint print;

	return state_clocks_agree(&at->saved, now) &&
	       facts_looked_lately(pass->source.config->recheck_seconds,
				   config->name, at->looked_ms,
				   now->wall_ms) &&
	       rests_print(pass, config, at, INT64_MAX, &print) &&
	       fingerprint_equal(&print, &at->print);
}

static char *line_at_rest(const char *name)
{
	return xasprintf("%s: %s", name, report_step(STEP_NOTHING));
}

static void find(struct pass *pass, struct target *target,
		 const struct config_target *config)
{
	struct settled_target *at = settled_find(&pass->rests.settled,
						 config->name);

	if (!at || !is_believed(pass, config, at))
		return;
	target->config = config;
	target->rests = at;
	target->done = true;
	target->line = line_at_rest(config->name);
	pass->rests.any = true;
}

void rests_find(struct pass *pass)
{
	const struct config *config = pass->source.config;
	struct rests *rests = &pass->rests;

	pass->source.world->now(pass->source.world, &rests->begun);
	rests->is_used = pass->source.calling->rests && pass->locked &&
			 rests_print_base(pass, &rests->base);
	if (!rests->is_used)
		return;
	read_file(pass);
	for (size_t i = 0; i < config->target_count; i++)
		find(pass, &pass->targets.items[i], &config->targets[i]);
}

/* ---- Read after all ---------------------------------------------------- */

static void wake(struct pass *pass, struct target *target)
{
	free(target->line);
	target->line = NULL;
	target->rests = NULL;
	target->done = false;
	run_load_target(pass, target, target->config);
}

/* The users of one owner, COUNT in a row. */
static bool wake_users(struct pass *pass, const struct owner_user *users,
		       size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct target *target = &pass->targets.items[users[i].target];

		if (!target->rests)
			continue;
		wake(pass, target);
		any = true;
	}
	return any;
}

static bool is_under_way(const struct pass *pass,
			 const struct owner_user *users, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!pass->targets.items[users[i].target].rests)
			return true;
	return false;
}

/* Records of TARGET stand where others alone are configured now, perhaps. */
static bool wake_beside(struct pass *pass, const struct target *target)
{
	const struct state *state = target->state;
	bool any = false;
	size_t count;

	for (size_t i = 0; state && i < state->published_count; i++) {
		const struct owner_user *users = sharing_users_of(
			&pass->sharing, state->published[i].owner, &count);

		any |= wake_users(pass, users, count);
	}
	return any;
}

static bool wake_once(struct pass *pass)
{
	const struct sharing *sharing = &pass->sharing;
	size_t count;
	bool any = false;

	for (size_t i = 0; i < sharing->count; i += count) {
		const struct owner_user *users = &sharing->users[i];

		for (count = 1; i + count < sharing->count &&
		     streq(users[count].owner, users->owner); count++)
			;
		if (is_under_way(pass, users, count))
			any |= wake_users(pass, users, count);
	}
	for (size_t i = 0; i < pass->targets.count; i++)
		any |= wake_beside(pass, &pass->targets.items[i]);
	return any;
}

bool rests_wake(struct pass *pass)
{
	bool any = false;

	while (pass->rests.any && wake_once(pass)) {
		any = true;
		/* They know of aliases of their own. */
		sharing_find_users(pass);
	}
	return any;
}

/* ---- Noted ------------------------------------------------------------- */

/* Nothing of it is known elsewhere than in the state and in these links. */
static bool is_quiet(const struct target *target)
{
	const struct state *state = target->state;

	return target->done && !target->failure && !target->damage &&
	       !target->reload_failure && !target->unsaved && state &&
	       target->action.step == STEP_NOTHING &&
	       target->action.reason == REASON_NONE && !state->transient &&
	       !state->restored && !state->removal && state->has_released &&
	       state->has_settled && !state->alarm.text && !state->alarm.told;
}

/* Of two numbers that show the same rests_print() knows the live one. */
static bool is_clear(const struct facts *facts)
{
	return facts->released &&
	       (facts->links.place != LINKS_ARCHIVE ||
		facts->links.number == facts->live_number) &&
	       chain_is(facts->shown, &facts->state->released) &&
	       chain_is(facts->live, &facts->state->released) &&
	       !facts->returned.count && !facts->held_unread &&
	       !facts->disk_trouble && !facts->certbot_runs &&
	       facts->released->not_before_seconds >= 0;
}

/* No alias leads from its owners to others, as far as is known. */
static bool is_where_configured(const struct pass *pass,
				const struct target *target)
{
	const struct config_target *config = target->config;
	struct texts own = { 0 }, names = { 0 };
	bool all = true;

	for (size_t i = 0; i < config->spec_count; i++) {
		texts_add(&own, config->specs[i].owner);
		sharing_reach(&pass->seen, target, config->specs[i].owner,
			      &names);
	}
	for (size_t i = 0; i < names.count; i++)
		all &= texts_has(&own, names.items[i]);
	texts_clear(&own);
	texts_clear(&names);
	return all;
}

/* Where certbot puts it unless told otherwise, so that rests_print() knows all
 * of it; and services come through to the links. */
static bool is_placed_simply(const struct pass *pass, const char *name)
{
	const struct links_places *places = &pass->source.places;
	struct world *world = pass->source.world;
	const struct lineage lineage = { world, places, name, NULL };
	char *want = xasprintf("archive/%s", name);
	int trouble;
	char *archive = lineage_archive_path(&lineage, &trouble);
	struct file_info info;
	bool simply = !trouble && streq(archive, want) &&
		      !world->file_info(world, places->dane, name, false,
					&info) &&
		      (info.mode & LINKS_MODE) == LINKS_MODE;

	free(archive);
	free(want);
	return simply;
}

/* What else comes back beside the version in service, as from a backup, may be
 * whole later, with no other time than its own. */
static bool is_held_alone(const struct pass *pass, const char *name)
{
	struct world *world = pass->source.world;
	char *path = xasprintf("held/%s", name);
	int dir = world->dir_open(world, pass->source.places.state, path);
	struct texts names = { 0 };
	bool alone = dir >= 0 && !world->dir_list(world, dir, &names) &&
		     names.count == 1;

	texts_clear(&names);
	if (dir >= 0)
		world->dir_close(world, dir);
	free(path);
	return alone;
}

/* TARGET, which was read, rests: AT is filled in, but for the name. */
static bool describe(const struct pass *pass, const struct target *target,
		     struct settled_target *at)
{
	const char *name = target->config->name;
	const struct chain *released = target->facts.released;
	int64_t latest_ns = pass->rests.begun.wall_ms * 1000000 - TICK_NS_MAX;

	if (!is_quiet(target) || !is_clear(&target->facts) ||
	    !fingerprint_equal(&target->state->released, &released->version) ||
	    !is_where_configured(pass, target) ||
	    !is_placed_simply(pass, name) || !is_held_alone(pass, name))
		return false;
	*at = (struct settled_target){
		.name = unconst(name),
		.number = target->facts.live_number,
		.chain = { .version = released->version,
			   .leaf = released->leaf,
			   .not_before_seconds = released->not_before_seconds,
			   .not_after_seconds = released->not_after_seconds },
		.looked_ms = target->state->looked_ms,
		.saved = target->state->saved,
	};
	return rests_print_copied(pass, name, &at->chain.version,
				  &at->copied) &&
	       rests_print(pass, target->config, at, latest_ns, &at->print);
}

/* True: the file has not that yet. */
static bool add(const struct pass *pass, const struct target *target,
		struct settled *settled)
{
	struct settled_target at;
	const struct settled_target *known;

	if (target->rests) {
		settled_add(settled, target->rests);
		return false;
	}
	if (!describe(pass, target, &at))
		return false;
	settled_add(settled, &at);
	known = settled_find(&pass->rests.settled, at.name);
	return !known || !fingerprint_equal(&known->print, &at.print);
}

static void write_file(struct pass *pass, const struct settled *settled)
{
	struct world *world = pass->source.world;
	char *text = settled_format(settled, PACKAGE_VERSION);
	size_t size = strlen(text);
	int error = size > SETTLED_SIZE_MAX ? -EFBIG :
		    atomic_replace_file(world, pass->source.places.state,
					RESTS_NAME, text, size, 0600);

	if (error)
		log_verbose("%s/" RESTS_NAME " cannot be written: %s; the next "
			    "run reads what rests", pass->source.places.
			    state_path, strerror(-error));
	free(text);
}

void rests_note(struct pass *pass)
{
	struct settled settled = { NULL, 0 };
	struct world *world = pass->source.world;
	struct moment now;
	bool news = false;

	world->now(world, &now);
	if (!pass->rests.is_used ||
	    !state_clocks_agree(&pass->rests.begun, &now))
		return;
	for (size_t i = 0; i < pass->targets.count; i++)
		news |= add(pass, &pass->targets.items[i], &settled);
	if (news) {
		settled_sort(&settled);
		write_file(pass, &settled);
	}
	settled_clear(&settled);
}

void rests_clear(struct rests *rests)
{
	settled_clear(&rests->settled);
}
