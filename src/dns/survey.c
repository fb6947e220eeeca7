/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/zone_internal.h"

#include <stdlib.h>

/* New servers may name newer ones; beyond this they stay unasked, and that
 * counts as no answer. */
#define ROUNDS_MAX 3

/* A zone, the owners in it that are asked about, and its servers. */
struct zone_view {
	struct zone *zone;
	size_t *owners;			/* indices into the survey's */
	size_t owner_count;
	struct server_view *servers;
	size_t server_count;
	struct proofs proofs;		/* of DNSKEY and SOA records */
};

struct surveying {
	struct world *world;
	const struct config *config;
	const struct zones *zones;
	struct survey *survey;
	struct zone_view *views;
	size_t view_count;
	int64_t now_seconds;
};

/* ---- Who is asked what ------------------------------------------------- */

static int by_zone(const void *a, const void *b)
{
	const struct survey_owner *const *one = a, *const *other = b;
	uintptr_t left = (uintptr_t)(*one)->zone;
	uintptr_t right = (uintptr_t)(*other)->zone;

	return (left > right) - (left < right);
}

static void view_add_owner(struct surveying *all,
			   const struct survey_owner *owner)
{
	size_t n = (size_t)(owner - all->survey->owners);
	struct zone_view *view = all->view_count
				 ? &all->views[all->view_count - 1] : NULL;

	if (!view || view->zone != owner->zone) {
		view = array_push(all->views, all->view_count);
		view->zone = all->zones->of_owner[n];
	}
	*array_push(view->owners, view->owner_count) = n;
}

/* Puts the owners whose zone can be asked together by zones. */
static void views_make(struct surveying *all)
{
	const struct survey *survey = all->survey;
	const struct survey_owner **sorted;
	size_t n = 0;

	sorted = xcalloc(survey->count, sizeof(struct survey_owner *));
	for (size_t i = 0; i < survey->count; i++)
		if (survey->owners[i].zone &&
		    zone_can_be_asked(survey->owners[i].zone))
			sorted[n++] = &survey->owners[i];
	qsort(sorted, n, sizeof(struct survey_owner *), by_zone);
	for (size_t i = 0; i < n; i++)
		view_add_owner(all, sorted[i]);
	free(sorted);
}

static struct server_view *view_find(const struct zone_view *view,
				     const struct address *address)
{
	for (size_t i = 0; i < view->server_count; i++)
		if (address_equal(&view->servers[i].address, address))
			return &view->servers[i];
	return NULL;
}

static struct lookup make_lookup(const struct survey *survey,
				 const struct address *server,
				 const char *name, ldns_rr_type type)
{
	return (struct lookup){
		.name = name,
		.type = type,
		.flags = MESSAGE_DNSSEC,
		.server = *server,
		.transport = survey->transport,
	};
}

static void view_add_server(struct zone_view *view,
			    const struct survey *survey,
			    const struct address *address)
{
	struct server_view *server = array_push(view->servers,
						view->server_count);
	const char *zone = view->zone->name;

	server->address = *address;
	server->soa = make_lookup(survey, address, zone, LDNS_RR_TYPE_SOA);
	server->ns = make_lookup(survey, address, zone, LDNS_RR_TYPE_NS);
	server->keys = make_lookup(survey, address, zone,
				   LDNS_RR_TYPE_DNSKEY);
	server->tlsa = xcalloc(view->owner_count, sizeof(struct lookup));
	for (size_t i = 0; i < view->owner_count; i++)
		server->tlsa[i] = make_lookup(
			survey, address, survey->owners[view->owners[i]].name,
			LDNS_RR_TYPE_TLSA);
}

static void view_add_servers(struct zone_view *view,
			     const struct survey *survey)
{
	const struct zone *zone = view->zone;

	for (size_t i = 0; i < zone->server_count; i++)
		if (!zone->servers[i].ignored &&
		    !view_find(view, &zone->servers[i].address))
			view_add_server(view, survey,
					&zone->servers[i].address);
}

/* ---- Asking ------------------------------------------------------------ */

struct open_lookups {
	struct lookup **items;
	size_t count;
};

static void open_add(struct open_lookups *open, struct lookup *lookup)
{
	if (!lookup->asked)
		*array_push(open->items, open->count) = lookup;
}

static void open_add_view(struct open_lookups *open, struct zone_view *view)
{
	for (size_t i = 0; i < view->server_count; i++) {
		struct server_view *server = &view->servers[i];

		open_add(open, &server->soa);
		open_add(open, &server->ns);
		open_add(open, &server->keys);
		for (size_t k = 0; k < view->owner_count; k++)
			open_add(open, &server->tlsa[k]);
	}
}

static bool refuses_edns(const struct lookup *lookup)
{
	return lookup->reply && !(lookup->flags & MESSAGE_PLAIN) &&
	       (lookup->rcode == LDNS_RCODE_FORMERR ||
		lookup->rcode == LDNS_RCODE_NOTIMPL ||
		lookup->rcode == 16 /* BADVERS, RFC 6891 */);
}

/* RFC 6891 section 7. Without EDNS there are no signatures either. */
static void ask_again_plainly(struct world *world, struct open_lookups *open)
{
	size_t n = 0;

	for (size_t i = 0; i < open->count; i++) {
		if (!refuses_edns(open->items[i]))
			continue;
		open->items[i]->flags = MESSAGE_PLAIN;
		open->items[n++] = open->items[i];
	}
	lookups_ask(world, open->items, n);
}

