/* SPDX-License-Identifier: MIT */
#include "errand/resolve.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "errand/wire.h"

#include <stdlib.h>

#define HOSTS_LEAST 256		/* fewer are not worth another process */
#define HOSTS_MOST 8192
/* Of A and AAAA records. */
#define ADDRESSES_MAX (2 * ADDRESSES_PER_NAME_MAX)

struct resolving {
	const char *const *hosts;
	struct address **addresses;
	size_t *counts;
};

static void work(struct world *world, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	struct config config = desk_take_config(context, task);
	struct texts hosts = { NULL, 0 };
	struct address **addresses;
	size_t *counts;

	wire_take_names(task, &hosts);
	invariant(octets_over(task));
	addresses = xcalloc(hosts.count, sizeof(*addresses));
	counts = xcalloc(hosts.count, sizeof(*counts));
	zone_resolve_hosts(world, &config, (const char *const *)hosts.items,
			   hosts.count, 0, addresses, counts);
	for (size_t i = 0; i < hosts.count; i++) {
		wire_put_addresses(result, addresses[i], counts[i]);
		free(addresses[i]);
	}
	free(addresses);
	free(counts);
	texts_clear(&hosts);
	free(config.resolvers);
}

static void put(const void *self, struct span span, struct octets *task)
{
	const struct resolving *all = self;

	wire_put_names(task, all->hosts + span.first, span.count);
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	struct resolving *all = self;
	struct address **addresses = all->addresses + span.first;

	for (size_t i = 0; i < span.count; i++)
		addresses[i] = wire_take_addresses(
			result, ADDRESSES_MAX, &all->counts[span.first + i]);
	if (octets_over(result))
		return true;
	for (size_t i = 0; i < span.count; i++) {
		free(addresses[i]);
		addresses[i] = NULL;
		all->counts[span.first + i] = 0;
	}
	return false;
}

static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	struct resolving *all = self;

	(void)outcome;
	for (size_t i = 0; i < span.count; i++) {
		all->addresses[span.first + i] = NULL;
		all->counts[span.first + i] = 0;
	}
}

void errand_resolve(const struct errand_desk *desk, const char *const *hosts,
		    size_t n, struct address **addresses, size_t *counts)
{
	static const struct errand_kind kind = { work, true, put, NULL,
						 take, give_up };
	struct resolving all = { hosts, addresses, counts };
	struct span *spans;
	size_t count;

	spans = desk_divide(desk, n, HOSTS_LEAST, HOSTS_MOST, &count);
	desk_do(desk, &kind, &all, spans, count);
}
