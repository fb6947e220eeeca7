/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/zone_internal.h"

#include <stdlib.h>

/* New servers may name newer ones; beyond this they stay unasked, and that
 * counts as no answer. */
#define ROUNDS_MAX 3

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

struct server_view *view_find(const struct zone_view *view,
			      const struct address *address)
{
	for (size_t i = 0; i < view->server_count; i++)
		if (address_equal(&view->servers[i].address, address))
			return &view->servers[i];
	return NULL;
}

struct zone_server *view_server(const struct zone_view *view,
				const struct server_view *server)
{
	for (size_t i = 0; i < view->zone->server_count; i++)
		if (address_equal(&view->zone->servers[i].address,
				  &server->address))
			return &view->zone->servers[i];
	invariant(false);
	return NULL;
}

void server_view_open(const struct surveying *all,
		      const struct zone_view *view,
		      struct server_view *server,
		      const struct address *address,
		      const char *key)
{
	const struct survey *survey = all->survey;
	const struct lookup of_zone = {
		.name = view->zone->name,
		.type = LDNS_RR_TYPE_SOA,
		.flags = MESSAGE_DNSSEC,
		.server = *address,
		.transport = survey->transport,
		.key = key,
	};

	*server = (struct server_view){ .address = *address };
	server->soa = server->ns = server->keys = of_zone;
	server->ns.type = LDNS_RR_TYPE_NS;
	server->keys.type = LDNS_RR_TYPE_DNSKEY;
	server->tlsa = xcalloc(view->owner_count, sizeof(struct lookup));
	for (size_t i = 0; i < view->owner_count; i++) {
		server->tlsa[i] = of_zone;
		server->tlsa[i].name = survey->owners[view->owners[i]].name;
		server->tlsa[i].type = LDNS_RR_TYPE_TLSA;
	}
}

static void view_add_servers(const struct surveying *all,
			     struct zone_view *view)
{
	const struct zone *zone = view->zone;

	for (size_t i = 0; i < zone->server_count; i++) {
		const struct zone_server *server = &zone->servers[i];

		if (!server->ignored && !view_find(view, &server->address))
			server_view_open(all, view,
					 array_push(view->servers,
						    view->server_count),
					 &server->address,
					 primary_key(zone, server));
	}
}

/* ---- Asking ------------------------------------------------------------ */

static void open_add(struct open_lookups *open, struct lookup *lookup)
{
	*array_push(open->items, open->count) = lookup;
}

void open_add_server(struct open_lookups *open, const struct zone_view *view,
		     struct server_view *server)
{
	open_add(open, &server->soa);
	open_add(open, &server->ns);
	open_add(open, &server->keys);
	for (size_t i = 0; i < view->owner_count; i++)
		open_add(open, &server->tlsa[i]);
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

static void keep_within(struct lookup *lookup, size_t *room)
{
	if (lookup->reply_size > *room)
		lookup_unkeep(lookup);
	else
		*room -= lookup->reply_size;
}

/* Yields what of ROOM is left, with what is dropped beyond it. */
static size_t server_keep_within(struct server_view *server,
				 size_t owner_count, size_t room)
{
	keep_within(&server->soa, &room);
	keep_within(&server->keys, &room);
	keep_within(&server->ns, &room);
	for (size_t k = 0; k < owner_count; k++)
		keep_within(&server->tlsa[k], &room);
	for (size_t k = 0; k < server->host_count; k++)
		keep_within(&server->hosts[k], &room);
	return room;
}

/* No server, however many there are, and however much they send, makes the
 * others' replies be dropped. */
static void keep_all_within(struct surveying *all, size_t each)
{
	for (size_t i = 0; i < all->view_count; i++)
		for (size_t k = 0; k < all->views[i].server_count; k++)
			server_keep_within(&all->views[i].servers[k],
					   all->views[i].owner_count, each);
}

static size_t count_servers(const struct surveying *all)
{
	size_t count = 0;

	for (size_t i = 0; i < all->view_count; i++)
		count += all->views[i].server_count;
	return count;
}

static void ask_some(struct surveying *all, struct lookup **lookups, size_t n)
{
	struct open_lookups some = { lookups, n };

	lookups_ask(all->world, some.items, some.count);
	ask_again_plainly(all->world, &some);
}

/* A server is asked for all at once, and perhaps for addresses later. */
static void open_add_unasked(struct open_lookups *open,
			     const struct zone_view *view,
			     struct server_view *server)
{
	if (!server->soa.asked)
		open_add_server(open, view, server);
	for (size_t i = 0; i < server->host_count; i++)
		if (!server->hosts[i].asked)
			open_add(open, &server->hosts[i]);
}

/* Asks what is still open; false when nothing was. */
static bool ask_open(struct surveying *all)
{
	struct open_lookups open = { 0 };
	size_t n;

	for (size_t i = 0; i < all->view_count; i++) {
		struct zone_view *view = &all->views[i];

		view_add_servers(all, view);
		for (size_t k = 0; k < view->server_count; k++)
			open_add_unasked(&open, view, &view->servers[k]);
	}
	for (size_t done = 0; done < open.count; done += n) {
		n = open.count - done;
		if (n > QUESTIONS_AT_ONCE_MAX)
			n = QUESTIONS_AT_ONCE_MAX;
		ask_some(all, open.items + done, n);
		keep_all_within(all, SURVEY_SIZE_MAX / count_servers(all));
	}
	primaries_ask_unsigned(all);
	free(open.items);
	return open.count > 0;
}

struct reading view_reading(const struct surveying *all,
			    struct zone_view *view,
			    const struct server_view *server)
{
	return (struct reading){
		.zone = view->zone,
		.server = server,
		.dnssec_required = all->config->dnssec_required,
		.now_seconds = all->now_seconds,
		.soa_proofs = &view->proofs,
	};
}

void view_read_server(const struct surveying *all, struct zone_view *view,
		      struct server_view *server)
{
	bool hidden = zone_server_is_hidden(view_server(view, server));

