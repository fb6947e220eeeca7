/* SPDX-License-Identifier: MIT */
#include "checker_internal.h"

#include "base/xalloc.h"

#include <string.h>

/*
 * Caches: whatever any server gave to resolvers is kept by some cache until
 * its TTL (or a resolver's own floor) and the time in flight are over, and
 * at every instant some cache has just taken it. So the set of versions that
 * may be cached is exact, not sampled.
 *
 * Services: what a worker has loaded, and what a service that starts at this
 * very moment would load.
 */

void checker_open(struct sim *sim)
{
	sim->checker = sim_alloc(sim, sizeof(*sim->checker));
}

/* ---- What nobody could have helped ------------------------------------ */

/*
 * All exceptions to the promise, and why. What stands first in each, to the
 * full stop, the manual says in the same words (WHAT CANNOT BE PROMISED in
 * alnitak(8)).
 *
 * stray	A certificate that services load before any command could have
 *		prevented it, because certbot renewed without a pre hook while
 *		links followed live, because somebody put back links of former
 *		times, or because a service does not use the links. Where links
 *		are at rest on live and no pre hook had completed, what started
 *		before the next command had run loaded it. Or a pin that a
 *		failed pre hook left was lost with the power before the next
 *		command could write it. Or links were put back, and nobody has
 *		moved them since; or a service presents what the links did not
 *		show when it loaded that, nor since. What strayed is right again
 *		when it is released, by a command that asked, or taken over by
 *		init, and not because it was left there, or links were led back
 *		to it after others had led them away.
 * forced	The first certificate of a lineage that was deleted while
 *		nothing of it was held. It had to go into service at once, and
 *		nobody knows any more what those before it were.
 * first	What was wrong before the first run. So, too, where others edit
 *		what was wrong then.
 * regressed	A name server that goes back to an old zone after it has
 *		answered the last look before a release, or goes back and
 *		returns between two looks. Looks are those of commands that
 *		lived to note what they saw.
 * edited	An edit by others that takes the match away, or brings a new
 *		combination, after the last look at the primary. What the
 *		program makes of that in one step must have a match again.
 * unguarded	The same edit where a program publishes, until the next look.
 *		Nobody can tell the program what must still stand when it adds
 *		the next records of what it was asked for.
 * unmet	A name server that leaves the delegation before any look could
 *		meet it, or that old caches go on asking for more than two days
 *		where only the parent, unsigned, has such a TTL. Again of a
 *		command that lived to note it; the latter nobody does here.
 * unseen	A set of others, or a time to live, that came and went between
 *		two looks. No look at any server could see it, so that its TTL
 *		was not to be known.
 * forgotten	What a lost or restored state knew and no look can tell any
 *		more, which are longer times to live than those of today and
 *		servers that left. So, too, what came after the backup of a
 *		state that was put back, and was gone by then.
 * another	What another host presents under the same name, without a record
 *		of its own in each combination configured here, where no probe
 *		sees it or strangers are allowed. Nobody can tell the program
 *		of it then. Nor can it know who else counts on an issuer's
 *		record that it published itself.
 * hidden	What a view or a machine shows that no look from here meets, nor
 *		one of four in a row where an address contradicted itself, but
 *		for what resolvers named in outside say of it. So what a second
 *		machine at an address serves after a look at another one, and
 *		before the next that meets it.
 *
 * And what no world of the simulator does, for the program cannot know it:
 *
 * stale	An answer that a resolver keeps or gives for longer than its
 *		time to live and the margin together.
 */
static bool is_edited_later(const struct version *version,
			    const struct showing *showing)
{
	/* Back to the edit in which the match was lost, or to what had none at
	 * the start. What the program makes of that in one step must
	 * have a match again, where it can know: a command that could not read
	 * all there is does not. */
	while (version->before && (version->in_pieces || version->troubled ||
				   showing->lost ||
				   version->origin != ORIGIN_ALNITAK) &&
	       !checker_covers(version->before, showing->cert))
		version = version->before;
	return version->unguarded ||
	       (showing->first && version->origin == ORIGIN_START) ||
	       (version->origin == ORIGIN_OTHERS &&
		version->made_ms > showing->look_ms[0][version->owner]);
}

/* A set that a command made which found the links where they led to that, and
 * could read it. One that is made in pieces is what it is, in between. */
static bool makes_worse(const struct version *version,
			const struct showing *showing)
{
	return version->origin == ORIGIN_ALNITAK && !version->in_pieces &&
	       !version->troubled &&
	       version->command_ms > showing->linked_ms;
}

/* A command that is at work has seen what it looked at, though it has not noted
 * that yet. */
