/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"

#include <stdio.h>

/*
 * Two machines behind one address. Each has the zone for itself, resolvers get
 * what either has, and one of them answers us, mostly the other one than
 * before. The first has its place among the servers, and the name; the second
 * stands at the end of them.
 */

void machines_open(struct sim *sim, struct server *first)
{
	struct server *second = &sim->servers[sim->server_count++];

	invariant(sim->server_count <= SERVERS_MAX);
	*second = *first;
	snprintf(second->name, sizeof(second->name), "%.30sb", first->name);
	second->second = true;
	second->twin = first;
	first->twin = second;
	for (size_t k = 0; k < sim->owner_count; k++)
		second->open[k] = NULL;
	dns_refresh(sim);
}

void machines_draw(struct sim *sim)
{
	struct server *first;

	if (!sim->faults.machines || sim->server_count < 2)
		return;
	first = &sim->servers[sim_between(sim, 1,
					  (int64_t)sim->server_count - 1)];
	if (first->ignored)
		return;
	machines_open(sim, first);
	first->twin->lag_ms = sim_between(sim, SECOND, 2 * sim->timer_ms);
}

struct server *machines_first(struct server *server)
{
	return server->second ? server->twin : server;
}

struct server *machines_in_turn(struct sim *sim, struct server *first)
{
	if (!first->twin)
		return first;
	if (sim->strict_turns || sim_chance(sim, 700))
		first->turn = !first->turn;
	return first->turn ? first->twin : first;
}

/* ---- What looks can tell of them --------------------------------------- */

void machines_take(struct version *version)
{
	if (!version->looks.came)
		version->looks.gone_ms = FOREVER;
	version->looks.came = true;
}

/* By what an earlier look met there. */
static bool is_overtaken(const struct sim *sim, const struct version *version)
{
	for (size_t i = sim->revision_count; i-- > 0;) {
		const struct version *later =
			sim->revisions[i]->of[version->owner];

		if (later == version)
			return false;
		if (later->looks.known && later->made_ms > version->made_ms)
			return true;
	}
	return false;
}

static void meet(struct sim *sim, struct version *version)
{
	if (version->met_command != sim->command)
		version->looks_before = version->looks;
	version->met_command = sim->command;
	version->looks = (struct looks){
		.came = true, .known = true, .met_ms = sim->now_ms,
		.gone_ms = FOREVER,
		.contradicts = version->looks.contradicts ||
			       is_overtaken(sim, version),
	};
}

static void miss(const struct sim *sim, struct looks *looks)
{
	unsigned enough = looks->contradicts ? LOOKS_BELIEVED : 1;

	if (looks->came && ++looks->missed >= enough &&
	    looks->gone_ms == FOREVER)
		looks->gone_ms = sim->now_ms;
}

/* Each once. */
static struct version *next_version(const struct sim *sim, size_t *revision,
				    int owner)
{
	while (*revision < sim->revision_count) {
		size_t i = (*revision)++;
		struct version *version = sim->revisions[i]->of[owner];

		if (!i || sim->revisions[i - 1]->of[owner] != version)
			return version;
	}
	return NULL;
}

void machines_looked(struct sim *sim, struct server *server, int owner)
{
	struct version *version;
	size_t revision = 0;

	if (!server->twin)
		return;
	server->twin->met_command[owner] = sim->command;
	server->twin->look_ms[owner] = sim->now_ms;
	server->twin->look_ttl[owner] = 0;	/* it said none */
	while ((version = next_version(sim, &revision, owner)))
		if (version == server->shown->of[owner])
			meet(sim, version);
		else
			miss(sim, &version->looks);
}

static bool are_there(const struct sim *sim)
{
	return sim->servers[sim->server_count - 1].twin != NULL;
}

void machines_noted(struct sim *sim, bool noted)
{
	for (size_t k = 0; k < sim->owner_count && are_there(sim); k++) {
		struct version *version;
		size_t revision = 0;

		while ((version = next_version(sim, &revision, (int)k)))
			if (version->met_command != sim->command)
				continue;
			else if (noted)
				version->looks_before = version->looks;
			else
				version->looks = version->looks_before;
	}
}

void machines_forget(struct sim *sim, int64_t since_ms)
{
	for (size_t k = 0; k < sim->owner_count && are_there(sim); k++) {
		struct version *version;
		size_t revision = 0;

		while ((version = next_version(sim, &revision, (int)k)))
			if (version->looks.met_ms > since_ms)
				version->looks.known =
					version->looks.contradicts = false;
	}
}

bool machines_hide(const struct served *served, int64_t look_ms)
{
	const struct looks *looks = &served->version->looks;

	return served->server->twin && look_ms != FOREVER &&
	       (looks->met_ms > look_ms ||
		(looks->gone_ms <= look_ms &&
		 served->until_ms > looks->gone_ms));
}

void machines_part(struct sim *sim, struct server *first)
{
	first->twin->frozen_ms = FOREVER;
	sim->timer_ms = 15 * MINUTE;
	sim_advance(sim, 5 * sim->timer_ms);
	while (first->turn)
		sim_advance(sim, sim->timer_ms);
	first->twin->frozen_ms = sim->timer_next_ms - 10 * SECOND;
	first->twin->lag_ms = SECOND;
	first->twin->show_ms = first->twin->frozen_ms;
}
