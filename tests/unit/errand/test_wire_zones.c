/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "support/wire.h"
#include "unit.h"

#include <stdlib.h>

#define PLACES 4	/* of a span of owners: */
#define OWNERS 3

static struct config_zone sections[] = {
	{ .name = lent("example.com."), .key = lent("/zone.key") },
	{ .name = lent("example.net.") },
};
static struct config config = { .zones = sections, .zone_count = 2,
				.key = lent("/default.key") };
static struct octets octets;
static struct zone_server servers[2];
static struct zone_primary primaries[2];
static ldns_rr_list *ds;
static struct zone zone;
static bool opens;

static int begin(void **state)
{
	(void)state;
	servers[0] = (struct zone_server){
		.address = fake_address("192.0.2.1"),
		.name = lent("ns1.example.com."),
		.roles = ZONE_SERVER_PARENT | ZONE_SERVER_PRIMARY,
		.refuses_key = true, .ttl_seconds = 3600 };
	servers[1] = (struct zone_server){
		.address = fake_address("[2001:db8::1]:5353"),
		.roles = ZONE_SERVER_EXTRA, .ignored = true,
		.ttl_seconds = TTL_MAX, .ttl_is_whole = true };
	primaries[0] = (struct zone_primary){ servers[1].address,
					      lent("2001:db8::1") };
	primaries[1] = (struct zone_primary){ servers[0].address,
					      lent("ns1.example.com") };
	ds = fake_records("example.com. 300 IN DS 1 13 2 0011223344556677"
			  "889900112233445566778899001122334455667788990011",
			  "example.com. 300 IN DS 2 13 2 1011223344556677"
			  "889900112233445566778899001122334455667788990011",
			  NULL);
	zone = (struct zone){
		.name = lent("example.com."), .config = &sections[0],
		.servers = servers, .server_count = 2,
		.ns_ttl_seconds = 172800, .primaries = primaries,
		.primary_count = 2, .primary = primaries[1].address,
		.primary_name = primaries[1].name, .key = sections[0].key,
		.ds = ds, .authentic = true, .resolver_is_local = true };
	opens = true;
	return 0;
}

static int end(void **state)
{
	(void)state;
	ldns_rr_list_deep_free(ds);
	octets_clear(&octets);
	return 0;
}

static struct zone *zone_over(const struct zone *given)
{
	struct octets wire = { NULL, 0, 0 };
	struct octets_reader reader;
	struct zone *taken;

	wire_put_zone(&wire, &config, given);
	reader = (struct octets_reader){ .data = wire.data,
					 .left = wire.size };
	taken = wire_take_zone(&reader, &config, opens);
	assert_true(taken ? octets_over(&reader) : reader.bad);
	octets_clear(&wire);
	return taken;
}

static bool zone_again(struct octets_reader *reader, struct octets *again)
{
	struct zone *taken = wire_take_zone(reader, &config, opens);

	assert_true((taken == NULL) == reader->bad);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_zone(again, &config, taken);
	if (taken)
		zone_free(taken);
	return !reader->bad;
}

/* ---- What is read ------------------------------------------------------ */

static void expect_over(void)
{
	struct zone *taken = zone_over(&zone);

	assert_non_null(taken);
	expect_same_zone(taken, &zone);
	zone_free(taken);
}

TEST(round_trip)
{
	struct zone *taken = zone_over(&zone);

	expect_over();
	assert_int_equal(ldns_rr_list_rr_count(taken->ds), 2);
	assert_ptr_equal(taken->primary_name, taken->primaries[1].name);
	zone_free(taken);
	opens = false;
	expect_over();
	taken = zone_over(&zone);
	assert_null(taken->ds);
	/* .. and what is not looked into is given on as it is. */
	opens = true;
	zone.ds = NULL;
	zone.ds_wire = taken->ds_wire;
	expect_over();
	zone_free(taken);
}

TEST(little_is_known)
{
	zone = (struct zone){ .name = lent("."), .error = ZONE_NOT_FOUND,
			      .detail = lent("why"), .ds = zone.ds };
	expect_over();
	zone.config = &sections[1];
	zone.resolver_is_server = true;
	zone.detail = lent("");
	expect_over();
}

TEST(keys)
{
	zone.key = NULL;
	expect_over();
	zone.config = &sections[1];
	zone.key = config.key;
	expect_over();
	zone.config = NULL;
	expect_over();
}

