/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"
#include "config/keyring.h"
#include "dns/survey.h"
#include "errand/discover.h"
#include "errand/survey.h"

#include <stdlib.h>

/*
 * Takes the place of errands to name servers, and of keyring.c: the same calls,
 * answered by the simulated servers. sim_update.c has update.c, sim_probe.c
 * probe.c.
 */
#define ZONE "example.com."

/* ---- keyring.c -------------------------------------------------------- */

const struct keyring_entry *keyring_find(struct keyring *keyring,
					 struct world *world,
					 const char *path)
{
	static char key;
	static struct keyring_entry entry;

	(void)keyring;
	(void)world;
	(void)path;
	entry.key = (void *)&key;
	return &entry;
}

void keyring_clear(struct keyring *keyring)
{
	(void)keyring;
}

/* ---- zone.c ----------------------------------------------------------- */

static int compare_servers(const void *a, const void *b)
{
	return address_compare(&((const struct zone_server *)a)->address,
			       &((const struct zone_server *)b)->address);
}

/* As in zone_servers.c: where nobody else is asked the primary shows what the
 * world gets. */
static void need_servers(struct zone *zone)
{
	for (size_t i = 0; i < zone->server_count; i++)
		if (!zone->servers[i].ignored &&
		    !zone_server_is_hidden(&zone->servers[i]))
			return;
	for (size_t i = 0; i < zone->server_count; i++)
		zone->servers[i].roles |= ZONE_SERVER_EXTRA;
}

/* A cache tells what it has left of it. */
static uint32_t address_seconds(struct sim *sim, const struct server *server)
{
	int64_t ms = server->address_in_part ?
		     sim_between(sim, 0, server->address_ms) :
		     server->address_ms;

	return (uint32_t)((ms + SECOND - 1) / SECOND);
}

static struct zone *make_zone(struct sim *sim)
{
	struct zone *zone = xcalloc(1, sizeof(*zone));
	const struct server *primary = dns_primary(sim);

	zone->name = xstrdup(ZONE);
	zone->primary = primary->address;
	zone->primary_name = primary->name;
	zone->authentic = true;
	zone->ns_ttl_seconds = (uint32_t)((sim->ns_ttl_ms + SECOND - 1) /
					  SECOND);
	zone->config = config_find_zone(sim->config, ZONE);
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];
		struct zone_server *item;

		if (server->second || (!server->delegated &&
				       !server->primary && !server->extra))
			continue;
		item = array_push(zone->servers, zone->server_count);
		item->address = server->address;
		item->ignored = config_zone_ignores(zone->config,
						    &server->address);
		item->name = xstrdup(server->name);
		item->ttl_is_whole = !server->address_in_part;
		item->ttl_seconds = address_seconds(sim, server);
		if (server->delegated)
			item->roles = ZONE_SERVER_PARENT | ZONE_SERVER_CHILD;
		if (server->primary)
			item->roles |= ZONE_SERVER_PRIMARY;
		if (server->extra)
			item->roles |= ZONE_SERVER_EXTRA;
	}
	need_servers(zone);
	qsort(zone->servers, zone->server_count, sizeof(*zone->servers),
	      compare_servers);
	return zone;
}

void errand_discover(const struct errand_desk *desk,
		     const char *const *owners, size_t owner_count,
		     struct zones *zones)
{
	struct sim *sim = sim_of(desk->world);
	bool fails = sim_fault(sim, sim->faults.zone_fails);

	(void)owners;
	if (sim_loses_reply(sim, false))
		fails = true;
	sim_wait(sim, sim_between(sim, 1, 400));
	if (sim_is_late(sim))
		fails = true;
	*zones = (struct zones){ .owner_count = owner_count };
	zones->of_owner = xcalloc(owner_count, sizeof(*zones->of_owner));
	zones->owner_detail = xcalloc(owner_count, sizeof(char *));
	if (!fails)
		*array_push(zones->items, zones->count) = make_zone(sim);
	for (size_t i = 0; i < owner_count; i++)
		if (fails)
			zones->owner_detail[i] = xstrdup("no resolver");
		else
			zones->of_owner[i] = zones->items[0];
	sim_called(sim, "errand_discover", EFFECT_HIDDEN);
}

