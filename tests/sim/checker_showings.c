/* SPDX-License-Identifier: MIT */
#include "checker_internal.h"

#include <string.h>

/* ---- Matching --------------------------------------------------------- */

bool checker_same_kind(const struct rr *a, const struct rr *b)
{
	return a->usage == b->usage && a->selector == b->selector &&
	       a->matching == b->matching;
}

/* What a record of that kind says of CERT; NULL: there is no such kind. */
static const struct selected *selected_of(const struct rr *rr,
					  const struct cert *cert)
{
	bool leaf = rr->usage == 3 || rr->usage == 1;

	if (rr->selector > 1 || rr->matching > 2)
		return NULL;
	return leaf ? &cert->leaf[rr->selector][rr->matching] :
		      &cert->above[rr->selector][rr->matching];
}

bool checker_matches(const struct rr *rr, const struct cert *cert)
{
	const struct selected *have = selected_of(rr, cert);

	return have && have->size == rr->size &&
	       memcmp(have->data, rr->data, rr->size) == 0;
}

bool checker_same_records(const struct version *version, const struct cert *a,
			  const struct cert *b)
{
	for (size_t i = 0; i < version->count; i++) {
		const struct selected *one = selected_of(&version->rrs[i], a);
		const struct selected *other = selected_of(&version->rrs[i],
							   b);

		if (!one || one->size != other->size ||
		    memcmp(one->data, other->data, one->size) != 0)
			return false;
	}
	return true;
}

bool checker_covers(const struct version *version, const struct cert *cert)
{
	for (size_t i = 0; i < version->count; i++) {
		bool matched = false;

		for (size_t k = 0; k < version->count && !matched; k++)
			matched = checker_same_kind(&version->rrs[i],
					    &version->rrs[k]) &&
				  checker_matches(&version->rrs[k], cert);
		if (!matched)
			return false;
	}
	return true;
}

/* ---- Who may present what --------------------------------------------- */

static void set_looks(struct sim *sim, struct showing *showing)
{
	if (sim->in_command)
		machines_noted(sim, true);
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];
		/* Nobody asks a server that is not in the delegation. */
		bool not_due = showing->first || !server->delegated;

		for (size_t k = 0; k < sim->owner_count; k++)
			showing->look_ms[i][k] =
				sim->in_command &&
				server->met_command[k] == sim->command ?
				server->look_ms[k] :
				not_due ? sim->now_ms : FOREVER;
	}
}

static struct showing *find_showing(struct sim *sim, size_t target,
				    const struct cert *cert)
{
	struct checker *checker = sim->checker;
	struct showing *showing;

	for (size_t i = 0; i < checker->count[target]; i++)
		if (checker->showings[target][i].cert == cert)
			return &checker->showings[target][i];
	if (checker->count[target] == SHOWINGS_MAX)
		sim_fail(sim, "too many certificates are presented");
	showing = &checker->showings[target][checker->count[target]++];
	*showing = (struct showing){ .cert = cert, .first = !sim->begun,
				      .linked_ms = FOREVER };
	return showing;
}

/* When the primary was last looked at: who turns an alias since has done it
 * behind that. */
static bool was_led_to(struct sim *sim, size_t owner)
{
	const struct server *primary = dns_primary(sim);
	int via = sim->owners[owner].via;
	const struct version *alias = via ? primary->shown->of[via - 1] : NULL;

	while (alias && alias->before &&
	       alias->made_ms > primary->look_ms[via - 1])
		alias = alias->before;
	return !alias || alias->alias == (int)owner + 1;
}

/* Until when caches may keep what SERVER was seen to have for target T. */
static int64_t longest_kept_ms(struct sim *sim, size_t t,
			       const struct server *server)
{
	int64_t longest_ms = 0;

	for (size_t k = 0; k < sim->owner_count; k++) {
		int64_t until_ms = server->look_ms[k] +
				   server->look_ttl[k] * SECOND;

		if (sim->owners[k].users & 1U << t && until_ms > longest_ms &&
		    was_led_to(sim, k))
			longest_ms = until_ms;
	}
	return longest_ms;
}

