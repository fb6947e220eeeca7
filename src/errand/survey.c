/* SPDX-License-Identifier: MIT */
#include "errand/survey.h"

#include "base/xalloc.h"
#include "errand/wire.h"

#include <stdlib.h>

/* Fewer are not worth another process; what is seen of more is not kept at
 * once. */
#define OWNERS_LEAST 64
#define OWNERS_MOST 8192

struct surveying {
	const struct config *config;
	struct zones *zones;
	const char *const *owners;
	const struct tlsa_set *ours;
	struct survey *survey;
	size_t *order;		/* of owners whose zone can be asked: those of
				   one zone together */
	size_t count;
};

/* ---- Elsewhere --------------------------------------------------------- */

struct task {
	struct texts owners;
	struct zones zones;
	struct tlsa_set *ours;
	enum transport transport;
};

static void task_take(struct octets_reader *reader,
		      const struct config *config, struct task *task)
{
	size_t n;

	task->transport = (enum transport)octets_number(reader, TRANSPORT_TCP);
	wire_take_names(reader, &task->owners);
	n = task->owners.count;
	wire_take_zones(reader, config, n, true, &task->zones);
	task->ours = xcalloc(n, sizeof(*task->ours));
	for (size_t i = 0; i < n; i++)
		wire_take_set(reader, &task->ours[i]);
}

static void task_clear(struct task *task)
{
	for (size_t i = 0; i < task->owners.count; i++)
		tlsa_set_clear(&task->ours[i]);
	free(task->ours);
	zones_clear(&task->zones);
	texts_clear(&task->owners);
}

static void put_result(struct octets *result, const struct config *config,
		       const struct zones *zones, const struct survey *survey)
{
	octets_put_number(result, zones->count);
	for (size_t i = 0; i < zones->count; i++)
		wire_put_zone(result, config, zones->items[i]);
	for (size_t i = 0; i < survey->count; i++)
		wire_put_owner(result, zones->of_owner[i], &survey->owners[i]);
}

static void work(struct world *world, const void *context,
		 struct octets_reader *reader, struct octets *result)
{
	struct config config = desk_take_config(context, reader);
	struct task task = { .ours = NULL };
	struct survey survey = { .count = 0 };

	task_take(reader, context, &task);
	if (octets_over(reader)) {
		survey_ask(world, &config, &task.zones,
			   (const char *const *)task.owners.items,
			   task.owners.count, task.transport, &survey);
		survey_find_wildcards(world, &survey, task.ours);
		put_result(result, context, &task.zones, &survey);
	}
	survey_clear(&survey);
	task_clear(&task);
	free(config.resolvers);
}

/* ---- The task ---------------------------------------------------------- */

static struct zone *zone_at(const struct surveying *all, struct span span,
			    size_t i)
{
	return all->zones->of_owner[all->order[span.first + i]];
}

/* The zones of SPAN, each once; its OF_OWNER is that of the span. */
static struct zones zones_of(const struct surveying *all, struct span span)
{
	struct zones part = { .owner_count = span.count };

	part.of_owner = xcalloc(span.count, sizeof(struct zone *));
	part.owner_detail = xcalloc(span.count, sizeof(char *));
	for (size_t i = 0; i < span.count; i++) {
		struct zone *zone = zone_at(all, span, i);

		part.of_owner[i] = zone;
		if (!part.count || part.items[part.count - 1] != zone)
			*array_push(part.items, part.count) = zone;
	}
	return part;
}

/* The zones themselves belong to others. */
static void forget_zones(struct zones *part)
{
	part->count = 0;
	zones_clear(part);
}

static void put(const void *self, struct span span, struct octets *task)
{
	const struct surveying *all = self;
	const size_t *order = all->order + span.first;
	struct zones part = zones_of(all, span);

	octets_put_number(task, all->survey->transport);
	octets_put_number(task, span.count);
	for (size_t i = 0; i < span.count; i++)
		octets_put_text(task, all->owners[order[i]]);
	wire_put_zones(task, all->config, &part);
	for (size_t i = 0; i < span.count; i++)
		wire_put_set(task, &all->ours[order[i]]);
	forget_zones(&part);
}

/* ---- What came --------------------------------------------------------- */

struct brought {
	struct zones zones;		/* as the task has them, but new */
	struct survey_owner *owners;
	size_t count;
	struct texts details;
};

