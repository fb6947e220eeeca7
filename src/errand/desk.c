/* SPDX-License-Identifier: MIT */
#include "errand/desk.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/xalloc.h"
#include "dns/resolver.h"
#include "dns/signing.h"
#include "errand/wire.h"

#include <errno.h>
#include <stdlib.h>

/* ---- What is asked for them ---------------------------------------------- */

static bool has_port(const struct address *addresses, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (addresses[i].port == port)
			return true;
	return false;
}

static bool zone_has_port(const struct config_zone *zone, uint16_t port)
{
	struct address address;

	for (size_t i = 0; i < zone->primary_count; i++) {
		const char *colon = strrchr(zone->primaries[i], ':');

		if ((address_parse(zone->primaries[i], PORT_DNS, &address) &&
		     address.port == port) ||
		    (colon && strtoul(colon + 1, NULL, 10) == port))
			return true;
	}
	return has_port(zone->also_ask, zone->also_ask_count, port);
}

/* Somebody who has taken over an errand shall not talk to whatever else listens
 * on this host or beside it. */
static bool is_of_dns(const struct config *config, uint16_t port)
{
	if (port == 0 || port == PORT_DNS ||
	    has_port(config->resolvers, config->resolver_count, port) ||
	    has_port(config->outside, config->outside_count, port))
		return true;
	for (size_t i = 0; i < config->zone_count; i++)
		if (zone_has_port(&config->zones[i], port))
			return true;
	return false;
}

static void ask(const void *asker, struct question *questions, size_t n)
{
	const struct errand_desk *desk = asker;
	struct question *allowed = xcalloc(n, sizeof(*allowed));
	size_t *places = xcalloc(n, sizeof(*places)), count = 0;

	for (size_t i = 0; i < n; i++) {
		questions[i].outcome = OUTCOME_FAILED;
		questions[i].error = EACCES;
		if (!is_of_dns(desk->config, questions[i].server.port))
			continue;
		allowed[count] = questions[i];
		places[count++] = i;
	}
	signing_ask(desk->world, desk->keys, allowed, count);
	for (size_t i = 0; i < count; i++)
		questions[places[i]] = allowed[i];
	free(allowed);
	free(places);
}

/* ---- The task ------------------------------------------------------------ */

/* An errand can read no file. */
static void put_resolvers(const struct errand_desk *desk,
			  struct octets *octets)
{
	struct resolvers resolvers;

	resolvers_load(desk->world, desk->config, &resolvers);
	wire_put_addresses(octets, resolvers.addresses, resolvers.count);
	resolvers_clear(&resolvers);
}

struct config desk_take_config(const void *context,
			       struct octets_reader *task)
{
	struct config config = *(const struct config *)context;

	config.resolvers = wire_take_addresses(task, RESOLVERS_MAX,
					       &config.resolver_count);
	invariant(!task->bad);
	return config;
}

struct span *desk_divide(const struct errand_desk *desk, size_t count,
			 size_t least, size_t most, size_t *n)
{
	size_t hands = desk->world->hands ? desk->world->hands : 1;
	size_t each = (count + hands - 1) / hands;
	struct span *spans = NULL;

	*n = 0;
	if (each < least)
		each = least;
	if (each > most)
		each = most;
	for (size_t at = 0; at < count; at += each)
		*array_push(spans, *n) = (struct span){ at,
			count - at < each ? count - at : each };
	return spans;
}

/* So many things of different strangers one errand has to do with, that all of
 * them are at work at once. */
static size_t share_of(size_t count, bool (*is_next)(const void *, size_t),
		       const void *self)
{
	size_t strangers = count > 0;

	for (size_t i = 1; i < count; i++)
		strangers += is_next(self, i);
	return strangers <= ERRANDS_AT_ONCE_MAX ? 1 :
	       (count + ERRANDS_AT_ONCE_MAX - 1) / ERRANDS_AT_ONCE_MAX;
}

struct span *desk_divide_apart(const struct errand_desk *desk, size_t count,
			       bool (*is_next)(const void *self, size_t i),
			       const void *self, size_t least, size_t most,
			       size_t *n)
{
	size_t share = share_of(count, is_next, self);
	size_t hands = desk->world->hands ? desk->world->hands : 1;
	size_t each = (count + hands - 1) / hands;
	struct span *spans = NULL;

	each = each < least ? least : each > most ? most : each;
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		const struct span *last = *n ? &spans[*n - 1] : NULL;

		if (!last || last->count == each ||
		    (last->count >= share && is_next(self, i)))
			*array_push(spans, *n) = (struct span){ i, 0 };
		spans[*n - 1].count++;
	}
	return spans;
}

/* ---- Again by halves --------------------------------------------------- */

struct round {
	const struct errand_kind *kind;
	void *self;
	struct span *again;
	size_t again_count;
};

static void settle(struct round *round, struct span span,
		   const struct errand *errand)
{
	enum errand_outcome outcome = errand->outcome;
	struct octets_reader result = { .data = errand->result.data,
					.left = errand->result.size };
	size_t half = span.count / 2;

	if (outcome == ERRAND_DONE) {
		if (round->kind->take(round->self, span, &result))
			return;
		outcome = ERRAND_DIED;
	}
	if (outcome != ERRAND_DIED || span.count == 1) {
		round->kind->give_up(round->self, span, outcome);
		return;
	}
	*array_push(round->again, round->again_count) =
		(struct span){ span.first, half };
	*array_push(round->again, round->again_count) =
		(struct span){ span.first + half, span.count - half };
}

static void do_spans(const struct errand_desk *desk, struct round *round,
		     const struct span *spans, size_t n,
		     const struct octets *head)
{
	struct errand *errands = xcalloc(n, sizeof(*errands));
	const struct errand_kind *kind = round->kind;

	for (size_t i = 0; i < n; i++) {
		struct errand *errand = &errands[i];

		errand->work = kind->work;
		errand->context = desk->config;
		errand->ask = ask;
		errand->asker = desk;
		octets_put(&errand->task, head->data, head->size);
		kind->put(round->self, spans[i], &errand->task);
		if (kind->peers)
			errand->peers = kind->peers(round->self, spans[i],
						    &errand->peer_count);
	}
	desk->world->delegate(desk->world, errands, n);
	for (size_t i = 0; i < n; i++) {
		settle(round, spans[i], &errands[i]);
		errand_clear(&errands[i]);
	}
	free(errands);
}

void desk_do(const struct errand_desk *desk, const struct errand_kind *kind,
	     void *self, struct span *spans, size_t n)
{
	struct octets head = { NULL, 0, 0 };

	if (n && kind->resolves)
		put_resolvers(desk, &head);
	while (n > 0) {
		struct round round = { .kind = kind, .self = self };

		do_spans(desk, &round, spans, n, &head);
		free(spans);
		spans = round.again;
		n = round.again_count;
	}
	free(spans);
	octets_clear(&head);
}
