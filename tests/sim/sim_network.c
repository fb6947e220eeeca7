/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "keyring.h"
#include "probe.h"
#include "survey.h"
#include "update.h"
#include "xalloc.h"

#include <stdlib.h>

/*
 * Takes the place of zone.c, survey.c, update.c, probe.c and keyring.c: the
 * same calls, answered by the simulated servers and services.
 */
#define ZONE "example.com."

static struct sim *sim_of(struct world *world)
{
	return world->self;
}

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

static struct zone *make_zone(struct sim *sim)
{
	struct zone *zone = xcalloc(1, sizeof(*zone));
	const struct server *primary = dns_primary(sim);

	zone->name = xstrdup(ZONE);
	zone->primary = primary->address;
	zone->primary_name = xstrdup(primary->name);
	zone->authentic = true;
	zone->config = config_find_zone(sim->config, ZONE);
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];
		struct zone_server *item;

		if (!server->delegated && !server->primary)
			continue;
		item = array_push(zone->servers, zone->server_count);
		item->address = server->address;
		item->name = xstrdup(server->name);
		if (server->delegated)
			item->roles = ZONE_SERVER_PARENT | ZONE_SERVER_CHILD;
		if (server->primary)
			item->roles |= ZONE_SERVER_PRIMARY;
	}
	qsort(zone->servers, zone->server_count, sizeof(*zone->servers),
	      compare_servers);
	return zone;
}

void zones_discover(struct world *world, const struct config *config,
		    const char *const *owners, size_t owner_count,
		    struct zones *zones)
{
	struct sim *sim = sim_of(world);
	bool fails = sim_fault(sim, sim->faults.zone_fails);

	(void)config;
	(void)owners;
	sim_advance(sim, sim_between(sim, 1, 400));
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
	sim_called(sim, "zones_discover", false);
}

bool zones_extend(struct world *world, const struct config *config,
		  struct zone *zone, const char *const *ns_names, size_t n)
{
	(void)world;
	(void)config;
	(void)zone;
	(void)ns_names;
	(void)n;
	return false;
}

void zones_clear(struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		struct zone *zone = zones->items[i];

		for (size_t k = 0; k < zone->server_count; k++)
			free(zone->servers[k].name);
		free(zone->servers);
		free(zone->primary_name);
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

bool serial_is_before(uint32_t a, uint32_t b)
{
	return a != b && b - a < 0x80000000U;
}

static struct server *server_at(struct sim *sim, const struct address *address)
{
	for (size_t i = 0; i < sim->server_count; i++)
		if (address_equal(&sim->servers[i].address, address))
			return &sim->servers[i];
	sim_fail(sim, "a server was asked that there is not");
}

static int owner_named(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->owner_count; i++)
		if (streq(sim->owners[i].name, name))
			return (int)i;
	sim_fail(sim, "owner %s was asked for", name);
}

static struct tlsa_set set_of(const struct rr *rrs, size_t count)
{
	struct tlsa_set set = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct tlsa record = {
			{ rrs[i].usage, rrs[i].selector, rrs[i].matching },
			(uint8_t *)rrs[i].data, rrs[i].size,
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
	struct moment now;

