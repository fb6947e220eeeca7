/* SPDX-License-Identifier: MIT */
#include "act/batch.h"

#include "base/xalloc.h"

#include <stdlib.h>

static const struct keyring_entry *key_for(const struct source *source,
					   struct keyring *keys,
					   const struct zone *zone)
{
	const char *path = config_zone_key(source->config, zone->config);

	return path ? keyring_find(keys, source->world, path) : NULL;
}

bool batch_has_key(const struct source *source, struct keyring *keys,
		   const struct zone *zone)
{
	const struct keyring_entry *key = key_for(source, keys, zone);

	return key && key->key;
}

static char *key_trouble(const struct zone *zone,
			 const struct keyring_entry *key)
{
	if (!key)
		return xasprintf("zone %s: no key is configured; add a zone "
				 "section with its key, or set key at the top",
				 zone->name);
	return xasprintf("zone %s: %s", zone->name, key->detail);
}

/* The changes from FIRST to END are those of one zone. */
static void address(const struct source *source, struct keyring *keys,
		    struct batch *batch, size_t first, size_t end)
{
	const struct zone *zone = batch->changes.items[first].zone;
	const struct keyring_entry *key = key_for(source, keys, zone);

	if (key && key->key) {
		*array_push(batch->updates, batch->update_count) =
			(struct update){ .zone = zone->name,
				.primary = zone->primary,
				.primary_name = zone->primary_name,
				.primaries = zone->primaries,
				.primary_count = zone->primary_count,
				.primaries_set = zone->config ?
					zone->config->primary_count : 0,
				.key = key->key,
				.changes = &batch->changes.items[first],
				.results = &batch->results[first],
				.change_count = end - first };
		return;
	}
	for (size_t i = first; i < end; i++)
		batch->results[i].detail = key_trouble(zone, key);
}

void batch_send(const struct source *source, struct keyring *keys,
		struct batch *batch)
{
	const struct changes *changes = &batch->changes;
	size_t first = 0;

	batch->results = xcalloc(changes->count, sizeof(*batch->results));
	for (size_t i = 1; i <= changes->count; i++) {
		if (i < changes->count &&
		    streq(changes->items[i].zone->name,
			  changes->items[first].zone->name))
			continue;
		address(source, keys, batch, first, i);
		first = i;
	}
	update_send(source->world, batch->updates, batch->update_count);
}

void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->changes.count; i++)
		free(batch->results[i].detail);
	free(batch->results);
	free(batch->updates);
	changes_clear(&batch->changes);
}