static bool is_seen_by(const struct sim *sim, unsigned look_command)
{
	return sim->in_command && look_command == sim->command;
}

/* No look met it, nor can tell its time to live; of what was there at the start
 * the configuration may. What only keeps what was there before is as well known
 * as that. */
static bool is_unmet(const struct sim *sim, const struct version *version)
{
	if (version->seen || is_seen_by(sim, version->look_command))
		return false;
	return version->forgotten ||
	       (version->origin == ORIGIN_START &&
		version->ttl > sim->config->record_ttl_seconds) ||
	       (version->origin == ORIGIN_OTHERS &&
		!(version->only_keeps && !is_unmet(sim, version->before)));
}

/* No look up to that before SHOWING could tell of it. */
static bool is_unlooked(const struct sim *sim, const struct served *served,
			const struct showing *showing)
{
	const struct version *version = served->version;
	size_t server = (size_t)(served->server - sim->servers);

	if (served->regressed &&
	    ((!served->looked_at && !is_seen_by(sim, served->look_command)) ||
	    served->from_ms > showing->look_ms[server][version->owner]))
		return true;
	if (is_unmet(sim, version))
		return true;
	if (machines_hide(served, showing->look_ms[server][version->owner]))
		return true;
	return served->until_ms <= served->server->unmet_ms[version->owner];
}

static bool is_excused(const struct sim *sim, const struct served *served,
		       const struct showing *showing)
{
	if (showing->stray)
		return !makes_worse(served->version, showing);
	if (showing->first && served->version->origin == ORIGIN_START)
		return true;
	return is_unlooked(sim, served, showing) ||
	       is_edited_later(served->version, showing);
}

/* ---- The promise ------------------------------------------------------ */

bool checker_is_cached(const struct sim *sim, const struct served *served)
{
	int64_t kept_ms = served->version->ttl * SECOND;

	if (served->until_ms == FOREVER)
		return true;
	if (kept_ms < sim->floor_ms)
		kept_ms = sim->floor_ms;
	return served->until_ms + kept_ms + sim->flight_ms >= sim->now_ms;
}

/* By a command that knew of ALIAS. */
static bool is_made_for(const struct sim *sim, const struct version *set,
			const struct version *alias)
{
	return set->origin == ORIGIN_ALNITAK &&
	       set->command_ms > alias->made_ms &&
	       (alias->seen || is_seen_by(sim, alias->look_command));
}

/* Some cache may lead a client of target T there by an alias; and not only by
 * one that others made when nobody could look any more, or that has to do with
 * what strayed in, and of which the program knew nothing when it made this
 * set. */
static bool is_reached(const struct sim *sim, const struct served *served,
		       size_t t, const struct showing *showing)
{
	const struct version *set = served->version;
	const struct owner *owner = &sim->owners[set->owner];

	if (!owner->via)
		return true;
	for (const struct served *at = sim->served; at; at = at->next) {
		const struct version *alias = at->version;

		if (alias->alias == set->owner + 1 &&
		    checker_is_cached(sim, at) &&
		    sim->owners[alias->owner].users & 1U << t &&
		    !is_unlooked(sim, at, showing) &&
		    (!(showing->stray || is_edited_later(alias, showing)) ||
		     is_made_for(sim, set, alias)))
			return true;
	}
	return false;
}

static void blame(struct sim *sim, const struct served *served,
		  const struct showing *showing)
{
	const struct version *version = served->version;

	sim_fail(sim, "a cache may hold %s of %s (ttl %u, served by %s "
		 "from %.1f until %.1f s), and a service may present %s",
		 rrs_text(sim, version->rrs, version->count),
		 sim->owners[version->owner].name, version->ttl,
		 served->server->name, (double)served->from_ms / 1000,
		 served->until_ms == FOREVER ? -1.0 :
		 (double)served->until_ms / 1000, showing->cert->title);
}

/* The same, of what cannot be told apart by such records: who has none of the
 * one has none of the other, and nothing begins with it. */
static bool is_excused_by_like(const struct sim *sim,
			       const struct served *served, size_t t,
			       const struct showing *showing)
{
	for (size_t i = 0; i < sim->checker->count[t]; i++) {
		const struct showing *like = &sim->checker->showings[t][i];

		if (like->known &&
		    checker_same_records(served->version, like->cert,
					 showing->cert) &&
		    is_excused(sim, served, like))
			return true;
	}
	return false;
}

