/* SPDX-License-Identifier: MIT */
#include "errand/discover.h"

#include "base/name.h"
#include "base/xalloc.h"
#include "errand/wire.h"

#include <stdlib.h>

/* Fewer are not worth another process; replies of more are not kept at
 * once. */
#define OWNERS_LEAST 256
#define OWNERS_MOST 8192

struct discovering {
	const struct config *config;
	const char *const *owners;
	struct zones *zones;
};

/* ---- Elsewhere --------------------------------------------------------- */

static void work(struct world *world, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	struct config config = desk_take_config(context, task);
	struct texts owners = { NULL, 0 };
	struct zones zones = { NULL, 0, NULL, NULL, 0 };

	wire_take_names(task, &owners);
	invariant(octets_over(task));
	zones_discover(world, &config, (const char *const *)owners.items,
		       owners.count, &zones);
	wire_put_zones(result, context, &zones);
	zones_clear(&zones);
	texts_clear(&owners);
	free(config.resolvers);
}

/* ---- Here -------------------------------------------------------------- */

static void put(const void *self, struct span span, struct octets *task)
{
	const struct discovering *all = self;

	wire_put_names(task, all->owners + span.first, span.count);
}

static int compare_zones(const void *a, const void *b)
{
	const struct zone *const *one = a, *const *other = b;

	return strcmp((*one)->name, (*other)->name);
}

static bool is_sorted(const struct zones *zones)
{
	for (size_t i = 1; i < zones->count; i++)
		if (compare_zones(&zones->items[i - 1], &zones->items[i]) >= 0)
			return false;
	return true;
}

static struct zone *find(const struct zones *zones, struct zone *like)
{
	struct zone **found = like && zones->count ?
		bsearch(&like, zones->items, zones->count,
			sizeof(*zones->items), compare_zones) : NULL;

	return found ? *found : NULL;
}

/* Two errands may have met the same zone: one of them is enough. */
static void add_zones(struct zones *zones, struct zones *part)
{
	struct zones fresh = { NULL, 0, NULL, NULL, 0 };

	for (size_t i = 0; i < part->count; i++)
		if (!find(zones, part->items[i]))
			*array_push(fresh.items, fresh.count) = part->items[i];
	for (size_t i = 0; i < fresh.count; i++)
		*array_push(zones->items, zones->count) = fresh.items[i];
	if (zones->count)
		qsort(zones->items, zones->count, sizeof(*zones->items),
		      compare_zones);
	free(fresh.items);
}

static void merge(struct zones *zones, struct span span, struct zones *part)
{
	size_t rest = 0;

	add_zones(zones, part);
	for (size_t k = 0; k < span.count; k++) {
		zones->of_owner[span.first + k] = find(zones,
						       part->of_owner[k]);
		zones->owner_detail[span.first + k] = part->owner_detail[k];
		part->owner_detail[k] = NULL;
	}
	for (size_t i = 0; i < part->count; i++)
		if (find(zones, part->items[i]) != part->items[i])
			part->items[rest++] = part->items[i];
	part->count = rest;
}

static bool is_as_configured(const struct config *config,
			     const struct zone *zone)
{
	for (size_t i = 0; i < zone->server_count; i++)
		if (zone->servers[i].ignored !=
		    config_zone_ignores(zone->config,
					&zone->servers[i].address))
			return false;
	return zone->config == config_find_zone(config, zone->name);
}

/* Each zone has its own section, and holds the owners that are said to be in
 * it. */
static bool is_likely(const struct discovering *all, struct span span,
		      const struct zones *part)
{
	for (size_t i = 0; i < part->count; i++)
		if (!is_as_configured(all->config, part->items[i]))
			return false;
	for (size_t k = 0; k < span.count; k++)
		if (part->of_owner[k] &&
		    !name_is_within(all->owners[span.first + k],
				    part->of_owner[k]->name))
			return false;
	return true;
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	const struct discovering *all = self;
	struct zones part = { NULL, 0, NULL, NULL, 0 };
	bool good;

	wire_take_zones(result, all->config, span.count, false, &part);
	good = octets_over(result) && is_sorted(&part) &&
	       is_likely(all, span, &part);
	if (good)
		merge(all->zones, span, &part);
	zones_clear(&part);
	return good;
}

static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	const struct discovering *all = self;

	for (size_t i = span.first; i < span.first + span.count; i++)
		all->zones->owner_detail[i] = xasprintf(
			"the zone of %s: %s", all->owners[i],
			errand_outcome_text(outcome));
}

void errand_discover(const struct errand_desk *desk,
		     const char *const *owners, size_t n, struct zones *zones)
{
	static const struct errand_kind kind = { work, true, put, NULL,
						 take, give_up };
	struct discovering all = { desk->config, owners, zones };
	struct span *spans;
	size_t count;

	*zones = (struct zones){ .owner_count = n };
	if (n == 0)
		return;
	zones->of_owner = xcalloc(n, sizeof(struct zone *));
	zones->owner_detail = xcalloc(n, sizeof(char *));
	spans = desk_divide(desk, n, OWNERS_LEAST, OWNERS_MOST, &count);
	desk_do(desk, &kind, &all, spans, count);
}