/* Asks what is still open; false when nothing was. */
static bool ask_open(struct surveying *all)
{
	struct open_lookups open = { 0 };
	bool some;

	for (size_t i = 0; i < all->view_count; i++) {
		view_add_servers(&all->views[i], all->survey);
		open_add_view(&open, &all->views[i]);
	}
	some = open.count > 0;
	lookups_ask(all->world, open.items, open.count);
	ask_again_plainly(all->world, &open);
	free(open.items);
	return some;
}

/* Takes in the name servers that the zone's own servers name. */
static void extend_view(const struct surveying *all, struct zone_view *view)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < view->server_count; i++) {
		ldns_pkt *packet = authoritative_packet(&view->servers[i].ns);

		if (packet)
			texts_add_ns(&names, packet, LDNS_SECTION_ANSWER,
				     view->zone->name);
		ldns_pkt_free(packet);
	}
	zones_extend(all->world, all->config, view->zone,
		     (const char *const *)names.items, names.count);
	texts_clear(&names);
}

static void ask_all(struct surveying *all)
{
	for (unsigned round = 0; round < ROUNDS_MAX && ask_open(all); round++)
		for (size_t i = 0; i < all->view_count; i++)
			extend_view(all, &all->views[i]);
}

/* ---- Reading ----------------------------------------------------------- */

static const struct server_view *view_primary(const struct zone_view *view)
{
	const struct zone *zone = view->zone;

	for (size_t i = 0; i < zone->server_count; i++)
		if (zone->servers[i].roles & ZONE_SERVER_PRIMARY)
			return view_find(view, &zone->servers[i].address);
	return NULL;
}

static void read_sighting(const struct surveying *all,
			  struct zone_view *view, size_t index,
			  struct proofs *proofs, struct sighting *sighting)
{
	const struct survey_owner *owner =
		&all->survey->owners[view->owners[index]];
	const struct server_view *server =
		view_find(view, &sighting->server->address);
	struct reading reading = {
		.zone = view->zone,
		.owner = owner->name,
		.server = server,
		.primary = view_primary(view),
		.dnssec_required = all->config->dnssec_required,
		.now_seconds = all->now_seconds,
		.set_proofs = proofs,
		.soa_proofs = &view->proofs,
	};

	if (!server) {
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->detail = xstrdup("not asked yet: the zone's servers "
					   "named it too late");
		return;
	}
	reading.lookup = &server->tlsa[index];
	sighting_read(sighting, &reading);
}

static void read_owner(const struct surveying *all, struct zone_view *view,
		       size_t index)
{
	struct survey_owner *owner = &all->survey->owners[view->owners[index]];
	const struct zone *zone = view->zone;
	struct proofs proofs = { 0 };

	owner->sightings = xcalloc(zone->server_count,
				   sizeof(*owner->sightings));
	for (size_t i = 0; i < zone->server_count; i++) {
		struct sighting *sighting;

		if (zone->servers[i].ignored)
			continue;
		sighting = &owner->sightings[owner->count++];
		sighting->server = &zone->servers[i];
		read_sighting(all, view, index, &proofs, sighting);
		if (zone->servers[i].roles & ZONE_SERVER_PRIMARY)
			owner->primary = sighting;
	}
	if (owner->count == 0)
		owner->detail = "every server of the zone is ignored";
	proofs_clear(&proofs);
}

/* What only some of the servers say is not passed off as the whole. */
static void read_view(const struct surveying *all, struct zone_view *view)
{
	if (!zone_can_be_asked(view->zone)) {
		for (size_t i = 0; i < view->owner_count; i++)
			all->survey->owners[view->owners[i]].detail =
				view->zone->detail;
		return;
	}
	for (size_t i = 0; i < view->server_count; i++)
		server_view_read(&view->servers[i], view->zone,
				 all->config->dnssec_required,
				 all->now_seconds, &view->proofs);
	for (size_t i = 0; i < view->owner_count; i++)
		read_owner(all, view, i);
}

static void view_clear(struct zone_view *view)
{
	for (size_t i = 0; i < view->server_count; i++) {
		struct server_view *server = &view->servers[i];

		lookup_clear(&server->soa);
		lookup_clear(&server->ns);
		lookup_clear(&server->keys);
		for (size_t k = 0; k < view->owner_count; k++)
			lookup_clear(&server->tlsa[k]);
		free(server->tlsa);
		free(server->keys_failure);
	}
	proofs_clear(&view->proofs);
	free(view->servers);
	free(view->owners);
}

static void take_owner(struct survey_owner *owner, const struct zones *zones,
		       const char *name, size_t index)
{
	owner->name = name;
	owner->zone = zones->of_owner[index];
	if (!owner->zone)
		owner->detail = zones->owner_detail[index];
	else if (!zone_can_be_asked(owner->zone))
		owner->detail = owner->zone->detail;
}

void survey_ask(struct world *world, const struct config *config,
		struct zones *zones, const char *const *owners, size_t n,
		enum transport transport, struct survey *survey)
{
	struct surveying all = {
		.world = world, .config = config, .zones = zones,
		.survey = survey,
	};
	struct moment now;

	invariant(n == zones->owner_count);
	world->now(world, &now);
	all.now_seconds = now.wall_ms / 1000;
	survey->transport = transport;
	survey->count = n;
	survey->owners = xcalloc(n, sizeof(*survey->owners));
	for (size_t i = 0; i < n; i++)
		take_owner(&survey->owners[i], zones, owners[i], i);
	views_make(&all);
	ask_all(&all);
	for (size_t i = 0; i < all.view_count; i++) {
		read_view(&all, &all.views[i]);
		view_clear(&all.views[i]);
	}
	free(all.views);
	survey_find_hidden(world, survey);
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
		free(owner->hidden);
	}
	free(survey->owners);
	memset(survey, 0, sizeof(*survey));
}
