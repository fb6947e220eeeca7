/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * One zone: a primary and its secondaries, each showing some revision. What
 * resolvers can have asked is kept as intervals: who served which version
 * from when until when.
 */

bool rr_equal(const struct rr *a, const struct rr *b)
{
	return a->usage == b->usage && a->selector == b->selector &&
	       a->matching == b->matching && a->size == b->size &&
	       memcmp(a->data, b->data, a->size) == 0;
}

bool rr_in(const struct rr *rr, const struct rr *rrs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rr_equal(rr, &rrs[i]))
			return true;
	return false;
}

struct rr rr_of(const struct cert *cert, struct tlsa_params params)
{
	const struct selected *from = params.usage == 2 ?
		&cert->above[params.selector][params.matching] :
		&cert->leaf[params.selector][params.matching];

	return (struct rr){ params.usage, params.selector, params.matching,
			    from->data, from->size };
}

char *rrs_text(struct sim *sim, const struct rr *rrs, size_t count)
{
	char *text = sim_text(sim, "{");

	for (size_t i = 0; i < count; i++)
		text = sim_text(sim, "%s%s%u%u%u %02x%02x", text,
				i ? ", " : "", rrs[i].usage, rrs[i].selector,
				rrs[i].matching, rrs[i].data[0],
				rrs[i].data[1]);
	return sim_text(sim, "%s}", text);
}

struct server *dns_primary(struct sim *sim)
{
	return &sim->servers[0];
}

int dns_owner_named(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->owner_count; i++)
		if (streq(sim->owners[i].name, name))
			return (int)i;
	sim_fail(sim, "owner %s was asked for", name);
}

void dns_sign(struct sim *sim)
{
	const struct server *primary = dns_primary(sim);

	if (sim->signer_ms > sim->now_ms)
		return;
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		if (server->dead_ms <= sim->now_ms &&
		    primary->dead_ms <= sim->now_ms &&
		    server->frozen_ms <= sim->now_ms && !server->regressed_ms)
			server->signed_ms = sim->now_ms;
	}
}

/* ---- What resolvers can ask ------------------------------------------- */

int64_t dns_asked_ms(const struct sim *sim, const struct server *server)
{
	return server->address_ms > sim->ns_ttl_ms ? server->address_ms :
						     sim->ns_ttl_ms;
}

static bool is_serving(const struct sim *sim, const struct server *server)
{
	return server->asked && server->dead_ms <= sim->now_ms;
}

static void serve(struct sim *sim, struct server *server, int owner,
		  struct version *version)
{
	struct served *open = server->open[owner];

	if (open && open->version == version &&
	    open->regressed == (server->regressed_ms != 0))
		return;
	if (open)
		open->until_ms = sim->now_ms;
	server->open[owner] = NULL;
	if (!version)
		return;
	open = sim_alloc(sim, sizeof(*open));
	*open = (struct served){ .server = server, .version = version,
				 .from_ms = sim->now_ms, .until_ms = FOREVER,
				 .regressed = server->regressed_ms != 0,
				 .next = sim->served };
	server->open[owner] = open;
	sim->served = open;
	if (server->twin)
		machines_take(version);
}

static void forget_expired(struct sim *sim)
{
	struct served **at = &sim->served;

	while (*at) {
		const struct served *served = *at;
		int64_t ttl_ms = served->version->ttl * SECOND;

		if (ttl_ms < sim->floor_ms)
			ttl_ms = sim->floor_ms;
		if (served->until_ms != FOREVER && served->until_ms + ttl_ms +
		    sim->flight_ms < sim->now_ms)
			*at = served->next;
		else
			at = &(*at)->next;
	}
}

void dns_refresh(struct sim *sim)
{
	forget_expired(sim);
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];
		bool serving = is_serving(sim, server);

		for (size_t k = 0; k < sim->owner_count; k++)
			serve(sim, server, (int)k, serving ?
			      server->shown->of[k] : NULL);
	}
}

/* ---- Transfers -------------------------------------------------------- */

static void show(struct sim *sim, struct server *server,
		 struct revision *revision)
{
	server->shown = revision;
	server->regressed_ms = 0;
	server->show_ms = FOREVER;
	if (!server->primary)
		return;
	for (size_t k = 0; k < sim->owner_count; k++)
		if (revision->of[k]->made_ms == FOREVER)
			revision->of[k]->made_ms = sim->now_ms;
	for (size_t i = 1; i < sim->server_count; i++) {
		struct server *other = &sim->servers[i];
		int64_t then_ms = sim->now_ms + other->lag_ms;

		if (then_ms < other->show_ms)
			other->show_ms = then_ms;
	}
}

size_t version_own_count(const struct version *version)
{
	return version->by_wildcard ? 0 : version->count;
}