	server_view_read(server, view->zone,
			 all->config->dnssec_required && !hidden,
			 all->now_seconds, &view->proofs);
}

/* Takes in the name servers that the zone's own servers name. */
static void extend_view(const struct surveying *all, struct zone_view *view)
{
	struct zone_news news = { .ns_ttl_seconds = 0 };
	bool fit = true;

	for (size_t i = 0; i < view->server_count; i++) {
		struct server_view *server = &view->servers[i];
		struct reading like = view_reading(all, view, server);

		if (!server->is_read)
			view_read_server(all, view, server);
		/* What it says is not proven. */
		if (like.dnssec_required &&
		    zone_server_is_hidden(view_server(view, server)))
			continue;
		fit = server_view_tell(server, &like, all->survey->transport,
				       &news) && fit;
	}
	if (!fit)
		zone_fail(view->zone, ZONE_TOO_LARGE, "zone %s: its servers "
			  "give more than %d addresses of its name servers; "
			  "take some out", view->zone->name, ZONE_HOSTS_MAX);
	zones_extend(all->world, all->config, view->zone, &news);
	texts_clear(&news.names);
	zone_hosts_clear(&news.hosts);
}

static void ask_all(struct surveying *all)
{
	for (unsigned round = 0; round < ROUNDS_MAX && ask_open(all); round++)
		for (size_t i = 0; i < all->view_count; i++)
			extend_view(all, &all->views[i]);
}

/* ---- Reading ----------------------------------------------------------- */

/* Nobody asks a hidden primary for signatures, nor how far it lags. */
static void drop_proof(struct sighting *sighting)
{
	sighting->behind = false;
	sighting->signature_expires_seconds = 0;
	sighting->signature_begins_seconds = 0;
}

/* Asked with the key and without: neither brought anything. */
static void tell_key_failure(struct sighting *sighting,
			     const struct server_view *server)
{
	sighting_found(sighting, sighting->verdict,
		       xasprintf("%s; asked with the zone's key: %s",
				 sighting->detail, server->key_failure));
}

static void read_sighting(const struct surveying *all,
			  struct zone_view *view, size_t index,
			  struct proofs *proofs, struct sighting *sighting)
{
	const struct survey_owner *owner =
		&all->survey->owners[view->owners[index]];
	const struct server_view *server =
		view_find(view, &sighting->server->address);
	struct reading reading = view_reading(all, view, server);

	reading.owner = owner->name;
	reading.primary = view->primary;
	reading.primary_is_hidden = view->primary && zone_server_is_hidden(
		view_server(view, view->primary));
	reading.dnssec_required &= !sighting_is_hidden(sighting);
	reading.set_proofs = proofs;
	if (!server) {
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->detail = xstrdup("not asked yet: the zone's servers "
					   "named it too late");
		return;
	}
	reading.lookup = &server->tlsa[index];
	sighting_read(sighting, &reading);
	sighting->key = reading.lookup->key;
	lookup_clear(&server->tlsa[index]);
	if (sighting_is_hidden(sighting))
		drop_proof(sighting);
	if (server->key_failure && !sighting_is_useful(sighting))
		tell_key_failure(sighting, server);
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
		if (address_equal(&zone->servers[i].address, &zone->primary))
			owner->primary = sighting;
	}
	if (owner->count == 0)
		owner->detail = "every server of the zone is ignored, so "
				"nothing shows what clients get; take one out "
				"of ignore in the zone's section";
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
	primary_choose(view);
	for (size_t i = 0; i < view->owner_count; i++)
		read_owner(all, view, i);
}

void server_view_close(const struct zone_view *view,
		       struct server_view *server)
{
	server_view_clear(server, view->owner_count);
}

static void view_clear(struct zone_view *view)
{
	for (size_t i = 0; i < view->server_count; i++)
		server_view_close(view, &view->servers[i]);
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
	primaries_ask_signed(&all);
	for (size_t i = 0; i < all.view_count; i++)
		read_view(&all, &all.views[i]);
	survey_find_hidden(&all);
	for (size_t i = 0; i < all.view_count; i++)
		view_clear(&all.views[i]);
	free(all.views);
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
	texts_clear(&survey->details);
	memset(survey, 0, sizeof(*survey));
}
