/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/zone.h"
#include "unit.h"

#include <stdio.h>

static struct fake_reply *parent_says(struct zone_scene *scene,
				      const char *server, const char *ns)
{
	struct fake_reply *reply = fake_dns_reply(&scene->fake, server, ZONE,
						  LDNS_RR_TYPE_NS, 0);

	if (ns)
		fake_reply_add(reply, LDNS_SECTION_AUTHORITY, ns);
	return reply;
}

/* One parent's server is enough; what any one of them says counts. */
TEST(one_parent)
{
	struct zone_scene scene;
	const struct zone *zone;
	struct fake_reply *reply;

	zone_scene_init(&scene);
	parent_says(&scene, PARENT_1, NULL)->outcome = OUTCOME_SILENT;
	assert_int_equal(zone_scene_discover(&scene, OWNER)->error, ZONE_OK);

	reply = parent_says(&scene, PARENT_1, ZONE " 9 IN NS old.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "old.example.com. 9 IN A 192.0.2.66");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "old.example.com. 9 IN AAAA 2001:db8::66");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "unasked.example.com. 9 IN A 192.0.2.67");
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	assert_int_equal(zone->server_count, 3 + 2);
	assert_int_equal(scene_server(zone, "192.0.2.66")->roles,
			 ZONE_SERVER_PARENT);
	assert_string_equal(scene_server(zone, "2001:db8::66")->name,
			    "old.example.com.");
	assert_int_equal(scene.fake.batches, 4);
	zone_scene_clear(&scene);
}

/* A name server in the parent's own zone, without glue: the parent is asked. */
TEST(address_in_the_parent)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	parent_says(&scene, PARENT_2, ZONE " 9 IN NS ns.other.com.");
	parent_says(&scene, PARENT_1, ZONE " 9 IN NS ns.other.com.");
	resolver_says(&scene, "ns.other.com.", LDNS_RR_TYPE_A,
		      "ns.other.com. 9 IN A 192.0.2.40");
	zone = zone_scene_discover(&scene, OWNER);
	assert_null(scene_server(zone, "192.0.2.41"));
	reply = fake_dns_reply(&scene.fake, PARENT_1, "ns.other.com.",
			       LDNS_RR_TYPE_A, 0);
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "ns.other.com. 7200 IN A 192.0.2.41");
	zone = zone_scene_discover(&scene, OWNER);
	assert_null(scene_server(zone, "192.0.2.41"));
	reply->flags = FAKE_AA;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	assert_int_equal(scene_server(zone, "192.0.2.40")->roles,
			 ZONE_SERVER_PARENT);
	assert_int_equal(zone_server_ttl_seconds(zone,
			 scene_server(zone, "192.0.2.41")), 7200);
	zone_scene_clear(&scene);
}

/* Glue and the zone's own idea of an address may differ: both are asked. */
TEST(stale_glue)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	fake_reply_add(parent_says(&scene, PARENT_2,
				   ZONE " 9 IN NS ns2.example.com."),
		       LDNS_SECTION_ADDITIONAL,
		       "ns2.example.com. 9 IN A 192.0.2.222");
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(scene_server(zone, "192.0.2.222")->roles,
			 ZONE_SERVER_PARENT | ZONE_SERVER_CHILD);
	assert_int_equal(scene_server(zone, NS2)->roles,
			 ZONE_SERVER_PARENT | ZONE_SERVER_CHILD);
	zone_scene_clear(&scene);
}

TEST(no_parent)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	parent_says(&scene, PARENT_1, NULL)->outcome = OUTCOME_SILENT;
	parent_says(&scene, PARENT_2, NULL);
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_NO_SERVERS);
	assert_contains(zone->detail, "zone example.com.: no server of its "
			"parent com. gives the delegation (192.0.2.100: no "
			"answer within 5 s, 192.0.2.101: no delegation in "
			"its reply)");
	zone_scene_clear(&scene);
}

TEST(foreign_referral)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	parent_says(&scene, PARENT_1, "com. 9 IN NS a.gtld.test.");
	parent_says(&scene, PARENT_2, ZONE " 9 IN NS ns1.example.com.")
		->rcode = LDNS_RCODE_NXDOMAIN;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_NO_SERVERS);
	zone_scene_clear(&scene);
}

TEST(parent_without_address)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	resolver_says(&scene, "a.gtld.test.", LDNS_RR_TYPE_A, NULL);
	resolver_says(&scene, "b.gtld.test.", LDNS_RR_TYPE_A, NULL);
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_NO_SERVERS);
	assert_contains(zone->detail, "none has an address");
	zone_scene_clear(&scene);
}