bool zones_extend(struct world *world, const struct config *config,
		  struct zone *zone, const struct zone_news *news)
{
	(void)world;
	(void)config;
	(void)zone;
	(void)news;
	return false;
}

void zones_clear(struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = zones->items[i];

		for (size_t k = 0; k < zone->server_count; k++)
			free(zone->servers[k].name);
		free(zone->servers);
		free(zone->name);
		free(zone);
	}
	for (size_t i = 0; i < zones->owner_count; i++)
		free(zones->owner_detail[i]);
	free(zones->items);
	free(zones->of_owner);
	free(zones->owner_detail);
	*zones = (struct zones){ 0 };
}

void zone_resolve_hosts(struct world *world, const struct config *config,
			const char *const *hosts, size_t n, uint16_t port,
			struct address **addresses, size_t *counts)
{
	(void)config;
	(void)hosts;
	(void)n;
	(void)port;
	(void)addresses;
	(void)counts;
	sim_fail(sim_of(world), "zone_resolve_hosts() has no simulation");
}

/* ---- survey.c --------------------------------------------------------- */

static struct server *server_at(struct sim *sim, const struct address *address)
{
	for (size_t i = 0; i < sim->server_count; i++)
		if (address_equal(&sim->servers[i].address, address))
			return machines_in_turn(sim, &sim->servers[i]);
	sim_fail(sim, "a server was asked that there is not");
}

struct tlsa_set dns_set_of(const struct rr *rrs, size_t count)
{
	struct tlsa_set set = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct tlsa record = {
			{ rrs[i].usage, rrs[i].selector, rrs[i].matching },
			unconst(rrs[i].data), rrs[i].size,
		};

		tlsa_set_add(&set, &record);
	}
	return set;
}

static enum sighting_verdict odd_verdict(struct sim *sim)
{
	static const enum sighting_verdict odd[] = {
		SIGHTING_NO_ANSWER, SIGHTING_ERROR, SIGHTING_LAME,
		SIGHTING_MALFORMED, SIGHTING_UNPROVEN,
	};

	return odd[sim_between(sim, 0, 4)];
}

/* What SERVER says about OWNER at this moment. */
static void look(struct sim *sim, struct server *server, int owner,
		 struct sighting *sighting)
{
	struct version *version = server->shown->of[owner];

	if (server->dead_ms > sim->now_ms || server->silent_ms > sim->now_ms ||
	    sim_loses_reply(sim, false) || sim_is_late(sim)) {
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->detail = xstrdup("no answer");
		return;
	}
	if (sim_fault(sim, sim->faults.odd_answer)) {
		sighting->verdict = odd_verdict(sim);
		sighting->detail = xstrdup("something odd");
		return;
	}
	dns_sign(sim);
	server->look_expires_ms = sim->signature_ms ? server->signed_ms +
				  sim->signature_ms : FOREVER;
	if (server->look_expires_ms <= sim->now_ms) {
		sighting->verdict = SIGHTING_UNPROVEN;
		sighting->detail = xstrdup("its signatures have ended");
		return;
	}
	version->look_command = sim->command;
	if (server->primary)
		sim->looked_wild[owner] = version->by_wildcard;
	server->met_command[owner] = sim->command;
	if (server->open[owner])
		server->open[owner]->look_command = sim->command;
	server->look_ms[owner] = sim->now_ms;
	server->look_command = sim->command;
	machines_looked(sim, server, owner);
	server->look_ttl[owner] = version->ttl;
	sighting->verdict = version->alias ? SIGHTING_ALIAS :
			    version->count ? SIGHTING_SET : SIGHTING_ABSENT;
	if (version->alias)
		sighting->alias =
			xstrdup(sim->owners[version->alias - 1].name);
	sighting->set = dns_set_of(version->rrs, version->count);
	sighting->ttl_seconds = version->ttl;
	sighting->rrset_ttl_seconds = version->count ? version->ttl : 0;
	if (sim->signature_ms) {
		sighting->signature_begins_seconds = TRUE_WALL_SECONDS +
			server->signed_ms / SECOND;
		sighting->signature_expires_seconds = TRUE_WALL_SECONDS +
			server->look_expires_ms / SECOND;
	}
	sighting->serial_known = true;
	sighting->serial = server->shown->serial + server->serial_first;
	sighting->detail = xstrdup("serves a set");
}

