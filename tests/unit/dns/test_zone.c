/* SPDX-License-Identifier: MIT */
#include "support/zone.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(all_is_well)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	zone = zone_scene_discover(&scene, OWNER);
	assert_non_null(zone);
	assert_int_equal(zone->error, ZONE_OK);
	assert_null(zone->detail);
	assert_string_equal(zone->name, ZONE);
	assert_int_equal(zone->server_count, 3);
	assert_int_equal(scene_server(zone, NS1)->roles, ZONE_SERVER_PARENT |
			 ZONE_SERVER_CHILD | ZONE_SERVER_PRIMARY);
	assert_string_equal(scene_server(zone, NS1)->name,
			    "ns1.example.com.");
	assert_int_equal(scene_server(zone, NS2)->roles,
			 ZONE_SERVER_PARENT | ZONE_SERVER_CHILD);
	assert_non_null(scene_server(zone, NS1_IPV6));
	assert_string_equal(zone->primary_name, "ns1.example.com.");
	assert_int_equal(zone->primary.bytes[3], 1);
	assert_true(zone->authentic && zone->resolver_is_local);
	assert_int_equal(ldns_rr_list_rr_count(zone->ds), 1);
	/* The way down, the addresses, the parent; no more. */
	assert_int_equal(scene.fake.batches, 3);
	for (size_t i = 1; i < zone->server_count; i++)
		assert_true(address_compare(&zone->servers[i - 1].address,
					    &zone->servers[i].address) < 0);
	zone_scene_clear(&scene);
}

/* An owner that is an alias: the answer carries the SOA of another zone. */
TEST(alias_at_owner)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = resolver_says(&scene, OWNER, LDNS_RR_TYPE_SOA,
			      OWNER " 9 IN CNAME example.net.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "example.net. 9 IN SOA a.test. b.test. 1 2 3 4 5");
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       "com. 9 IN SOA a.test. b.test. 1 2 3 4 5");
	reply = resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_SOA,
			      NULL);
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       "mx.example.com. 9 IN SOA a.test. b.test. 1 2 3 4 5");
	zone = zone_scene_discover(&scene, OWNER);
	assert_string_equal(zone->name, ZONE);
	zone_scene_clear(&scene);
}

TEST(no_zone)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	assert_null(zone_scene_discover(&scene, "_25._tcp.mx.nowhere."));
	assert_contains(scene.zones.owner_detail[0], "no SOA at it or above");
	zone_scene_clear(&scene);
}

/* What comes with the owner's absence tells the zone, or nothing: then every
 * name above is asked about. */
TEST(told_with_the_owner)
{
	static const char *const told[] = {
		ZONE, "example.net.", "_25._tcp.mx.example.com.sub.test.", ".",
	};

	for (size_t i = 0; i < COUNT(told); i++) {
		struct zone_scene scene;

		zone_scene_init(&scene);
		resolver_tells_zone(&scene, OWNER, told[i]);
		assert_string_equal(zone_scene_discover(&scene, OWNER)->name,
				    ZONE);
		assert_int_equal(scene.fake.batches, i == 0 ? 3 : 4);
		zone_scene_clear(&scene);
	}
}

TEST(told_where_none_begins)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	resolver_tells_zone(&scene, OWNER, "mx.example.com.");
	assert_null(zone_scene_discover(&scene, OWNER));
	assert_string_equal(scene.zones.owner_detail[0], "the resolver says "
			    "that " OWNER " lies in mx.example.com., and "
			    "finds no SOA there; check the resolver");
	resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_SOA, NULL)
		->rcode = LDNS_RCODE_SERVFAIL;
	assert_null(zone_scene_discover(&scene, OWNER));
	assert_contains(scene.zones.owner_detail[0],
			"SERVFAIL for mx.example.com. SOA");
	zone_scene_clear(&scene);
}

/* Where the resolver fails below the cut there might be a deeper one. */
TEST(uncertain_cut)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	resolver_says(&scene, OWNER, LDNS_RR_TYPE_SOA, NULL);
	resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_SOA, NULL)
		->rcode = LDNS_RCODE_SERVFAIL;
	assert_null(zone_scene_discover(&scene, OWNER));
	assert_string_equal(scene.zones.owner_detail[0], "resolver 127.0.0.1: "
			    "SERVFAIL for mx.example.com. SOA; "
			    "see whether a delegation at the name or above it "
			    "leads to servers that do not serve the zone, or "
			    "an alias there leads to itself or over too many "
			    "others; if neither, check the resolver");
	zone_scene_clear(&scene);
}