bool version_has_kind(const struct version *version, const struct rr *rr)
{
	for (size_t i = 0; i < version_own_count(version); i++)
		if (version->rrs[i].usage == rr->usage &&
		    version->rrs[i].selector == rr->selector &&
		    version->rrs[i].matching == rr->matching)
			return true;
	return false;
}

static void fill_version(struct sim *sim, struct version *version,
			 const struct rr *rrs, size_t count, uint32_t ttl)
{
	const struct owner *owner = &sim->owners[version->owner];

	version->by_wildcard = count == 0 && owner->has_wildcard;
	if (version->by_wildcard) {
		rrs = &owner->wild;
		count = 1;
		ttl = sim->ttl;
	}
	version->rrs = sim_alloc(sim, (count + 1) * sizeof(*rrs));
	if (count)
		memcpy(version->rrs, rrs, count * sizeof(*rrs));
	version->count = count;
	version->ttl = count ? ttl : sim->negative_ttl;
}

/* The primary does so, with VERSION at its owner. */
static void accept_version(struct sim *sim, struct version *version,
			   enum origin origin)
{
	static const char *const by[] = { "the start", "alnitak", "others" };
	struct server *primary = dns_primary(sim);
	struct revision *now = primary->accepted;
	struct revision *next = sim_alloc(sim, sizeof(*next));
	int owner = version->owner;

	invariant(sim->revision_count < REVISIONS_MAX);
	version->origin = origin;
	version->made_ms = FOREVER;
	version->command_ms = sim->command_ms;
	version->troubled = sim->in_command && sim->troubled;
	version->before = now->of[owner];
	*next = *now;
	next->serial = now->serial + 1;
	next->of[owner] = version;
	primary->accepted = next;
	sim->revisions[sim->revision_count++] = next;
	sim_log(sim, "dns: %s made %s %s ttl %u serial %u", by[origin],
		sim->owners[owner].name, version->alias ?
		sim->owners[version->alias - 1].name :
		rrs_text(sim, version->rrs, version_own_count(version)),
		version->ttl, next->serial);
	if (sim->signs_late)
		primary->show_ms = sim->now_ms + 25 * MINUTE;
	else if (sim_fault(sim, sim->faults.signing_delay))
		primary->show_ms = sim->now_ms +
				   sim_between(sim, 100, 3 * MINUTE);
	else
		show(sim, primary, next);
	dns_refresh(sim);
}

/* A change by RRS at OWNER is accepted by the primary. */
void dns_commit(struct sim *sim, int owner, const struct rr *rrs,
		size_t count, uint32_t ttl, enum origin origin)
{
	struct version *version = sim_alloc(sim, sizeof(*version));

	version->owner = owner;
	fill_version(sim, version, rrs, count, ttl);
	accept_version(sim, version, origin);
}

void dns_commit_alias(struct sim *sim, int owner, int end)
{
	struct version *version = sim_alloc(sim, sizeof(*version));

	version->owner = owner;
	version->alias = end + 1;
	version->ttl = sim->ttl;
	accept_version(sim, version, ORIGIN_OTHERS);
}

static void transfer(struct sim *sim, struct server *server)
{
	struct server *primary = dns_primary(sim);

	if (server->primary) {
		show(sim, server, server->accepted);
	} else if (server->frozen_ms > sim->now_ms ||
		   server->dead_ms > sim->now_ms ||
		   primary->dead_ms > sim->now_ms) {
		server->show_ms = server->dead_ms == FOREVER ? FOREVER :
			sim->now_ms + server->lag_ms + SECOND;
		return;
	} else {
		show(sim, server, primary->shown);
	}
	sim_log(sim, "dns: %s shows serial %u", server->name,
		server->shown->serial);
}

int64_t dns_next_ms(const struct sim *sim)
{
	int64_t next_ms = FOREVER;

	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];

		if (server->show_ms < next_ms)
			next_ms = server->show_ms;
		if (server->unasked_ms < next_ms)
			next_ms = server->unasked_ms;
		if (server->dead_ms && server->dead_ms < next_ms)
			next_ms = server->dead_ms;
	}
	return next_ms;
}

void dns_event(struct sim *sim)
{
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		if (server->dead_ms && server->dead_ms <= sim->now_ms) {
			server->dead_ms = 0;
			sim_log(sim, "dns: %s is back", server->name);
		}
		if (server->unasked_ms <= sim->now_ms) {
			server->unasked_ms = FOREVER;
			server->asked = server->delegated || server->extra;
		}
		if (server->show_ms <= sim->now_ms)
			transfer(sim, server);
	}
	dns_refresh(sim);
}

void server_dies(struct sim *sim, struct server *server)
{
	server->dead_ms = FOREVER;
	sim_log(sim, "fault: %s is dead for good", server->name);
	dns_refresh(sim);
}

void server_is_given_up(struct sim *sim, struct server *server)
{
	struct config_zone *zone = &sim->config->zones[0];

	server->ignored = true;
	*array_push(zone->ignore, zone->ignore_count) =
		(struct prefix){ server->address, 32 };
	sim_log(sim, "the operator ignores %s", server->name);
}

