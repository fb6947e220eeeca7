/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"

#include <stdio.h>

/*
 * Owners that are aliases. What such an owner had, its first end has; others
 * may have it lead to a second one, and back. No configuration knows the ends.
 */

static struct version *first_of(struct sim *sim, int owner)
{
	return dns_primary(sim)->shown->of[owner];
}

static int add_end(struct sim *sim, int owner, const char *place)
{
	int end = (int)sim->owner_count++;
	const struct owner *from = &sim->owners[owner];
	struct owner *to = &sim->owners[end];
	struct version *version = sim_alloc(sim, sizeof(*version));

	invariant(end < OWNERS_MAX);
	*to = *from;
	to->via = owner + 1;
	snprintf(to->name, sizeof(to->name), "%s", sim_text(sim,
		 "%.*s.%s.example.com.", (int)(strlen(from->name) -
		 strlen(".example.com.")), from->name, place));
	*version = (struct version){ .owner = end, .ttl = sim->negative_ttl,
				     .made_ms = sim->now_ms };
	sim->revisions[0]->of[end] = version;
	for (size_t i = 0; i < sim->server_count; i++)
		sim->servers[i].look_ms[end] = INT64_MIN;
	return end;
}

void alias_open(struct sim *sim, int owner)
{
	int end = add_end(sim, owner, "here"), other;
	struct version *set = first_of(sim, owner);
	struct version *alias = sim_alloc(sim, sizeof(*alias));

	*alias = *set;
	*alias = (struct version){ .owner = owner, .alias = end + 1,
				   .ttl = sim->ttl, .made_ms = set->made_ms };
	set->owner = end;
	sim->revisions[0]->of[end] = set;
	sim->revisions[0]->of[owner] = alias;
	sim->owners[owner].foreign_count = 0;
	other = add_end(sim, owner, "there");
	sim->owners[other].strange_count = 0;
	dns_refresh(sim);
}

/* Nobody follows one for a program that publishes; and what resolvers
 * elsewhere hold is not told by an alias here. */
static bool may_be_one(const struct sim *sim, const struct owner *owner)
{
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t && sim->targets[t].exec)
			return false;
	return !owner->has_wildcard && !sim->resolver_count;
}

void alias_draw(struct sim *sim)
{
	size_t count = sim->owner_count, opened = 0;

	for (size_t k = 0; k < count && sim->faults.aliases; k++)
		if (may_be_one(sim, &sim->owners[k]) && opened < 2 &&
		    (!opened || sim_chance(sim, 300))) {
			alias_open(sim, (int)k);
			opened++;
		}
}

void alias_move(struct sim *sim, int owner)
{
	int end = dns_primary(sim)->accepted->of[owner]->alias - 1;
	int next = end + 1;

	if (next == (int)sim->owner_count ||
	    sim->owners[next].via != owner + 1)
		next = end - 1;
	dns_commit_alias(sim, owner, next);
	dns_refresh(sim);
}

void alias_event(struct sim *sim)
{
	for (size_t k = 0; k < sim->owner_count && sim->faults.aliases; k++)
		if (dns_primary(sim)->accepted->of[k]->alias &&
		    sim_chance(sim, sim->faults.aliases))
			alias_move(sim, (int)k);
}

bool alias_leads_to(struct sim *sim, int owner)
{
	int via = sim->owners[owner].via;

	return !via || dns_primary(sim)->shown->of[via - 1]->alias ==
		       owner + 1;
}