/* A set whose signatures end while caches want it again leaves nothing to
 * validate: not before they are renewed may what depends on it begin. */
static void check_signatures(struct sim *sim, size_t t,
			     const struct showing *showing)
{
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];

		if (!server->delegated || !sim->synchronised ||
		    server->look_command != sim->command ||
		    server->look_expires_ms == FOREVER)
			continue;
		if (server->look_expires_ms + SECOND <
		    longest_kept_ms(sim, t, server))
			sim_fail(sim, "%s is shown though the signatures of "
				 "%s end", showing->cert->title, server->name);
	}
}

/* What nobody accepts, or not yet, is not given to services instead of what
 * they have, by a program that knows what time it is. */
static void check_dates(struct sim *sim, const struct target *target,
			const struct cert *cert)
{
	int64_t now_seconds = TRUE_WALL_SECONDS + sim->now_ms / SECOND;

	if (!target->could_start || !sim->synchronised ||
	    sim->clock_set_ms >= sim->command_ms)
		return;
	if (cert->id.ends_seconds && cert->id.ends_seconds < now_seconds)
		sim_fail(sim, "%s is released, and has expired", cert->title);
	if (cert->id.begins_seconds > now_seconds + 1)
		sim_fail(sim, "%s is released, and is not valid yet",
			 cert->title);
}

/* Nor is anything given to services before every resolver elsewhere was asked,
 * nor for which one of them, asked by the same command, held a set without a
 * match. */
static void check_held(struct sim *sim, const struct held *held,
		       const struct cert *cert)
{
	if (held->asked_command != sim->command)
		sim_fail(sim, "%s is released, and no resolver elsewhere was "
			 "asked", cert->title);
	if (held->said_command == sim->command &&
	    !checker_covers(held->version, cert))
		sim_fail(sim, "%s is released, and a resolver elsewhere said "
			 "%s", cert->title, rrs_text(sim, held->version->rrs,
						     held->version->count));
}

static void check_outside(struct sim *sim, size_t t, const struct cert *cert)
{
	if (!sim->begun || !sim->targets[t].could_start)
		return;
	for (size_t i = 0; i < sim->resolver_count; i++)
		for (size_t k = 0; k < sim->owner_count; k++)
			if (sim->owners[k].users & 1U << t)
				check_held(sim, &sim->resolvers[i].held[k],
					   cert);
}

/* Another was released since. */
static void forget_taken(struct checker *checker, size_t t)
{
	for (size_t i = 0; i < checker->count[t]; i++)
		checker->showings[t][i].taken = false;
}

static void show(struct sim *sim, size_t t, const struct cert *cert,
		 bool stray)
{
	const struct target *target = &sim->targets[t];
	const struct cert *forced = target->forced;
	struct showing *showing;
	bool is_new, is_back, was_forced, is_right;

	if (!cert)
		return;
	was_forced = forced && cert->id.serial <= forced->id.serial;
	stray |= was_forced;
	showing = find_showing(sim, t, cert);
	/* What strayed is not made right by whoever only leaves it, or leads
	 * the links to the same once more: that is no release. */
	stray |= showing->stray && !showing->vouched;
	is_new = !showing->before && !showing->now;
	/* Put back after another one strayed in, or after a time when no
	 * service could start: the looks of its release hold, and what went
	 * wrong since was not to be seen then. */
	is_back = showing->known &&
		  (target->stray || sim->checker->last[t] == cert);
	/* What strayed may since have been released properly. */
	if (is_new)
		showing->released = sim->in_command &&
			target->stray_ms < sim->command_ms &&
			sim->servers[0].look_command == sim->command;
	if ((is_new && (!is_back || (stray && showing->released))) ||
	    (showing->stray && !stray && (is_new || !showing->released)))
		set_looks(sim, showing);
	if (is_new && !stray && !showing->known && sim->in_command)
		check_signatures(sim, t, showing);
	if (is_new && !stray && !showing->known && sim->in_command)
		check_dates(sim, target, cert);
	if (is_new && !stray && !showing->known && sim->in_command)
		check_outside(sim, t, cert);
	is_right = !stray && (is_new || showing->stray);
	if (is_new || !stray || was_forced)
		showing->stray = stray;
	showing->now = showing->known = true;
	showing->lost = target->was_deleted;
	if (is_right) {
		sim->checker->last[t] = cert;
		forget_taken(sim->checker, t);
	}
}

