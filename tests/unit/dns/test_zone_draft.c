/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/zone.h"
#include "unit.h"

#include <stdio.h>

static void fails(struct zone_scene *scene, enum zone_error error,
		  const char *part)
{
	const struct zone *zone = zone_scene_discover(scene, OWNER);

	assert_non_null(zone);
	assert_int_equal(zone->error, error);
	assert_contains(zone->detail, part);
	scene->config.dnssec_required = false;
	zone = zone_scene_discover(scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	zone_scene_clear(scene);
}

TEST(ds_unanswered)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	resolver_says(&scene, ZONE, LDNS_RR_TYPE_DS, NULL)->outcome =
		OUTCOME_SILENT;
	fails(&scene, ZONE_NO_RESOLVER,
	      "no answer within 5 s for example.com. DS");
}

/* A resolver elsewhere is good enough, but it is noted. */
TEST(distant_resolver)
{
	struct zone_scene scene;
	struct address distant = fake_address("192.0.2.53");
	const struct zone *zone;

	zone_scene_init(&scene);
	for (size_t i = 0; i < scene.fake.count; i++)
		if (scene.fake.replies[i]->server.bytes[0] == 127)
			scene.fake.replies[i]->server = distant;
	scene.config.resolvers = &distant;
	scene.config.resolver_count = 1;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	assert_true(zone->authentic);
	assert_false(zone->resolver_is_local);
	zone_scene_clear(&scene);
}

TEST(ns_unanswered)
{
	static const char *const names[] = { ZONE, "com." };

	for (size_t i = 0; i < 2; i++) {
		struct zone_scene scene;
		const struct zone *zone;

		zone_scene_init(&scene);
		resolver_says(&scene, names[i], LDNS_RR_TYPE_NS, NULL);
		zone = zone_scene_discover(&scene, OWNER);
		assert_int_equal(zone->error, ZONE_NO_SERVERS);
		assert_contains(zone->detail, names[i]);
		assert_contains(zone->detail, "add them or, where it has them, "
				"check the resolver");
		resolver_says(&scene, names[i], LDNS_RR_TYPE_NS, NULL)->rcode =
			LDNS_RCODE_SERVFAIL;
		zone = zone_scene_discover(&scene, OWNER);
		assert_int_equal(zone->error, ZONE_NO_RESOLVER);
		zone_scene_clear(&scene);
	}
}

/* Between the zone and its parent the resolver does not know. */
TEST(parent_uncertain)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	resolver_says(&scene, "com.", LDNS_RR_TYPE_SOA, NULL)->rcode =
		LDNS_RCODE_SERVFAIL;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_NO_RESOLVER);
	assert_contains(zone->detail, "SERVFAIL for com. SOA");
	zone_scene_clear(&scene);
}

TEST(too_many_servers)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = resolver_says(&scene, ZONE, LDNS_RR_TYPE_NS, NULL);
	for (unsigned i = 0; i <= SERVERS_PER_ZONE_MAX; i++) {
		char text[64];

		snprintf(text, sizeof(text), ZONE " 9 IN NS ns%u.test.", i);
		fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
	}
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_TOO_LARGE);
	assert_contains(zone->detail, "take some out of the NS records");
	assert_int_equal(zone->server_count, 0);
	assert_int_equal(scene.fake.batches, 1);
	zone_scene_clear(&scene);
}

/* Names that the resolver does not call validated are none. */
TEST(names_without_proof)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = resolver_says(&scene, ZONE, LDNS_RR_TYPE_NS,
			      ZONE " 9 IN NS ns9.example.com.");
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_SERVER_NO_ADDRESS);
	reply->flags = FAKE_RA;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_OK);
	assert_int_equal(zone->server_count, 3);
	scene.config.dnssec_required = false;
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->error, ZONE_SERVER_NO_ADDRESS);
	zone_scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ds_unanswered),
		cmocka_unit_test(test_distant_resolver),
		cmocka_unit_test(test_ns_unanswered),
		cmocka_unit_test(test_parent_uncertain),
		cmocka_unit_test(test_too_many_servers),
		cmocka_unit_test(test_names_without_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