static void ask_owner(struct sim *sim, struct survey_owner *seen)
{
	int owner = dns_owner_named(sim, seen->name);
	const struct zone *zone = seen->zone;

	seen->sightings = xcalloc(zone->server_count,
				  sizeof(*seen->sightings));
	for (size_t i = 0; i < zone->server_count; i++) {
		struct sighting *sighting = &seen->sightings[seen->count];

		if (zone->servers[i].ignored)
			continue;
		seen->count++;
		sighting->server = &zone->servers[i];
		if (zone->servers[i].roles & ZONE_SERVER_PRIMARY)
			seen->primary = sighting;
		sim_wait(sim, sim_between(sim, 0, 60));
		look(sim, server_at(sim, &zone->servers[i].address), owner,
		     sighting);
	}
	for (size_t i = 0; i < seen->count; i++)
		seen->sightings[i].behind = !sim->own_serials &&
			seen->primary->serial_known &&
			seen->sightings[i].serial_known &&
			serial_is_before(seen->sightings[i].serial,
					 seen->primary->serial);
}

/* And before the next survey it is as it was. */
static void slip(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim->slips = false;
	server->shown = sim->revisions[sim->revision_count - 2];
	server->regressed_ms = sim->now_ms;
	server->show_ms = sim->now_ms + SECOND;
	sim_log(sim, "%s is back at serial %u", server->name,
		server->shown->serial);
	dns_refresh(sim);
}

static void ask(struct sim *sim, const struct zones *zones,
		const char *const *owners, size_t n, enum transport transport,
		struct survey *survey)
{
	if (sim->slips && transport == TRANSPORT_TCP)
		slip(sim);
	*survey = (struct survey){ .transport = transport, .count = n };
	survey->owners = xcalloc(n, sizeof(*survey->owners));
	for (size_t i = 0; i < n; i++) {
		survey->owners[i].name = owners[i];
		survey->owners[i].zone = zones->of_owner[i];
		survey->owners[i].detail = zones->owner_detail[i];
		if (zones->of_owner[i])
			ask_owner(sim, &survey->owners[i]);
	}
}

static struct sighting *primary_of(struct survey_owner *owner)
{
	return &owner->sightings[owner->primary - owner->sightings];
}

/* The primary is asked for names below each: it showed what a wildcard gives
 * just now. */
static void find_wildcards(struct sim *sim, const struct survey *survey,
			   const struct tlsa_set *ours)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_owner *owner = &survey->owners[i];
		int k = dns_owner_named(sim, owner->name);

		if (survey_may_be_given(owner, &ours[i]) &&
		    sim->looked_wild[k])
			primary_of(owner)->verdict = SIGHTING_WILDCARD;
	}
}

void errand_survey(const struct errand_desk *desk, struct zones *zones,
		   const char *const *owners, const struct tlsa_set *ours,
		   size_t n, enum transport transport, struct survey *survey)
{
	struct sim *sim = sim_of(desk->world);

	ask(sim, zones, owners, n, transport, survey);
	sim_called(sim, "errand_survey", EFFECT_HIDDEN);
	find_wildcards(sim, survey, ours);
}

void survey_clear(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_owner *owner = &survey->owners[i];

		for (size_t k = 0; k < owner->count; k++) {
			tlsa_set_clear(&owner->sightings[k].set);
			free(owner->sightings[k].detail);
			free(owner->sightings[k].alias);
		}
		free(owner->sightings);
	}
	free(survey->owners);
	*survey = (struct survey){ 0 };
}