/* Of many parent addresses few are asked, of both families. */
TEST(families_in_turn)
{
	struct zone_scene scene;
	struct fake_reply *four, *six;
	const struct zone *zone;

	zone_scene_init(&scene);
	four = resolver_says(&scene, "a.gtld.test.", LDNS_RR_TYPE_A, NULL);
	six = resolver_says(&scene, "b.gtld.test.", LDNS_RR_TYPE_AAAA, NULL);
	for (unsigned i = 1; i < 9; i++) {
		char text[64];

		snprintf(text, sizeof(text), "a.gtld.test. 9 IN A 192.0.2.16%u",
			 i);
		fake_reply_add(four, LDNS_SECTION_ANSWER, text);
		snprintf(text, sizeof(text),
			 "b.gtld.test. 9 IN AAAA 2001:db8::%u", 60 + i);
		fake_reply_add(six, LDNS_SECTION_ANSWER, text);
	}
	parent_says(&scene, "2001:db8::61", ZONE " 9 IN NS ns1.example.com.");
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	/* The owner; 2 zones; root NS; addresses of 4 names; the parent. */
	assert_int_equal(scene.fake.questions,
			 1 + 3 * 2 + 1 + 2 * 4 + PARENT_ADDRESSES_MAX);
	zone_scene_clear(&scene);
}

/* Who reads it may ask servers that no NS record names; that there are NS
 * records, too, does not matter, nor which server of the parent says so. */
TEST(delegated_otherwise)
{
	static const struct {
		const char *ns, *other, *want;
	} rows[] = {
		{ ZONE " 9 IN NS ns1.example.com.", ZONE " 9 IN TYPE61440 "
		  "\\# 8 00010004c0000263", "by DELEG, too" },
		{ NULL, ZONE " 9 IN TYPE61440 \\# 8 00010004c0000263",
		  "by DELEG, too" },
		{ ZONE " 9 IN NS ns1.example.com.", ZONE " 9 IN TYPE61441 "
		  "\\# 1 00", "by records of type 61441, too" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone_scene scene;
		const struct zone *zone;

		zone_scene_init(&scene);
		fake_reply_add(parent_says(&scene, PARENT_2, rows[i].ns),
			       LDNS_SECTION_AUTHORITY, rows[i].other);
		zone = zone_scene_discover(&scene, OWNER);
		assert_int_equal(zone->error, ZONE_OTHER_SERVERS);
		assert_contains(zone->detail, "zone example.com.: its parent "
				"com. delegates it ");
		assert_contains(zone->detail, rows[i].want);
		zone_scene_clear(&scene);
	}
}

/* .. and what is there as a rule names nobody. */
TEST(what_else_a_referral_has)
{
	struct zone_scene scene;
	struct fake_reply *reply;

	zone_scene_init(&scene);
	reply = parent_says(&scene, PARENT_2, ZONE " 9 IN NS ns2.example.com.");
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY, ZONE " 9 IN DS 1 13 2 "
		       "00112233445566778899001122334455"
		       "66778899001122334455667788990011");
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY, ZONE " 9 IN NSEC "
		       "f.com. NS RRSIG NSEC");
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY, "other.com. 9 IN "
		       "TYPE61440 \\# 1 00");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL, ZONE " 9 IN TYPE61440 "
		       "\\# 1 00");
	assert_int_equal(zone_scene_discover(&scene, OWNER)->error, ZONE_OK);
	zone_scene_clear(&scene);
}

TEST(too_many_names)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = parent_says(&scene, PARENT_1, NULL);
	for (unsigned i = 0; i <= SERVERS_PER_ZONE_MAX; i++) {
		char text[64];

		snprintf(text, sizeof(text), ZONE " 9 IN NS ns%u.test.", i);
		fake_reply_add(reply, LDNS_SECTION_AUTHORITY, text);
	}
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_TOO_LARGE);
	assert_int_equal(scene.fake.batches, 3);
	zone_scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_parent),
		cmocka_unit_test(test_stale_glue),
		cmocka_unit_test(test_address_in_the_parent),
		cmocka_unit_test(test_no_parent),
		cmocka_unit_test(test_foreign_referral),
		cmocka_unit_test(test_parent_without_address),
		cmocka_unit_test(test_families_in_turn),
		cmocka_unit_test(test_delegated_otherwise),
		cmocka_unit_test(test_what_else_a_referral_has),
		cmocka_unit_test(test_too_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