TEST(bogus_zone)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	resolver_says(&scene, OWNER, LDNS_RR_TYPE_SOA, NULL);
	resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_SOA, NULL)
		->bogus = true;
	assert_null(zone_scene_discover(&scene, OWNER));
	assert_contains(scene.zones.owner_detail[0], "SERVFAIL for "
			"mx.example.com. SOA; it finds the answer bogus");
	zone_scene_clear(&scene);
}

TEST(silent_resolver)
{
	const char *owners[] = { OWNER };
	struct fake_dns fake;
	struct config config = { 0 };
	struct zones zones;

	fake_dns_init(&fake);
	zones_discover(&fake.world, &config, owners, 1, &zones);
	assert_null(zones.of_owner[0]);
	assert_contains(zones.owner_detail[0],
			"resolver 127.0.0.1: no answer within 5 s");
	zones_clear(&zones);
	fake_dns_clear(&fake);
}

/* Owners of one zone share it, and what they have in common is asked once. */
TEST(many_owners)
{
	const char *owners[] = { OWNER, "_443._tcp.www.example.com.", OWNER,
				 "_25._tcp.mx.nowhere." };
	struct zone_scene scene;
	struct zones *zones = &scene.zones;

	zone_scene_init(&scene);
	resolver_tells_zone(&scene, "_443._tcp.www.example.com.", ZONE);
	zones_discover(&scene.fake.world, &scene.config, owners, 4, zones);
	assert_int_equal(zones->count, 1);
	assert_int_equal(zones->owner_count, 4);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(zones->of_owner[i], zones->items[0]);
	assert_null(zones->of_owner[3]);
	/* 3 owners; com, example.com and nowhere, the root's NS; what there
	 * is below nowhere, for nobody told; ns1, ns2, a.gtld, b.gtld; two of
	 * the parent's servers. */
	assert_int_equal(scene.fake.questions,
			 3 + 3 * 3 + 1 + (2 + 3 + 3) + 2 * 4 + 2);
	assert_int_equal(scene.fake.batches, 4);
	zone_scene_clear(&scene);
}

TEST(no_owners)
{
	struct fake_dns fake;
	struct config config = { 0 };
	struct zones zones;

	fake_dns_init(&fake);
	zones_discover(&fake.world, &config, NULL, 0, &zones);
	assert_int_equal(zones.count, 0);
	assert_int_equal(fake.batches, 0);
	zones_clear(&zones);
	fake_dns_clear(&fake);
}

/* A zone below example.com, served by its parent's server. */
TEST(deeper_cut)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	scene.config.dnssec_required = false;
	resolver_tells_zone(&scene, OWNER, "mx.example.com.");
	resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_SOA,
		      "mx.example.com. 9 IN SOA ns1.example.com. b. 1 2 3 4 5");
	resolver_says(&scene, "mx.example.com.", LDNS_RR_TYPE_NS,
		      "mx.example.com. 9 IN NS ns1.example.com.");
	reply = fake_dns_reply(&scene.fake, NS1, "mx.example.com.",
			       LDNS_RR_TYPE_NS, FAKE_AA);
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "mx.example.com. 9 IN NS ns2.example.com.");
	zone = zone_scene_discover(&scene, OWNER);
	assert_string_equal(zone->name, "mx.example.com.");
	assert_int_equal(zone->error, ZONE_OK);
	assert_int_equal(scene_server(zone, NS2)->roles, ZONE_SERVER_PARENT);
	assert_int_equal(scene_server(zone, NS1)->roles, ZONE_SERVER_CHILD |
			 ZONE_SERVER_PRIMARY);
	/* It begins at the host; ns2 is in the parent, which did not tell
	 * where. */
	assert_int_equal(scene.fake.batches, 5);
	zone_scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_well),
		cmocka_unit_test(test_alias_at_owner),
		cmocka_unit_test(test_no_zone),
		cmocka_unit_test(test_told_with_the_owner),
		cmocka_unit_test(test_told_where_none_begins),
		cmocka_unit_test(test_uncertain_cut),
		cmocka_unit_test(test_bogus_zone),
		cmocka_unit_test(test_silent_resolver),
		cmocka_unit_test(test_many_owners),
		cmocka_unit_test(test_no_owners),
		cmocka_unit_test(test_deeper_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