/* Which one it is says its configuration, and nobody else. */
TEST(key_of_another)
{
	struct zone *taken;

	zone.key = "/etc/shadow";
	taken = zone_over(&zone);
	assert_ptr_equal(taken->key, sections[0].key);
	zone_free(taken);
}

TEST(other_octets)
{
	for (int i = 0; i < 2; i++) {
		opens = i;
		wire_put_zone(&octets, &config, &zone);
		expect_same(zone_again, &octets);
		expect_whole(zone_again, &octets);
		expect_harmless(zone_again, &octets);
	}
}

/* ---- What is refused --------------------------------------------------- */

static void is_long(void)
{
	static char text[WIRE_TEXT_MAX + 2];

	memset(text, 'a', sizeof(text) - 1);
	zone.detail = text;
}

static void has_an_old_address(void)
{
	servers[0].address.family = 5;
}

static void has_a_server_without_address(void)
{
	servers[0].address.family = 0;
}

static void has_another_role(void)
{
	servers[1].roles = 16;
}

static void has_a_primary_without_name(void)
{
	primaries[0].name = NULL;
}

static void has_a_primary_without_address(void)
{
	primaries[0].address.family = 0;
}

static void has_an_odd_primary(void)
{
	zone.primary.family = 3;
}

static void has_a_name_of_its_own(void)
{
	zone.name = lent("Example.com.");
}

static void has_a_section_of_its_own(void)
{
	static struct config_zone one[4];

	config.zones = one;
	zone.config = &one[3];
}

static void has_no_reason(void)
{
	zone.error = ZONE_INSECURE;
}

static void has_a_fault_of_its_own(void)
{
	zone.error = ZONE_TOO_LARGE + 1;
	zone.detail = lent("why");
}

static void talks_in_lines(void)
{
	zone.detail = lent("one\ntwo");
}

static void is_kept_for_ever(void)
{
	zone.ns_ttl_seconds = TTL_MAX + 1U;
}

static void has_a_server_for_ever(void)
{
	servers[0].ttl_seconds = UINT32_MAX;
}

static void (*const spoilers[])(void) = {
	is_long, has_an_old_address, has_a_server_without_address,
	has_another_role, has_a_primary_without_name,
	has_a_primary_without_address, has_an_odd_primary,
	has_a_name_of_its_own, has_a_section_of_its_own, has_no_reason,
	has_a_fault_of_its_own, talks_in_lines, is_kept_for_ever,
	has_a_server_for_ever,
};

TEST(what_cannot_be)
{
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		struct zone *taken;

		end(NULL);
		begin(NULL);
		spoilers[i]();
		taken = zone_over(&zone);
		config.zones = sections;
		if (taken)
			fail_msg("row %zu is a zone", i);
	}
}

/* The numbers at the end of its primaries: the one that is named. */
TEST(primary_out_of_range)
{
	struct octets_reader reader;
	struct zone *taken;

	/* Without anything behind: servers and DS. */
	zone.server_count = 0;
	zone.ds = NULL;
	wire_put_zone(&octets, &config, &zone);
	for (uint8_t index = 0; index < 4; index++) {
		octets.data[octets.size - 8 - 8 - 1] = index;
		reader = (struct octets_reader){ .data = octets.data,
						 .left = octets.size };
		taken = wire_take_zone(&reader, &config, false);
		assert_true((taken != NULL) == (index <= 2));
		if (!taken)
			continue;
		expect_same_text(taken->primary_name, index == 2 ? NULL :
				 primaries[index].name);
		zone_free(taken);
	}
}

/* DS records are looked into only where that does no harm. */
TEST(broken_ds)
{
	zone.ds = NULL;
	for (size_t size = 1; size < 40; size++) {
		struct zone *taken;

		zone.ds_wire = (struct octets){ xcalloc(1, size), size, size };
		memset(zone.ds_wire.data, 0xc0, size);
		opens = true;
		assert_null(zone_over(&zone));
		opens = false;
		taken = zone_over(&zone);
		assert_non_null(taken);
		expect_same_zone(taken, &zone);
		zone_free(taken);
		octets_clear(&zone.ds_wire);
	}
}

TEST(too_many)
{
	static struct zone_server many[WIRE_SERVERS_MAX + 1];
	static struct zone_primary more[WIRE_SERVERS_MAX + 1];

	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = servers[0];
		more[i] = primaries[0];
	}
	zone.servers = many;
	zone.server_count = COUNT(many);
	assert_null(zone_over(&zone));
	zone.server_count--;
	expect_over();
	zone.primaries = more;
	zone.primary_count = COUNT(more);
	assert_null(zone_over(&zone));
}