/* What the links show may be known to be presented, whoever does so. */
static void settle_elsewhere(struct sim *sim, struct target *target)
{
	const struct cert *next = services_would_load(sim, target);

	for (size_t s = 0; s < target->service_count; s++)
		for (size_t i = 0; i < target->services[s].count; i++) {
			struct worker *worker =
				&target->services[s].workers[i];

			if (worker->cert == next &&
			    !services_is_stray(target, next))
				worker->elsewhere = false;
		}
}

static void show_loaded(struct sim *sim, size_t t, bool stray)
{
	const struct target *target = &sim->targets[t];

	for (size_t s = 0; s < target->service_count; s++)
		for (size_t i = 0; i < target->services[s].count; i++) {
			const struct worker *worker =
				&target->services[s].workers[i];

			if (worker->gone_ms > sim->now_ms && stray ==
			    (worker->stray || worker->elsewhere))
				show(sim, t, worker->cert, stray);
		}
}

static void note_link(const struct sim *sim, const struct target *target,
		      struct showing *showing)
{
	/* What init takes over is managed from then on, as if it had been
	 * released. */
	bool asked = sim->servers[0].look_command == sim->command ||
		     (showing->first && !sim->begun);

	/* What strayed in, and is presented ever since, or was until others led
	 * the links away, is not released by leading them back to it. */
	bool came_by_itself = showing->stray &&
			      (showing->before || showing->taken);

	showing->linked_ms = sim->now_ms;
	showing->vouched = sim->in_command && asked && !came_by_itself &&
			   !services_is_stray(target, showing->cert);
}

void checker_find_showings(struct sim *sim, size_t t)
{
	struct checker *checker = sim->checker;
	struct target *target = &sim->targets[t];
	const struct cert *next = services_would_load(sim, target);

	for (size_t i = 0; i < checker->count[t]; i++) {
		struct showing *showing = &checker->showings[t][i];

		showing->before = showing->now;
		showing->now = false;
		if (showing->cert != next)
			showing->linked_ms = FOREVER;
		else if (showing->linked_ms == FOREVER)
			note_link(sim, target, showing);
	}
	if (target->unused)
		return;
	settle_elsewhere(sim, target);
	/* What was properly loaded counts before what strayed. */
	if (!next && sim->in_command && sim_switches_at_once(sim) &&
	    target->could_start)
		sim_fail(sim, "in the middle of a switch no service of %s "
			 "can start", target->name);
	for (int stray = 0; stray < 2; stray++) {
		show_loaded(sim, t, stray);
		if (services_is_stray(target, next) == (stray != 0))
			show(sim, t, next, stray);
	}
}

void checker_note_taken(struct sim *sim, size_t t)
{
	struct checker *checker = sim->checker;
	bool asked = false;

	for (size_t i = 0; i < sim->server_count; i++)
		asked |= sim->servers[i].look_command == sim->command;
	if (!asked)
		return;
	for (size_t i = 0; i < checker->count[t]; i++) {
		struct showing *showing = &checker->showings[t][i];

		if (showing->linked_ms == FOREVER)
			continue;
		if (showing->stray)
			showing->taken = true;
		else if (showing->now)
			checker->last[t] = showing->cert;
	}
}

bool checker_is_shown(struct sim *sim, const struct target *target,
		      const struct cert *cert)
{
	struct checker *checker = sim->checker;
	size_t t = (size_t)(target - sim->targets);

	if (checker)
		checker_find_showings(sim, t);
	for (size_t i = 0; checker && i < checker->count[t]; i++)
		if (checker->showings[t][i].cert == cert)
			return checker->showings[t][i].now &&
			       !checker->showings[t][i].stray;
	return false;
}