void dns_heal(struct sim *sim)
{
	sim->signer_ms = 0;
	outside_heal(sim);
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		if (server->ignored)
			continue;
		if (server->dead_ms > sim->now_ms)
			server->dead_ms = sim->now_ms + 1;
		server->frozen_ms = 0;
		server->silent_ms = 0;
		if (server->lag_ms > 10 * MINUTE)
			server->lag_ms = 10 * MINUTE;
		if (!server->primary)
			server->show_ms = sim->now_ms + server->lag_ms;
	}
}

void dns_open(struct sim *sim)
{
	struct revision *first = sim_alloc(sim, sizeof(*first));

	first->serial = 1;
	for (size_t k = 0; k < sim->owner_count; k++) {
		first->of[k] = sim_alloc(sim, sizeof(struct version));
		first->of[k]->owner = (int)k;
		first->of[k]->ttl = sim->negative_ttl;
		first->of[k]->made_ms = sim->now_ms;
	}
	sim->revisions[sim->revision_count++] = first;
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		server->primary = i == 0;
		server->shown = server->accepted = first;
		server->show_ms = server->unasked_ms = FOREVER;
		for (size_t k = 0; k < sim->owner_count; k++)
			server->look_ms[k] = INT64_MIN;
	}
	dns_refresh(sim);
}

static void note(const struct sim *sim, bool *noted, int64_t *noted_ms)
{
	if (!*noted)
		*noted_ms = sim->now_ms;
	*noted = true;
}

void dns_noted(struct sim *sim)
{
	for (struct served *at = sim->served; at; at = at->next)
		if (at->look_command == sim->command)
			note(sim, &at->looked_at, &at->looked_ms);
	for (size_t i = 0; i < sim->server_count; i++)
		for (size_t k = 0; k < sim->owner_count; k++) {
			struct server *server = &sim->servers[i];

			if (server->met_command[k] == sim->command)
				note(sim, &server->met[k],
				     &server->met_ms[k]);
		}
	for (size_t i = 0; i < sim->revision_count; i++)
		for (size_t k = 0; k < sim->owner_count; k++) {
			struct version *version = sim->revisions[i]->of[k];

			if (version->look_command == sim->command)
				note(sim, &version->seen, &version->seen_ms);
		}
}

static void forget_server(struct sim *sim, struct server *server,
			  int64_t since_ms)
{
	for (size_t k = 0; k < sim->owner_count; k++) {
		if (server->met_ms[k] > since_ms)
			server->met[k] = false;
		if (!server->delegated && !server->extra && !server->met[k])
			server->unmet_ms[k] = FOREVER;
	}
}

static bool is_shown(const struct sim *sim, const struct version *version)
{
	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].shown->of[version->owner] == version)
			return true;
	return false;
}

/* What is served now, and what the configuration says, is known anew; a TTL
 * that was longer is not, nor what came after the backup and is gone. Where
 * nothing is known, all is thought possible. */
static void forget_version(struct sim *sim, struct version *version,
			   int64_t since_ms)
{
	const struct version *now =
		dns_primary(sim)->shown->of[version->owner];

	if (since_ms != INT64_MIN && version->made_ms > since_ms)
		version->forgotten = !is_shown(sim, version);
	if (version->seen_ms <= since_ms)
		return;
	version->seen = false;
	version->lost = true;
	version->forgotten |= version->ttl > now->ttl &&
			      version->ttl > sim->config->record_ttl_seconds;
}

void dns_forget(struct sim *sim, int64_t since_ms)
{
	machines_forget(sim, since_ms);
	for (struct served *at = sim->served; at; at = at->next)
		if (at->looked_ms > since_ms)
			at->looked_at = false;
	for (size_t i = 0; i < sim->server_count; i++)
		forget_server(sim, &sim->servers[i], since_ms);
	for (size_t i = 0; i < sim->revision_count; i++)
		for (size_t k = 0; k < sim->owner_count; k++)
			forget_version(sim, sim->revisions[i]->of[k],
				       since_ms);
}

static bool is_known(const struct sim *sim, const struct version *version)
{
	for (size_t i = 0; i < sim->revision_count; i++) {
		const struct version *at =
			sim->revisions[i]->of[version->owner];

		if (at->seen && at->ttl >= version->ttl)
			return true;
	}
	return false;
}

void dns_forget_longer(struct sim *sim, int owner)
{
	uint32_t ttl = dns_primary(sim)->accepted->of[owner]->ttl;

	if (ttl < sim->config->record_ttl_seconds)
		ttl = sim->config->record_ttl_seconds;
	for (size_t i = 0; i < sim->revision_count; i++) {
		struct version *version = sim->revisions[i]->of[owner];

		if (version->lost && version->ttl > ttl &&
		    !is_known(sim, version))
			version->forgotten = true;
	}
}
