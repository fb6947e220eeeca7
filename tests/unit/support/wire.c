/* SPDX-License-Identifier: MIT */
#include "support/wire.h"

#include "base/xalloc.h"
#include "unit.h"

/* ---- Octets ------------------------------------------------------------ */

/* From a block of just that size: then a sanitizer sees who reads more. */
static bool is_good(wire_again *again, const uint8_t *data, size_t size,
		    struct octets *written)
{
	uint8_t *copy = xmemdup(data, size);
	struct octets_reader reader = { .data = copy, .left = size };
	bool good;

	*written = (struct octets){ NULL, 0, 0 };
	good = again(&reader, written);
	if (good == reader.bad)
		fail_msg("%s, and that is not said", good ? "good" : "bad");
	free(copy);
	return good;
}

static void expect_equal(const struct octets *one, const struct octets *other)
{
	assert_int_equal(one->size, other->size);
	assert_memory_equal(one->data, other->data, one->size);
}

void expect_same(wire_again *again, const struct octets *octets)
{
	struct octets written;

	assert_true(is_good(again, octets->data, octets->size, &written));
	expect_equal(octets, &written);
	octets_clear(&written);
}

static void expect_refusal(wire_again *again, const uint8_t *data, size_t size)
{
	struct octets written;

	if (is_good(again, data, size, &written))
		fail_msg("%zu octets are good", size);
	octets_clear(&written);
}

void expect_bad(wire_again *again, struct octets *octets)
{
	expect_refusal(again, octets->data, octets->size);
	octets_clear(octets);
}

void expect_whole(wire_again *again, const struct octets *octets)
{
	struct octets longer = { NULL, 0, 0 };

	for (size_t size = 0; size < octets->size; size++)
		expect_refusal(again, octets->data, size);
	octets_put(&longer, octets->data, octets->size);
	octets_put(&longer, "", 1);
	expect_bad(again, &longer);
}

void expect_harmless(wire_again *again, struct octets *octets)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	size_t refused = 0;

	for (size_t i = 0; i < COUNT(masks) * octets->size; i++) {
		uint8_t *octet = &octets->data[i / COUNT(masks)];
		uint8_t mask = masks[i % COUNT(masks)];
		struct octets written;

		*octet ^= mask;
		if (is_good(again, octets->data, octets->size, &written))
			expect_same(again, &written);
		else
			refused++;
		*octet ^= mask;
		octets_clear(&written);
	}
	assert_true(refused > 0);
	octets_clear(octets);
}

/* ---- Zones ------------------------------------------------------------- */

void expect_same_text(const char *one, const char *other)
{
	if (!streq(one, other) && (one || other))
		fail_msg("\"%s\" is not \"%s\"", one ? one : "(none)",
			 other ? other : "(none)");
}

static void expect_same_address(const struct address *one,
				const struct address *other)
{
	assert_int_equal(one->family, other->family);
	assert_memory_equal(one->bytes, other->bytes, sizeof(one->bytes));
	assert_int_equal(one->port, other->port);
}

static struct octets ds_of(const struct zone *zone)
{
	struct octets all = { NULL, 0, 0 };

	if (!zone->ds)
		octets_put(&all, zone->ds_wire.data, zone->ds_wire.size);
	for (size_t i = 0; i < ldns_rr_list_rr_count(zone->ds); i++) {
		uint8_t *wire;
		size_t size;

		must(ldns_rr2wire(&wire, ldns_rr_list_rr(zone->ds, i),
				  LDNS_SECTION_ANSWER, &size) ==
		     LDNS_STATUS_OK);
		octets_put(&all, wire, size);
		free(wire);
	}
	return all;
}

static void expect_same_ds(const struct zone *one, const struct zone *other)
{
	struct octets left = ds_of(one), right = ds_of(other);

	assert_int_equal(left.size, right.size);
	if (left.size)
		assert_memory_equal(left.data, right.data, left.size);
	octets_clear(&left);
	octets_clear(&right);
}

