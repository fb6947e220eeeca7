/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define SERVER_LEAST 64		/* octets that each takes at least */
#define PRIMARY_LEAST 40
#define ZONE_LEAST 128
#define DS_SIZE_MAX REPLY_TCP_SIZE_MAX
#define ROLES_ALL (ZONE_SERVER_PARENT | ZONE_SERVER_CHILD | \
		   ZONE_SERVER_EXTRA | ZONE_SERVER_PRIMARY)

/* ---- DS records -------------------------------------------------------- */

/* One behind the other, as in a message. */
static void put_ds(struct octets *octets, const struct zone *zone)
{
	struct octets all = { NULL, 0, 0 };

	for (size_t i = 0; i < ldns_rr_list_rr_count(zone->ds); i++) {
		uint8_t *wire;
		size_t size;

		must(ldns_rr2wire(&wire, ldns_rr_list_rr(zone->ds, i),
				  LDNS_SECTION_ANSWER, &size) ==
		     LDNS_STATUS_OK);
		octets_put(&all, wire, size);
		free(wire);
	}
	if (zone->ds)
		octets_put_block(octets, all.data, all.size);
	else
		octets_put_block(octets, zone->ds_wire.data,
				 zone->ds_wire.size);
	octets_clear(&all);
}

static void open_ds(struct octets_reader *reader, struct zone *zone)
{
	const struct octets *wire = &zone->ds_wire;
	size_t at = 0;

	zone->ds = ldns_rr_list_new();
	must(zone->ds);
	while (at < wire->size && !reader->bad) {
		ldns_rr *rr = NULL;

		if (ldns_wire2rr(&rr, wire->data, wire->size, &at,
				 LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
			reader->bad = true;
		else
			ldns_rr_list_push_rr(zone->ds, rr);
	}
}

/* ---- Zones ------------------------------------------------------------- */

static void put_server(struct octets *octets, const struct zone_server *server)
{
	address_put(octets, &server->address);
	octets_put_text(octets, server->name);
	octets_put_number(octets, server->roles);
	octets_put_number(octets, server->ignored);
	octets_put_number(octets, server->refuses_key);
	octets_put_number(octets, server->ttl_seconds);
	octets_put_number(octets, server->ttl_is_whole);
}

static void take_server(struct octets_reader *reader,
			struct zone_server *server)
{
	server->address = address_take(reader, false);
	server->name = octets_text(reader, WIRE_TEXT_MAX);
	server->roles = (unsigned)octets_number(reader, ROLES_ALL);
	server->ignored = octets_bool(reader);
	server->refuses_key = octets_bool(reader);
	server->ttl_seconds = (uint32_t)octets_number(reader, TTL_MAX);
	server->ttl_is_whole = octets_bool(reader);
}

static size_t primary_index(const struct zone *zone)
{
	size_t i = 0;

	while (i < zone->primary_count &&
	       zone->primaries[i].name != zone->primary_name)
		i++;
	return i;
}

static void put_primaries(struct octets *octets, const struct zone *zone)
{
	octets_put_number(octets, zone->primary_count);
	for (size_t i = 0; i < zone->primary_count; i++) {
		address_put(octets, &zone->primaries[i].address);
		octets_put_text(octets, zone->primaries[i].name);
	}
	address_put(octets, &zone->primary);
	octets_put_number(octets, primary_index(zone));
}

static void take_primaries(struct octets_reader *reader, struct zone *zone)
{
	size_t n = octets_count(reader, PRIMARIES_MAX, PRIMARY_LEAST), named;

	for (size_t i = 0; i < n && !reader->bad; i++) {
		struct zone_primary *primary = array_push(zone->primaries,
							  zone->primary_count);

		primary->address = address_take(reader, false);
		primary->name = octets_text_given(reader, WIRE_TEXT_MAX);
	}
	zone->primary = address_take(reader, true);
	named = (size_t)octets_number(reader, n);
	if (named < zone->primary_count)
		zone->primary_name = zone->primaries[named].name;
}

static size_t config_index(const struct config *config,
			   const struct config_zone *zone)
{
	return zone ? (size_t)(zone - config->zones) : config->zone_count;
}

void wire_put_zone(struct octets *octets, const struct config *config,
		   const struct zone *zone)
{
	octets_put_text(octets, zone->name);
	octets_put_number(octets, config_index(config, zone->config));
	octets_put_number(octets, zone->key != NULL);
	octets_put_number(octets, zone->error);
	octets_put_text(octets, zone->detail);
	octets_put_number(octets, zone->ns_ttl_seconds);
	octets_put_number(octets, zone->authentic);
	octets_put_number(octets, zone->resolver_is_server);
	octets_put_number(octets, zone->resolver_is_local);
	put_primaries(octets, zone);
	octets_put_number(octets, zone->server_count);
	for (size_t i = 0; i < zone->server_count; i++)
		put_server(octets, &zone->servers[i]);
	put_ds(octets, zone);
}

static void take_rest(struct octets_reader *reader, struct zone *zone)
{
	size_t n;

	zone->error = (enum zone_error)octets_number(reader, ZONE_TOO_LARGE);
	zone->detail = octets_text(reader, WIRE_TEXT_MAX);
	if (zone->error != ZONE_OK && !zone->detail)
		reader->bad = true;
	zone->ns_ttl_seconds = (uint32_t)octets_number(reader, TTL_MAX);
	zone->authentic = octets_bool(reader);
	zone->resolver_is_server = octets_bool(reader);
	zone->resolver_is_local = octets_bool(reader);
	take_primaries(reader, zone);
	n = octets_count(reader, WIRE_SERVERS_MAX, SERVER_LEAST);
	for (size_t i = 0; i < n && !reader->bad; i++)
		take_server(reader, array_push(zone->servers,
					       zone->server_count));
	zone->ds_wire.data = octets_block(reader, DS_SIZE_MAX,
					  &zone->ds_wire.size);
}

struct zone *wire_take_zone(struct octets_reader *reader,
			    const struct config *config, bool opens)
{
	struct zone *zone = xcalloc(1, sizeof(*zone));
	size_t index;

	zone->name = wire_take_name(reader, false);
	index = (size_t)octets_number(reader, config->zone_count);
	if (index < config->zone_count)
		zone->config = &config->zones[index];
	if (octets_bool(reader))
		zone->key = config_zone_key(config, zone->config);
	take_rest(reader, zone);
	if (opens)
		open_ds(reader, zone);
	if (!reader->bad)
		return zone;
	zone_free(zone);
	return NULL;
}

static int compare_places(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)**(struct zone *const *const *)a;
	uintptr_t right = (uintptr_t)**(struct zone *const *const *)b;

	return (left > right) - (left < right);
}

/* Where in ITEMS each zone is, by its address. */
static struct zone ***sort_places(const struct zones *zones)
{
	struct zone ***places = xcalloc(zones->count, sizeof(*places));

	for (size_t i = 0; i < zones->count; i++)
		places[i] = &zones->items[i];
	if (zones->count)
		qsort(places, zones->count, sizeof(*places), compare_places);
	return places;
}

static size_t index_of(const struct zones *zones, struct zone ***places,
		       struct zone *zone)
{
	struct zone **key = &zone;
	struct zone ***found = zone && zones->count ?
		bsearch(&key, places, zones->count, sizeof(*places),
			compare_places) : NULL;

	return found ? (size_t)(*found - zones->items) : zones->count;
}

void wire_put_zones(struct octets *octets, const struct config *config,
		    const struct zones *zones)
{
	struct zone ***places = sort_places(zones);

	octets_put_number(octets, zones->count);
	for (size_t i = 0; i < zones->count; i++)
		wire_put_zone(octets, config, zones->items[i]);
	for (size_t i = 0; i < zones->owner_count; i++) {
		octets_put_number(octets, index_of(zones, places,
						   zones->of_owner[i]));
		octets_put_text(octets, zones->owner_detail[i]);
	}
	free(places);
}

void wire_take_zones(struct octets_reader *reader,
		     const struct config *config, size_t owner_count,
		     bool opens, struct zones *zones)
{
	size_t n = octets_count(reader, SIZE_MAX, ZONE_LEAST);

	for (size_t i = 0; i < n && !reader->bad; i++) {
		struct zone *zone = wire_take_zone(reader, config, opens);

		if (zone)
			*array_push(zones->items, zones->count) = zone;
	}
	zones->owner_count = owner_count;
	zones->of_owner = xcalloc(owner_count, sizeof(struct zone *));
	zones->owner_detail = xcalloc(owner_count, sizeof(char *));
	for (size_t i = 0; i < owner_count && !reader->bad; i++) {
		size_t k = (size_t)octets_number(reader, n);

		if (k < zones->count)
			zones->of_owner[i] = zones->items[k];
		zones->owner_detail[i] = octets_text(reader, WIRE_TEXT_MAX);
		if (k == n && !zones->owner_detail[i])
			reader->bad = true;
	}
}