/* Servers may join, and have to be waited for longer: none gets lost. */
static bool keeps_servers(const struct zone *sent, const struct zone *fresh)
{
	for (size_t i = 0; i < sent->server_count; i++) {
		const struct zone_server *was = &sent->servers[i], *is = NULL;

		for (size_t k = 0; k < fresh->server_count && !is; k++)
			if (address_equal(&fresh->servers[k].address,
					  &was->address))
				is = &fresh->servers[k];
		if (!is || is->ignored != was->ignored ||
		    (was->roles & ~is->roles) ||
		    is->ttl_seconds < was->ttl_seconds)
			return false;
	}
	return fresh->ns_ttl_seconds >= sent->ns_ttl_seconds;
}

/* Of those it is another one, perhaps. */
static bool keeps_primaries(const struct zone *sent, const struct zone *fresh)
{
	bool is_one = sent->primary_count == 0;

	if (fresh->primary_count != sent->primary_count)
		return false;
	for (size_t i = 0; i < sent->primary_count; i++) {
		const struct address *address = &sent->primaries[i].address;

		if (!address_equal(&fresh->primaries[i].address, address) ||
		    !streq(fresh->primaries[i].name, sent->primaries[i].name))
			return false;
		is_one |= address_equal(&fresh->primary, address);
	}
	return is_one;
}

/* What a survey learns of a zone is no reason to think otherwise of what was
 * found before. */
static bool is_likely(const struct zone *sent, const struct zone *fresh)
{
	const struct octets *one = &sent->ds_wire, *other = &fresh->ds_wire;

	return streq(fresh->name, sent->name) &&
	       fresh->config == sent->config &&
	       fresh->authentic == sent->authentic &&
	       one->size == other->size &&
	       (!one->size || memcmp(one->data, other->data, one->size) == 0) &&
	       keeps_servers(sent, fresh) && keeps_primaries(sent, fresh);
}

static bool take_zones(struct octets_reader *reader,
		       const struct config *config, const struct zones *sent,
		       struct zones *zones)
{
	size_t n = octets_count(reader, sent->count, 1);

	for (size_t i = 0; i < n; i++) {
		struct zone *zone = wire_take_zone(reader, config, false);

		if (!zone)
			return false;
		*array_push(zones->items, zones->count) = zone;
		if (!is_likely(sent->items[i], zone))
			return false;
	}
	return n == sent->count;
}

static bool brought_take(struct octets_reader *reader,
			 const struct surveying *all, const struct zones *sent,
			 struct span span, struct brought *brought)
{
	size_t at = 0;

	if (!take_zones(reader, all->config, sent, &brought->zones))
		return false;
	brought->owners = xcalloc(span.count, sizeof(*brought->owners));
	brought->count = span.count;
	for (size_t i = 0; i < span.count && !reader->bad; i++) {
		struct survey_owner *owner = &brought->owners[i];

		at += sent->of_owner[i] != sent->items[at];
		owner->name = all->owners[all->order[span.first + i]];
		owner->zone = brought->zones.items[at];
		wire_take_owner(reader, owner->zone, owner,
				&brought->details);
	}
	return octets_over(reader);
}

static bool is_same(const struct config *config, const struct zone *a,
		    const struct zone *b)
{
	struct octets one = { NULL, 0, 0 }, other = { NULL, 0, 0 };
	bool same;

	wire_put_zone(&one, config, a);
	wire_put_zone(&other, config, b);
	same = one.size == other.size &&
	       memcmp(one.data, other.data, one.size) == 0;
	octets_clear(&one);
	octets_clear(&other);
	return same;
}

/* OWNER's sightings are of servers of ZONE, which is as FROM is. */
static void move_owner(struct survey_owner *owner, const struct zone *from,
		       const struct zone *zone)
{
	owner->zone = zone;
	for (size_t i = 0; i < owner->count; i++)
		owner->sightings[i].server = zone->servers +
			(owner->sightings[i].server - from->servers);
}

/* A zone without news stays the one it was. */
static void keep_zones(struct surveying *all, const struct zones *sent,
		       struct brought *brought)
{
	struct zones *fresh = &brought->zones;
	size_t *is_kept = xcalloc(fresh->count, sizeof(*is_kept));
	size_t rest = 0;

	for (size_t i = 0; i < fresh->count; i++)
		is_kept[i] = is_same(all->config, fresh->items[i],
				     sent->items[i]);
	for (size_t i = 0, at = 0; i < brought->count; i++) {
		at += sent->of_owner[i] != sent->items[at];
		if (is_kept[at])
			move_owner(&brought->owners[i], fresh->items[at],
				   sent->items[at]);
	}
	for (size_t i = 0; i < fresh->count; i++)
		if (is_kept[i])
			fresh->items[rest++] = fresh->items[i];
		else
			*array_push(all->zones->items, all->zones->count) =
				fresh->items[i];
	fresh->count = rest;
	free(is_kept);
}