	sim->world.now(&sim->world, &now);
	sighting->received_ms = now.wall_ms;
	if (server->dead_ms > sim->now_ms || server->silent_ms > sim->now_ms) {
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->detail = xstrdup("no answer");
		return;
	}
	if (sim_fault(sim, sim->faults.odd_answer)) {
		sighting->verdict = odd_verdict(sim);
		sighting->detail = xstrdup("something odd");
		return;
	}
	version->seen = true;
	server->met[owner] = true;
	if (server->open[owner])
		server->open[owner]->looked_at = true;
	server->look_ms = sim->now_ms;
	server->look_command = sim->command;
	sighting->verdict = version->count ? SIGHTING_SET : SIGHTING_ABSENT;
	sighting->set = set_of(version->rrs, version->count);
	sighting->ttl_seconds = version->ttl;
	sighting->rrset_ttl_seconds = version->count ? version->ttl : 0;
	sighting->serial_known = true;
	sighting->serial = server->shown->serial;
	sighting->detail = xstrdup("serves a set");
}

static void ask_owner(struct sim *sim, struct survey_owner *seen)
{
	int owner = owner_named(sim, seen->name);
	const struct zone *zone = seen->zone;

	seen->sightings = xcalloc(zone->server_count,
				  sizeof(*seen->sightings));
	seen->count = zone->server_count;
	for (size_t i = 0; i < seen->count; i++) {
		struct sighting *sighting = &seen->sightings[i];

		sighting->server = &zone->servers[i];
		if (zone->servers[i].roles & ZONE_SERVER_PRIMARY)
			seen->primary = sighting;
		sim_advance(sim, sim_between(sim, 0, 60));
		look(sim, server_at(sim, &zone->servers[i].address), owner,
		     sighting);
	}
	for (size_t i = 0; i < seen->count; i++)
		seen->sightings[i].behind = seen->primary->serial_known &&
			seen->sightings[i].serial_known &&
			serial_is_before(seen->sightings[i].serial,
					 seen->primary->serial);
}

void survey_ask(struct world *world, const struct config *config,
		struct zones *zones, const char *const *owners, size_t n,
		enum transport transport, struct survey *survey)
{
	struct sim *sim = sim_of(world);

	(void)config;
	*survey = (struct survey){ .transport = transport, .count = n };
	survey->owners = xcalloc(n, sizeof(*survey->owners));
	for (size_t i = 0; i < n; i++) {
		survey->owners[i].name = owners[i];
		survey->owners[i].zone = zones->of_owner[i];
		survey->owners[i].detail = zones->owner_detail[i];
		if (zones->of_owner[i])
			ask_owner(sim, &survey->owners[i]);
	}
	sim_called(sim, "survey_ask", false);
}

void survey_clear(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		struct survey_owner *owner = &survey->owners[i];

		for (size_t k = 0; k < owner->count; k++) {
			tlsa_set_clear(&owner->sightings[k].set);
			free(owner->sightings[k].detail);
		}
		free(owner->sightings);
	}
	free(survey->owners);
	*survey = (struct survey){ 0 };
}

/* ---- update.c --------------------------------------------------------- */

static struct rr rr_copy(struct sim *sim, const struct tlsa *record)
{
	uint8_t *data = sim_alloc(sim, record->size);

	memcpy(data, record->data, record->size);
	return (struct rr){ record->params.usage, record->params.selector,
			    record->params.matching, data, record->size };
}

static bool is_as_seen(const struct version *version,
		       const struct tlsa_set *seen)
{
	struct tlsa_set now = set_of(version->rrs, version->count);
	bool same = tlsa_set_equal(&now, seen);

	tlsa_set_clear(&now);
	return same;
}

/* It had been taken away before it was published: ours now. */
static void make_ours(struct owner *owner, const struct rr *rr)
{
	for (size_t i = 0; i < owner->strange_count; i++)
		if (rr_equal(&owner->strange[i], rr)) {
			owner->strange[i] =
				owner->strange[--owner->strange_count];
			break;
		}
}

