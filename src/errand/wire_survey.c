/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#define SIGHTING_LEAST 128	/* octets that each takes at least */

static size_t sighting_index(const struct survey_owner *owner)
{
	return owner->primary ? (size_t)(owner->primary - owner->sightings) :
				owner->count;
}

static void put_sighting(struct octets *octets, const struct zone *zone,
			 const struct sighting *sighting)
{
	octets_put_number(octets,
			  (uint64_t)(sighting->server - zone->servers));
	octets_put_number(octets, sighting->verdict);
	wire_put_set(octets, &sighting->set);
	octets_put_text(octets, sighting->alias);
	octets_put_number(octets, sighting->ttl_seconds);
	octets_put_number(octets, sighting->rrset_ttl_seconds);
	octets_put_number(octets, sighting->no_data);
	octets_put_number(octets,
			  (uint64_t)sighting->signature_expires_seconds);
	octets_put_number(octets,
			  (uint64_t)sighting->signature_begins_seconds);
	octets_put_number(octets, sighting->serial_known);
	octets_put_number(octets, sighting->serial_unproven);
	octets_put_number(octets, sighting->serial);
	octets_put_number(octets, sighting->behind);
	octets_put_number(octets, sighting->counts_itself);
	octets_put_number(octets, sighting->outcome);
	octets_put_number(octets, sighting->used);
	octets_put_number(octets, sighting->key != NULL);
	octets_put_text(octets, sighting->detail);
}

void wire_put_owner(struct octets *octets, const struct zone *zone,
		    const struct survey_owner *owner)
{
	octets_put_text(octets, owner->detail);
	octets_put_text(octets, owner->hidden);
	octets_put_number(octets, owner->count);
	for (size_t i = 0; i < owner->count; i++)
		put_sighting(octets, zone, &owner->sightings[i]);
	octets_put_number(octets, sighting_index(owner));
}

static void take_serial(struct octets_reader *reader,
			struct sighting *sighting)
{
	sighting->serial_known = octets_bool(reader);
	sighting->serial_unproven = octets_bool(reader);
	sighting->serial = (uint32_t)octets_number(reader, UINT32_MAX);
	sighting->behind = octets_bool(reader);
	sighting->counts_itself = octets_bool(reader);
}

/* What a verdict says is there, and nothing else. */
static bool is_whole(const struct sighting *sighting)
{
	bool has_set = sighting->verdict == SIGHTING_SET ||
		       sighting->verdict == SIGHTING_WILDCARD;

	return (sighting->set.count > 0) == has_set &&
	       sighting->set.count <= TLSA_PER_SET_MAX &&
	       (sighting->alias != NULL) ==
	       (sighting->verdict == SIGHTING_ALIAS) && sighting->detail;
}

static void take_sighting(struct octets_reader *reader,
			  const struct zone *zone, struct sighting *sighting)
{
	size_t index = (size_t)octets_number(reader, zone->server_count);

	if (index >= zone->server_count)
		reader->bad = true;
	else
		sighting->server = &zone->servers[index];
	sighting->verdict = (enum sighting_verdict)octets_number(
		reader, SIGHTING_UNPROVEN);
	wire_take_set(reader, &sighting->set);
	sighting->alias = wire_take_name(reader, true);
	sighting->ttl_seconds = (uint32_t)octets_number(reader, TTL_MAX);
	sighting->rrset_ttl_seconds = (uint32_t)octets_number(reader,
							      UINT32_MAX);
	sighting->no_data = octets_bool(reader);
	sighting->signature_expires_seconds = octets_seconds(reader);
	sighting->signature_begins_seconds = octets_seconds(reader);
	take_serial(reader, sighting);
	sighting->outcome = (enum outcome)octets_number(reader,
							OUTCOME_FAILED);
	sighting->used = (enum transport)octets_number(reader, TRANSPORT_TCP);
	sighting->key = octets_bool(reader) ? zone->key : NULL;
	sighting->detail = octets_text(reader, WIRE_TEXT_MAX);
	reader->bad |= !is_whole(sighting);
}

static const char *take_detail(struct octets_reader *reader,
			       struct texts *details)
{
	char *text = octets_text(reader, WIRE_TEXT_MAX);

	if (text)
		*array_push(details->items, details->count) = text;
	return text;
}

/* Of every server once, but for those that are not asked: who is missing
 * would not be waited for. */
static bool is_complete(const struct zone *zone,
			const struct survey_owner *owner)
{
	size_t at = 0;

	if (owner->detail)
		return true;
	for (size_t i = 0; i < zone->server_count; i++)
		if (!zone->servers[i].ignored &&
		    (at == owner->count ||
		     owner->sightings[at++].server != &zone->servers[i]))
			return false;
	return at == owner->count && at > 0;
}

void wire_take_owner(struct octets_reader *reader, const struct zone *zone,
		     struct survey_owner *owner, struct texts *details)
{
	size_t n, primary;

	owner->detail = take_detail(reader, details);
	owner->hidden = octets_text(reader, WIRE_TEXT_MAX);
	n = octets_count(reader, WIRE_SERVERS_MAX, SIGHTING_LEAST);
	for (size_t i = 0; i < n && !reader->bad; i++)
		take_sighting(reader, zone, array_push(owner->sightings,
						       owner->count));
	primary = (size_t)octets_number(reader, n);
	if (primary < owner->count)
		owner->primary = &owner->sightings[primary];
	reader->bad |= !is_complete(zone, owner);
}