static void commit(struct surveying *all, struct span span,
		   const struct zones *sent, struct brought *brought)
{
	const size_t *order = all->order + span.first;
	struct texts *details = &all->survey->details;

	keep_zones(all, sent, brought);
	for (size_t i = 0; i < span.count; i++) {
		const struct survey_owner *owner = &brought->owners[i];

		all->survey->owners[order[i]] = *owner;
		all->zones->of_owner[order[i]] = unconst(owner->zone);
	}
	for (size_t i = 0; i < brought->details.count; i++)
		*array_push(details->items, details->count) =
			brought->details.items[i];
	free(brought->owners);
	free(brought->details.items);
	zones_clear(&brought->zones);
}

static void brought_clear(struct brought *brought)
{
	struct survey survey = { .owners = brought->owners,
				 .count = brought->count,
				 .details = brought->details };

	survey_clear(&survey);
	zones_clear(&brought->zones);
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	struct surveying *all = self;
	struct zones sent = zones_of(all, span);
	struct brought brought = { .count = 0 };
	bool good = brought_take(result, all, &sent, span, &brought);

	if (good)
		commit(all, span, &sent, &brought);
	else
		brought_clear(&brought);
	forget_zones(&sent);
	return good;
}

/* ---- Where nothing came ------------------------------------------------- */

static void unsee(struct survey_owner *owner, const struct zone *zone,
		  enum errand_outcome outcome)
{
	for (size_t i = 0; i < zone->server_count; i++) {
		struct sighting *sighting;

		if (zone->servers[i].ignored)
			continue;
		sighting = array_push(owner->sightings, owner->count);
		sighting->server = &zone->servers[i];
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->outcome = outcome == ERRAND_NO_TIME ?
				    OUTCOME_NO_TIME : OUTCOME_FAILED;
		sighting->detail = xstrdup(errand_outcome_text(outcome));
	}
	for (size_t i = 0; i < owner->count; i++)
		if (address_equal(&owner->sightings[i].server->address,
				  &zone->primary))
			owner->primary = &owner->sightings[i];
}

static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	struct surveying *all = self;

	for (size_t i = 0; i < span.count; i++)
		unsee(&all->survey->owners[all->order[span.first + i]],
		      zone_at(all, span, i), outcome);
}

/* ---- All of it ---------------------------------------------------------- */

struct place {
	const struct zone *zone;
	size_t owner;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a, *other = b;
	uintptr_t left = (uintptr_t)one->zone, right = (uintptr_t)other->zone;

	if (left != right)
		return left < right ? -1 : 1;
	return (one->owner > other->owner) - (one->owner < other->owner);
}

static void sort_owners(struct surveying *all)
{
	const struct zones *zones = all->zones;
	struct place *places = NULL;

	for (size_t i = 0; i < zones->owner_count; i++)
		if (zones->of_owner[i] &&
		    zone_can_be_asked(zones->of_owner[i]))
			*array_push(places, all->count) =
				(struct place){ zones->of_owner[i], i };
	if (all->count)
		qsort(places, all->count, sizeof(*places), compare_places);
	all->order = xcalloc(all->count, sizeof(*all->order));
	for (size_t i = 0; i < all->count; i++)
		all->order[i] = places[i].owner;
	free(places);
}

static void begin_owners(struct surveying *all)
{
	for (size_t i = 0; i < all->zones->owner_count; i++) {
		struct survey_owner *owner = &all->survey->owners[i];

		owner->name = all->owners[i];
		owner->zone = all->zones->of_owner[i];
		owner->detail = !owner->zone ? all->zones->owner_detail[i] :
				zone_can_be_asked(owner->zone) ? NULL :
				owner->zone->detail;
	}
}

static bool is_of_next_zone(const void *self, size_t i)
{
	const struct surveying *all = self;

	return all->zones->of_owner[all->order[i]] !=
	       all->zones->of_owner[all->order[i - 1]];
}

void errand_survey(const struct errand_desk *desk, struct zones *zones,
		   const char *const *owners, const struct tlsa_set *ours,
		   size_t n, enum transport transport, struct survey *survey)
{
	static const struct errand_kind kind = { work, true, put, NULL,
						 take, give_up };
	struct surveying all = { .config = desk->config, .zones = zones,
				 .owners = owners, .ours = ours,
				 .survey = survey };
	struct span *spans;
	size_t count;

	invariant(n == zones->owner_count);
	*survey = (struct survey){ .transport = transport, .count = n,
		.owners = xcalloc(n, sizeof(*survey->owners)) };
	begin_owners(&all);
	sort_owners(&all);
	spans = desk_divide_apart(desk, all.count, is_of_next_zone, &all,
				  OWNERS_LEAST, OWNERS_MOST, &count);
	desk_do(desk, &kind, &all, spans, count);
	free(all.order);
}
