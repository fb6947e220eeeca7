/* SPDX-License-Identifier: MIT */
#include "support/zone.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static const struct zone *discover(struct zone_scene *scene)
{
	const struct zone *zone = zone_scene_discover(scene, OWNER);

	assert_int_equal(zone->error, ZONE_OK);
	return zone;
}

static uint32_t ttl_of(const struct zone *zone, const char *address)
{
	return zone_server_ttl_seconds(zone, scene_server(zone, address));
}

/* A cache has only a part of a TTL left; its signature tells the whole. */
TEST(whole_or_in_part)
{
	const char *host = "ns2.example.com.";
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	assert_int_equal(ttl_of(discover(&scene), NS2), 86400);
	reply = resolver_says(&scene, host, LDNS_RR_TYPE_A, NULL);
	reply_add_signed(&scene, reply, LDNS_SECTION_ANSWER,
			 "ns2.example.com. 7200 IN A " NS2);
	zone = discover(&scene);
	assert_true(scene_server(zone, NS2)->ttl_is_whole);
	assert_int_equal(ttl_of(zone, NS2), 7200);
	assert_int_equal(ttl_of(zone, NS1), 86400);
	/* One that the resolver did not find good says nothing. */
	reply->flags = FAKE_RA;
	assert_int_equal(ttl_of(discover(&scene), NS2), 86400);
	zone_scene_clear(&scene);
}

/* The longest counts: of the NS set, of glue, of the address. */
TEST(longest)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = fake_dns_reply(&scene.fake, PARENT_2, ZONE, LDNS_RR_TYPE_NS,
			       0);
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 172800 IN NS ns2.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns2.example.com. 172801 IN A " NS2);
	scene.config.dnssec_required = false;
	zone = discover(&scene);
	assert_int_equal(zone->ns_ttl_seconds, 172800);
	assert_int_equal(ttl_of(zone, NS1), 172800);
	assert_int_equal(ttl_of(zone, NS2), 172801);
	/* But no cache keeps anything longer than a week. */
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 2147483647 IN NS ns1.example.com.");
	assert_int_equal(ttl_of(discover(&scene), NS1), TTL_UNPROVEN_MAX);
	zone_scene_clear(&scene);
}

/* One parent's server gives TTLs that nothing proves. */
static void parent_exaggerates(struct zone_scene *scene)
{
	struct fake_reply *reply = fake_dns_reply(
		&scene->fake, PARENT_2, ZONE, LDNS_RR_TYPE_NS, 0);

	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 2147483647 IN NS ns1.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns1.example.com. 2147483647 IN A " NS1);
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns9.example.com. 2147483647 IN A " NS1);
}

/* Where DNSSEC is required the parent alone is believed two days, or what is
 * signed beside its NS set. */
TEST(more_than_parents_give)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	parent_exaggerates(&scene);
	zone = discover(&scene);
	assert_int_equal(zone->ns_ttl_seconds, TTL_DELEGATION_MAX);
	assert_int_equal(ttl_of(zone, NS1), TTL_DELEGATION_MAX);
	reply = resolver_says(&scene, ZONE, LDNS_RR_TYPE_DS, NULL);
	fake_reply_add_list(reply, LDNS_SECTION_ANSWER, scene.signer.ds);
	fake_reply_add(reply, LDNS_SECTION_ANSWER, ZONE " 9 IN RRSIG DS 13 2 "
		       "432000 20300101000000 20200101000000 1 com. AA==");
	zone = discover(&scene);
	assert_int_equal(zone->ns_ttl_seconds, 432000);
	assert_int_equal(ttl_of(zone, NS1), 432000);
	zone_scene_clear(&scene);
}

/* .. nor of addresses in its own zone. */
TEST(more_for_a_host_of_the_parents)
{
	struct zone_scene scene;
	struct fake_reply *reply;

	zone_scene_init(&scene);
	reply = fake_dns_reply(&scene.fake, PARENT_1, ZONE, LDNS_RR_TYPE_NS, 0);
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 9 IN NS ns.other.com.");
	reply = fake_dns_reply(&scene.fake, PARENT_1, "ns.other.com.",
			       LDNS_RR_TYPE_A, FAKE_AA);
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "ns.other.com. 604800 IN A 192.0.2.7");
	assert_int_equal(ttl_of(discover(&scene), "192.0.2.7"),
			 TTL_DELEGATION_MAX);
	zone_scene_clear(&scene);
}

TEST(too_many)
{
	struct zone_hosts hosts = { NULL, 0 };
	bool fit = true;

	for (unsigned i = 0; i <= ZONE_HOSTS_MAX; i++) {
		char *text = xasprintf("ns.example.com. 9 IN A 10.0.%u.%u",
				       i / 256, i % 256);
		ldns_rr_list *records = fake_records(text, NULL);

		assert_true(fit);
		fit = zone_hosts_add(&hosts, records, "ns.example.com.", 0,
				     false);
		/* The same again is no other one. */
		assert_true(zone_hosts_add(&hosts, records, "ns.example.com.",
					   7, true) == fit);
		ldns_rr_list_deep_free(records);
		free(text);
	}
	assert_false(fit);
	assert_int_equal(hosts.count, ZONE_HOSTS_MAX);
	assert_int_equal(hosts.items[0].ttl_seconds, 9);
	assert_true(hosts.items[0].ttl_is_whole);
	zone_hosts_clear(&hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_or_in_part),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_more_than_parents_give),
		cmocka_unit_test(test_more_for_a_host_of_the_parents),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
