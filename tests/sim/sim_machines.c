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

/* What the other machine was seen to have already. */
static bool is_overtaken(const struct sim *sim, const struct served *served)
{
	for (const struct served *at = sim->served; at; at = at->next)
		if (at->server == served->server->twin &&
		    at->version->owner == served->version->owner &&
		    at->version->made_ms > served->version->made_ms &&
		    at->looks.met_ms)
			return true;
	return false;
}

static void meet(struct sim *sim, struct served *at)
{
	if (at->met_command != sim->command)
		at->looks_before = at->looks;
	at->met_command = sim->command;
	at->looks = (struct looks){ .met_ms = sim->now_ms, .gone_ms = FOREVER,
		.contradicts = at->looks.contradicts || is_overtaken(sim, at) };
}

static void miss(struct sim *sim, struct looks *looks)
{
	unsigned enough = looks->contradicts ? LOOKS_BELIEVED : 1;

	if (++looks->missed >= enough && looks->gone_ms == FOREVER)
		looks->gone_ms = sim->now_ms;
}

void machines_looked(struct sim *sim, struct server *server, int owner)
{
	struct server *twin = server->twin;

	if (!twin)
		return;
	twin->met_command[owner] = sim->command;
	twin->look_ms[owner] = sim->now_ms;
	for (struct served *at = sim->served; at; at = at->next)
		if (at->server != server && at->server != twin)
			continue;
		else if (at->version == server->shown->of[owner])
			meet(sim, at);
		else if (at->version->owner == owner)
			miss(sim, &at->looks);
}

void machines_noted(struct sim *sim, bool noted)
{
	for (struct served *at = sim->served; at; at = at->next)
		if (at->met_command != sim->command)
			continue;
		else if (noted)
			at->looks_before = at->looks;
		else
			at->looks = at->looks_before;
}

void machines_forget(struct sim *sim, int64_t since_ms)
{
	for (struct served *at = sim->served; at; at = at->next)
		at->looks.contradicts &= at->looks.met_ms <= since_ms;
}

bool machines_hide(const struct served *served, int64_t look_ms)
{
	const struct looks *looks = &served->looks;

	return served->server->twin && look_ms != FOREVER &&
	       (looks->met_ms > look_ms ||
		(looks->gone_ms <= look_ms &&
		 served->until_ms > looks->gone_ms));
}
