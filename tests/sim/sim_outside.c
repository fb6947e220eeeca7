/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"
#include "errand/outside.h"

#include <stdlib.h>

/*
 * Takes the place of outside.c: resolvers elsewhere, each with a cache of its
 * own. What they hold some server gave to them, at any time within its TTL; or,
 * for a while, they have it from a machine that no survey asks, which shows the
 * zone as it was.
 */

void outside_open(struct sim *sim, size_t count)
{
	sim->resolver_count = count;
}

void outside_show_view(struct sim *sim, struct resolver *resolver,
		       const struct revision *view, int64_t ms)
{
	resolver->view = view;
	resolver->view_ms = sim->now_ms + ms;
	sim_log(sim, "a resolver elsewhere sees serial %u", view->serial);
}

void outside_event(struct sim *sim)
{
	for (size_t i = 0; i < sim->resolver_count; i++) {
		struct resolver *resolver = &sim->resolvers[i];

		if (sim_chance(sim, sim->faults.outside_silent))
			resolver->silent_ms = sim->now_ms +
				sim_between(sim, SECOND, 8 * HOUR);
		if (sim_chance(sim, sim->faults.outside_view))
			outside_show_view(sim, resolver,
					  dns_old_revision(sim, 6),
					  sim_between(sim, SECOND, 2 * HOUR));
	}
}

void outside_heal(struct sim *sim)
{
	for (size_t i = 0; i < sim->resolver_count; i++)
		sim->resolvers[i].silent_ms = sim->resolvers[i].view_ms = 0;
}

/* ---- Caches ----------------------------------------------------------- */

/* Until when a resolver keeps what AT says, if it asked at the last moment; no
 * later than now: none has it any more. */
static int64_t kept_until(const struct sim *sim, const struct served *at)
{
	int64_t ttl_ms = at->version->ttl * SECOND;

	return at->until_ms == FOREVER ? sim->now_ms + ttl_ms :
					 at->until_ms + ttl_ms;
}

/* Something that a resolver may have got of the servers by now; NULL: none of
 * them gave anything. */
static const struct served *draw_served(struct sim *sim, int owner)
{
	const struct served *drawn = NULL;
	int64_t n = 0;

	for (const struct served *at = sim->served; at; at = at->next)
		if (at->version->owner == owner &&
		    kept_until(sim, at) > sim->now_ms &&
		    sim_between(sim, 0, n++) == 0)
			drawn = at;
	return drawn;
}

static void fetch(struct sim *sim, const struct resolver *resolver, int owner,
		  struct held *held)
{
	const struct served *served = draw_served(sim, owner);

	held->version = NULL;
	if (resolver->view_ms > sim->now_ms) {
		held->version = resolver->view->of[owner];
		held->until_ms = sim->now_ms + held->version->ttl * SECOND;
	} else if (served) {
		held->version = served->version;
		held->until_ms = kept_until(sim, served);
	}
	if (held->version)
		held->until_ms = sim_between(sim, sim->now_ms + 1,
					     held->until_ms);
}

static void answer(struct sim *sim, struct resolver *resolver, int owner,
		   struct outside_answer *answer)
{
	struct held *held = &resolver->held[owner];

	held->asked_command = sim->command;
	sim_wait(sim, sim_between(sim, 1, 300));
	if (held->version && held->until_ms <= sim->now_ms)
		held->version = NULL;
	if (!held->version)
		fetch(sim, resolver, owner, held);
	if (!held->version || resolver->silent_ms > sim->now_ms ||
	    sim_is_late(sim)) {
		answer->verdict = OUTSIDE_UNSEEN;
		answer->detail = xstrdup("no answer");
		return;
	}
	held->said_command = sim->command;
	answer->set = dns_set_of(held->version->rrs, held->version->count);
	answer->verdict = answer->set.count ? OUTSIDE_SET : OUTSIDE_NOTHING;
	answer->until_ms = held->until_ms + sim->wall_offset_ms;
}

/* ---- outside.c -------------------------------------------------------- */

void errand_outside(const struct errand_desk *desk, const char *const *owners,
		    size_t n, struct outside *outside)
{
	const struct config *config = desk->config;
	struct sim *sim = sim_of(desk->world);

	*outside = (struct outside){ .count = n };
	outside->owners = xcalloc(n, sizeof(*outside->owners));
	for (size_t i = 0; i < n; i++) {
		struct outside_owner *owner = &outside->owners[i];
		int k = dns_owner_named(sim, owners[i]);

		owner->name = owners[i];
		owner->count = config->outside_count;
		owner->answers = xcalloc(owner->count,
					 sizeof(*owner->answers));
		for (size_t r = 0; r < owner->count; r++) {
			owner->answers[r].address = config->outside[r];
			answer(sim, &sim->resolvers[r], k, &owner->answers[r]);
		}
	}
	sim_called(sim, "errand_outside", EFFECT_HIDDEN);
}

void outside_clear(struct outside *outside)
{
	for (size_t i = 0; i < outside->count; i++) {
		struct outside_owner *owner = &outside->owners[i];

		for (size_t r = 0; r < owner->count; r++) {
			tlsa_set_clear(&owner->answers[r].set);
			free(owner->answers[r].detail);
		}
		free(owner->answers);
	}
	free(outside->owners);
	*outside = (struct outside){ 0 };
}