static void check_target(struct sim *sim, size_t t)
{
	struct checker *checker = sim->checker;

	for (const struct served *at = sim->served; at; at = at->next) {
		const struct owner *owner = &sim->owners[at->version->owner];

		if (!(owner->users & 1U << t) || !checker_is_cached(sim, at))
			continue;
		for (size_t i = 0; i < checker->count[t]; i++) {
			const struct showing *showing =
				&checker->showings[t][i];

			if (showing->now &&
			    !checker_covers(at->version, showing->cert) &&
			    is_reached(sim, at, t, showing) &&
			    !is_excused(sim, at, showing) &&
			    !is_excused_by_like(sim, at, t, showing))
				blame(sim, at, showing);
		}
	}
}

void checker_look(struct sim *sim)
{
	if (!sim->checker)
		return;
	for (size_t t = 0; t < sim->target_count; t++) {
		checker_find_showings(sim, t);
		check_target(sim, t);
	}
}

void checker_lock(struct sim *sim, const char *what)
{
	if (sim->in_command && sim->needs_lock && !sim->has_lock)
		sim_fail(sim, "%s without the lock", what);
}

void checker_first_record(struct sim *sim, struct owner *owner,
			  const struct version *now)
{
	for (size_t t = 0; t < sim->target_count; t++) {
		const struct target *target = &sim->targets[t];

		if (owner->users == 1U << t && !owner->begun && !now->count &&
		    !target->allows_strangers &&
		    services_have_stranger(sim, target))
			sim_fail(sim, "%s begins, and a machine there presents "
				 "what has no record", owner->name);
	}
	/* What came after its look is for the next one. */
	if (now->by_wildcard && now->look_command == sim->command &&
	    !sim->allows_wildcards)
		sim_fail(sim, "%s begins, and hides what a wildcard gives",
			 owner->name);
	owner->begun = true;
}

/* ---- After a command -------------------------------------------------- */

const char *kind_of_place(struct sim *sim, const struct target *target)
{
	char *path = sim_text(sim, "/etc/alnitak/dane/%s/fullchain.pem",
			      target->name);
	int error;
	const struct node *node = files_walk(sim, sim->root, path, false,
					     &error);

	if (!node || node->kind != NODE_LINK)
		return "nothing";
	return strstr(node->data, "/live/") ? "live" : "version";
}

/* While a cache has no match for what they would load nobody shall tell them
 * to. */
static bool is_load_unsafe(struct sim *sim, struct target *target)
{
	const struct cert *shown = services_would_load(sim, target);
	size_t t = (size_t)(target - sim->targets);

	for (const struct served *at = sim->served; shown && at; at = at->next)
		if (sim->owners[at->version->owner].users & 1U << t &&
		    checker_is_cached(sim, at) &&
		    !checker_covers(at->version, shown))
			return true;
	return false;
}

/* Before all that a state which was put back waits for is over once more nobody
 * is asked to have services load what it has. */
static int64_t told_from(const struct sim *sim, const struct target *target)
{
	int64_t from_ms = sim->quiet_ms;

	if (target->forgot && sim->put_back_ms + WAIT_LONGEST_MS > from_ms)
		from_ms = sim->put_back_ms + WAIT_LONGEST_MS;
	return target->astray_ms > from_ms ? target->astray_ms : from_ms;
}

/* Alarms of what has no known end come after six hours, and what is settled is
 * looked at within two. */
static void check_astray(struct sim *sim, struct target *target)
{

	/* Nobody reloads for certbot once the target is removed. */
	if (target->removed || !services_are_astray(sim, target) ||
	    is_load_unsafe(sim, target))
		target->astray_ms = FOREVER;
	else if (target->astray_ms == FOREVER)
		target->astray_ms = sim->now_ms;
	if (target->astray_ms != FOREVER &&
	    sim->now_ms - told_from(sim, target) > 8 * HOUR + 5 * sim->timer_ms)
		sim_fail(sim, "nobody was told in hours that a service of %s "
			 "does not present what its links show", target->name);
}

void checker_after_command(struct sim *sim, const char *command, int status)
{
	if ((status != EXIT_DONE && status != EXIT_FAILED) || sim->troubled)
		return;
	for (size_t t = 0; t < sim->target_count; t++) {
		struct target *target = &sim->targets[t];

		/* What certbot did meanwhile is for the next command. */
		if (target->stray_ms >= sim->command_ms ||
		    target->cleaned_ms >= sim->command_ms)
			continue;
		target->stray = target->is_loose = false;
		/* Once links lead to live for good, certbot's moment when its
		 * own do not fit is theirs. */
		if (target->deployed && !services_would_load(sim, target) &&
		    !(target->removed &&
		      streq(kind_of_place(sim, target), "live")))
			sim_fail(sim, "after %s no service of %s can start: "
				 "its links lead to %s", command,
				 target->name, kind_of_place(sim, target));
		check_astray(sim, target);
		checker_find_showings(sim, t);
		checker_note_taken(sim, t);
	}
	checker_look(sim);
}