static void expect_same_server(const struct zone_server *one,
			       const struct zone_server *other)
{
	expect_same_address(&one->address, &other->address);
	expect_same_text(one->name, other->name);
	assert_int_equal(one->roles, other->roles);
	assert_int_equal(one->ignored, other->ignored);
	assert_int_equal(one->refuses_key, other->refuses_key);
	assert_int_equal(one->ttl_seconds, other->ttl_seconds);
	assert_int_equal(one->ttl_is_whole, other->ttl_is_whole);
}

void expect_same_zone(const struct zone *one, const struct zone *other)
{
	expect_same_text(one->name, other->name);
	assert_ptr_equal(one->config, other->config);
	assert_int_equal(one->server_count, other->server_count);
	for (size_t i = 0; i < one->server_count; i++)
		expect_same_server(&one->servers[i], &other->servers[i]);
	assert_int_equal(one->ns_ttl_seconds, other->ns_ttl_seconds);
	assert_int_equal(one->primary_count, other->primary_count);
	for (size_t i = 0; i < one->primary_count; i++) {
		expect_same_address(&one->primaries[i].address,
				    &other->primaries[i].address);
		expect_same_text(one->primaries[i].name,
				 other->primaries[i].name);
	}
	expect_same_address(&one->primary, &other->primary);
	expect_same_text(one->primary_name, other->primary_name);
	expect_same_text(one->key, other->key);
	expect_same_ds(one, other);
	assert_int_equal(one->authentic, other->authentic);
	assert_int_equal(one->resolver_is_server, other->resolver_is_server);
	assert_int_equal(one->resolver_is_local, other->resolver_is_local);
	assert_int_equal(one->error, other->error);
	expect_same_text(one->detail, other->detail);
}

void expect_same_zones(const struct zones *one, const struct zones *other)
{
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++)
		expect_same_zone(one->items[i], other->items[i]);
	assert_int_equal(one->owner_count, other->owner_count);
	for (size_t i = 0; i < one->owner_count; i++) {
		const struct zone *left = one->of_owner[i];
		const struct zone *right = other->of_owner[i];

		expect_same_text(left ? left->name : NULL,
				 right ? right->name : NULL);
		expect_same_text(one->owner_detail[i], other->owner_detail[i]);
	}
}

/* ---- What was seen ----------------------------------------------------- */

static void expect_same_sighting(const struct sighting *one,
				 const struct sighting *other)
{
	expect_same_address(&one->server->address, &other->server->address);
	assert_int_equal(one->verdict, other->verdict);
	assert_true(tlsa_set_equal(&one->set, &other->set));
	expect_same_text(one->alias, other->alias);
	assert_int_equal(one->ttl_seconds, other->ttl_seconds);
	assert_int_equal(one->rrset_ttl_seconds, other->rrset_ttl_seconds);
	assert_int_equal(one->no_data, other->no_data);
	assert_int_equal(one->signature_expires_seconds,
			 other->signature_expires_seconds);
	assert_int_equal(one->signature_begins_seconds,
			 other->signature_begins_seconds);
	assert_int_equal(one->serial_known, other->serial_known);
	assert_int_equal(one->serial_unproven, other->serial_unproven);
	assert_int_equal(one->serial, other->serial);
	assert_int_equal(one->behind, other->behind);
	assert_int_equal(one->counts_itself, other->counts_itself);
	assert_int_equal(one->outcome, other->outcome);
	assert_int_equal(one->used, other->used);
	expect_same_text(one->key, other->key);
	expect_same_text(one->detail, other->detail);
}

void expect_same_owner(const struct survey_owner *one,
		       const struct survey_owner *other)
{
	expect_same_text(one->name, other->name);
	expect_same_text(one->detail, other->detail);
	expect_same_text(one->hidden, other->hidden);
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++)
		expect_same_sighting(&one->sightings[i], &other->sightings[i]);
	assert_int_equal(one->primary ? one->primary - one->sightings : -1,
			 other->primary ? other->primary - other->sightings :
					  -1);
}