/* ---- All of them ------------------------------------------------------- */

static struct zone small;
static struct zone *items[2];
static struct zone *of_owner[PLACES];
static char *details[PLACES];
static struct zones zones;

static void zones_begin(void)
{
	small = (struct zone){ .name = lent("example.net."), .ds = NULL };
	items[0] = &zone;
	items[1] = &small;
	of_owner[0] = &small;
	of_owner[1] = NULL;
	of_owner[2] = &zone;
	details[1] = lent("nobody knows");
	zones = (struct zones){ items, 2, of_owner, details, OWNERS };
}

static bool zones_again(struct octets_reader *reader, struct octets *again)
{
	struct zones taken = { NULL, 0, NULL, NULL, 0 };

	wire_take_zones(reader, &config, OWNERS, opens, &taken);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_zones(again, &config, &taken);
	zones_clear(&taken);
	return !reader->bad;
}

TEST(several)
{
	struct zones taken = { NULL, 0, NULL, NULL, 0 };
	struct octets_reader reader;

	zones_begin();
	wire_put_zones(&octets, &config, &zones);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	wire_take_zones(&reader, &config, OWNERS, true, &taken);
	assert_true(octets_over(&reader));
	expect_same_zones(&taken, &zones);
	assert_ptr_equal(taken.of_owner[0], taken.items[1]);
	assert_null(taken.of_owner[1]);
	assert_ptr_equal(taken.of_owner[2], taken.items[0]);
	zones_clear(&taken);
	expect_same(zones_again, &octets);
	expect_whole(zones_again, &octets);
	expect_harmless(zones_again, &octets);
}

TEST(none)
{
	zones_begin();
	zones.count = 0;
	for (size_t i = 0; i < OWNERS; i++) {
		of_owner[i] = NULL;
		details[i] = lent("no resolver");
	}
	wire_put_zones(&octets, &config, &zones);
	expect_same(zones_again, &octets);
	expect_whole(zones_again, &octets);
}

/* An owner has a zone, or a reason why not. */
TEST(no_reason)
{
	zones_begin();
	details[1] = NULL;
	wire_put_zones(&octets, &config, &zones);
	expect_bad(zones_again, &octets);
}

/* Each owner is a number and an empty text, so far from the end. */
TEST(zone_out_of_range)
{
	zones_begin();
	of_owner[1] = &zone;
	details[1] = NULL;
	wire_put_zones(&octets, &config, &zones);
	expect_same(zones_again, &octets);
	for (size_t owner = 1; owner <= OWNERS; owner++)
		for (uint8_t index = 2; index < 5; index++) {
			struct octets odd = { NULL, 0, 0 };

			octets_put(&odd, octets.data, octets.size);
			odd.data[odd.size - 16 * owner + 7] = index;
			expect_bad(zones_again, &odd);
		}
}

TEST(one_is_bad)
{
	zones_begin();
	small.name = lent("no name");
	wire_put_zones(&octets, &config, &zones);
	expect_bad(zones_again, &octets);
	zones_begin();
	zones.owner_count = OWNERS - 1;
	wire_put_zones(&octets, &config, &zones);
	expect_bad(zones_again, &octets);
	zones.owner_count = OWNERS + 1;
	of_owner[OWNERS] = &zone;
	wire_put_zones(&octets, &config, &zones);
	expect_bad(zones_again, &octets);
	octets_put_number(&octets, UINT64_MAX / 2);
	expect_bad(zones_again, &octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(round_trip, begin, end),
		CASE_WITH(little_is_known, begin, end),
		CASE_WITH(keys, begin, end),
		CASE_WITH(key_of_another, begin, end),
		CASE_WITH(other_octets, begin, end),
		CASE_WITH(what_cannot_be, begin, end),
		CASE_WITH(primary_out_of_range, begin, end),
		CASE_WITH(broken_ds, begin, end),
		CASE_WITH(too_many, begin, end),
		CASE_WITH(several, begin, end),
		CASE_WITH(none, begin, end),
		CASE_WITH(no_reason, begin, end),
		CASE_WITH(zone_out_of_range, begin, end),
		CASE_WITH(one_is_bad, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