static void apply(struct sim *sim, int owner,
		  const struct update_change *change)
{
	const struct version *now = dns_primary(sim)->accepted->of[owner];
	size_t room = now->count + change->add->count, n = 0;
	struct rr *rrs = sim_alloc(sim, (room + 1) * sizeof(*rrs));
	bool changed = false;

	for (size_t i = 0; i < now->count; i++)
		rrs[n++] = now->rrs[i];
	for (size_t i = 0; i < change->add->count; i++) {
		struct rr rr = rr_copy(sim, &change->add->records[i]);

		changed = true;
		if (rr_in(&rr, rrs, n))
			continue;
		make_ours(&sim->owners[owner], &rr);
		rrs[n++] = rr;
	}
	for (size_t i = 0; i < change->remove->count; i++) {
		struct rr rr = rr_copy(sim, &change->remove->records[i]);

		for (size_t k = 0; k < n; k++)
			if (rr_equal(&rr, &rrs[k])) {
				rrs[k] = rrs[--n];
				changed = true;
				break;
			}
	}
	/* An addition sets the TTL of the whole RRset. */
	if (changed)
		dns_commit(sim, owner, rrs, n, change->add->count ?
			   change->ttl_seconds : now->ttl, ORIGIN_ALNITAK);
}

static void send_change(struct sim *sim, struct update_change *change)
{
	int owner = owner_named(sim, change->owner);
	struct server *primary = dns_primary(sim);
	bool unanswered = sim_fault(sim, sim->faults.unanswered);

	sim_advance(sim, sim_between(sim, 1, 200));
	change->detail = xstrdup("the simulated primary");
	if (primary->dead_ms > sim->now_ms || primary->silent_ms > sim->now_ms)
		change->verdict = UPDATE_UNREACHABLE;
	else if (sim_fault(sim, sim->faults.refuse))
		change->verdict = sim_chance(sim, 500) ? UPDATE_REFUSED :
				  UPDATE_SERVER_FAILED;
	else if (unanswered && sim_chance(sim, 300))
		change->verdict = UPDATE_UNANSWERED;
	else if (!is_as_seen(primary->accepted->of[owner], change->seen))
		change->verdict = UPDATE_RACED;
	else
		change->verdict = UPDATE_DONE;
	if (change->verdict == UPDATE_DONE) {
		apply(sim, owner, change);
		checker_look(sim);
		if (unanswered)
			change->verdict = sim_chance(sim, 500) ?
				UPDATE_UNANSWERED : UPDATE_UNAUTHENTICATED;
	}
	sim_called(sim, "update_send", true);
}

void update_send(struct world *world, struct update *updates, size_t n)
{
	struct sim *sim = sim_of(world);

	for (size_t u = 0; u < n; u++)
		for (size_t i = 0; i < updates[u].change_count; i++)
			send_change(sim, &updates[u].changes[i]);
}

/* ---- probe.c ---------------------------------------------------------- */

static bool presents(struct sim *sim, const struct service *service,
		     const struct chain *wanted)
{
	for (size_t i = 0; i < service->count; i++) {
		const struct worker *worker = &service->workers[i];
		bool current = worker->gone_ms == FOREVER;

		/* An old worker may answer, or be passed by. */
		if (!current && (worker->gone_ms <= sim->now_ms ||
				 sim_chance(sim, 500)))
			continue;
		if (!worker->cert ||
		    memcmp(worker->cert->leaf[0][1].data, wanted->leaf.sha256,
			   FINGERPRINT_SIZE) != 0)
			return false;
	}
	return service->count > 0;
}

static void probe(struct sim *sim, struct probe_request *request)
{
	const struct target *target =
		target_named(sim, request->target->name);

	request->detail = xstrdup("the simulated services");
	if (!target->probed) {
		request->verdict = PROBE_NOTHING;
		return;
	}
	request->verdict = request->wanted &&
			   !sim_fault(sim, sim->faults.probe) ?
			   PROBE_ALL_NEW : PROBE_NOT_YET;
	for (size_t i = 0; i < target->service_count; i++)
		if (request->wanted && !presents(sim, &target->services[i],
						 request->wanted))
			request->verdict = PROBE_NOT_YET;
}

void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n)
{
	struct sim *sim = sim_of(world);

	(void)config;
	for (size_t i = 0; i < n; i++) {
		sim_advance(sim, sim_between(sim, 1, 500));
		probe(sim, &requests[i]);
	}
	sim_called(sim, "probe_run", false);
}
