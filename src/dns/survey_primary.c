/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

static enum config_signing signing_of(const struct zone *zone)
{
	if (!zone->key)
		return SIGNING_NEVER;
	return zone->config ? zone->config->signing : SIGNING_AUTO;
}

const char *primary_key(const struct zone *zone,
				   const struct zone_server *server)
{
	if (!(server->roles & ZONE_SERVER_PRIMARY))
		return NULL;
	switch (signing_of(zone)) {
	case SIGNING_NEVER:
		return NULL;
	case SIGNING_ALWAYS:
		return zone->key;
	case SIGNING_AUTO:
		break;
	}
	return zone_server_is_hidden(server) && !server->refuses_key ?
	       zone->key : NULL;
}

/* Keeps the first. */
static void note_failure(struct server_view *server,
			 const struct lookup *lookup)
{
	if (!server->key_failure)
		server->key_failure = lookup_is_useful(lookup) ?
				      xstrdup("it shows no more") :
				      lookup_failure(lookup);
}

/* ---- Without the key --------------------------------------------------- */

/* Silence may be about the key: NSD's NOTAUTH has no question and so is no
 * answer; others drop what they cannot verify. Where nothing listens, or the
 * time is over, another question is of no use. */
static bool refuses_key(const struct lookup *lookup)
{
	if (!lookup->key || !lookup->asked || lookup->unkept)
		return false;
	return lookup->outcome == OUTCOME_SILENT ||
	       (lookup->outcome == OUTCOME_ANSWERED &&
		!lookup_is_useful(lookup));
}

static void open_add_refused(struct open_lookups *open,
			     const struct zone_view *view,
			     struct server_view *server)
{
	struct open_lookups all = { NULL, 0 };

	open_add_server(&all, view, server);
	for (size_t i = 0; i < all.count; i++) {
		if (!refuses_key(all.items[i]))
			continue;
		note_failure(server, all.items[i]);
		all.items[i]->key = NULL;
		*array_push(open->items, open->count) = all.items[i];
	}
	free(all.items);
}

/* Within one run it need not be tried again. */
static void remember(const struct zone_view *view, struct server_view *server)
{
	if (server->key_failure && !server->soa.key &&
	    lookup_is_useful(&server->soa))
		view_server(view, server)->refuses_key = true;
}

void primaries_ask_unsigned(const struct surveying *all)
{
	struct open_lookups open = { NULL, 0 };

	for (size_t i = 0; i < all->view_count; i++) {
		struct zone_view *view = &all->views[i];

		for (size_t k = 0; signing_of(view->zone) == SIGNING_AUTO &&
		     k < view->server_count; k++)
			open_add_refused(&open, view, &view->servers[k]);
	}
	lookups_ask_within(all->world, open.items, open.count,
			   SURVEY_SIZE_MAX);
	free(open.items);
	for (size_t i = 0; i < all->view_count; i++)
		for (size_t k = 0; k < all->views[i].server_count; k++)
			remember(&all->views[i], &all->views[i].servers[k]);
}

/* ---- With the key ------------------------------------------------------ */

static bool speaks_for_zone(const struct server_view *server)
{
	ldns_pkt *packet = authoritative_packet(&server->soa);
	bool speaks = packet != NULL;

	ldns_pkt_free(packet);
	return speaks;
}

/* What it serves can be read, and proven where that is wanted. */
static bool is_readable(const struct surveying *all,
			const struct server_view *server)
{
	return speaks_for_zone(server) &&
	       (!all->config->dnssec_required || server->trust == DNSSEC_OK);
}

/* A server of the delegation is asked as the world asks it. Only one that so
 * shows nothing (it answers its friends, or has another view for strangers of
 * our address) is asked as the key's owner. */
static bool wants_key(const struct surveying *all,
		      const struct zone_view *view,
		      const struct server_view *server)
{
	const struct zone_server *known = view_server(view, server);

	return signing_of(view->zone) == SIGNING_AUTO &&
	       (known->roles & ZONE_SERVER_PRIMARY) &&
	       !zone_server_is_hidden(known) &&
	       server->soa.asked && server->soa.outcome == OUTCOME_ANSWERED &&
	       !is_readable(all, server);
}

/* The same server, asked once more. */
struct second {
	struct zone_view *view;
	struct server_view *first;
	struct server_view again;
};

static void second_take(const struct surveying *all, struct second *second)
{
	struct zone_view *view = second->view;

	view_read_server(all, view, &second->again);
	if (is_readable(all, &second->again)) {
		server_view_close(view, second->first);
		*second->first = second->again;
		return;
	}
	note_failure(second->first, &second->again.soa);
	server_view_close(view, &second->again);
}

static void seconds_collect(const struct surveying *all,
			    struct zone_view *view, struct second **seconds,
			    size_t *count)
{
	for (size_t i = 0; i < view->server_count; i++) {
		struct server_view *server = &view->servers[i];
		struct second *second;

		if (!wants_key(all, view, server))
			continue;
		second = array_push(*seconds, *count);
		second->view = view;
		second->first = server;
		server_view_open(all, view, &second->again, &server->address,
				 view->zone->key);
	}
}

void primaries_ask_signed(const struct surveying *all)
{
	struct open_lookups open = { NULL, 0 };
	struct second *seconds = NULL;
	size_t count = 0;

	for (size_t i = 0; i < all->view_count; i++)
		seconds_collect(all, &all->views[i], &seconds, &count);
	for (size_t i = 0; i < count; i++)
		open_add_server(&open, seconds[i].view, &seconds[i].again);
	lookups_ask_within(all->world, open.items, open.count,
			   SURVEY_SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		second_take(all, &seconds[i]);
	free(open.items);
	free(seconds);
}

/* ---- Which it is ------------------------------------------------------- */

/* How much it said: 2 for the zone, 1 something, 0 nothing. */
static int rank(const struct server_view *server)
{
	if (speaks_for_zone(server))
		return 2;
	return server->soa.asked && server->soa.outcome == OUTCOME_ANSWERED;
}

void primary_choose(struct zone_view *view)
{
	struct zone *zone = view->zone;
	int best = -1;

	for (size_t i = 0; i < zone->primary_count; i++) {
		const struct zone_primary *primary = &zone->primaries[i];
		const struct server_view *server =
			view_find(view, &primary->address);

		if (!server || rank(server) <= best)
			continue;
		best = rank(server);
		view->primary = server;
		zone->primary = primary->address;
		zone->primary_name = primary->name;
	}
}
