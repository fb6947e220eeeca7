/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/message.h"
#include "support/zone.h"
#include "unit.h"

#include <stdio.h>

static const struct zone *discover(struct zone_scene *scene,
				   enum zone_error error)
{
	const struct zone *zone = zone_scene_discover(scene, OWNER);

	assert_non_null(zone);
	if (zone->error != error)
		fail_msg("%s", zone->detail ? zone->detail : "no error");
	return zone;
}

TEST(server_without_address)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	resolver_says(&scene, "ns2.example.com.", LDNS_RR_TYPE_A, NULL);
	zone = discover(&scene, ZONE_SERVER_NO_ADDRESS);
	assert_contains(zone->detail, "ns2.example.com. has no address");
	zone_scene_clear(&scene);
}

/* Some of a server's addresses are not all of them. */
TEST(addresses_in_part)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	resolver_says(&scene, "ns2.example.com.", LDNS_RR_TYPE_AAAA, NULL)
		->rcode = LDNS_RCODE_SERVFAIL;
	zone = discover(&scene, ZONE_SERVER_NO_ADDRESS);
	assert_contains(zone->detail, "ns2.example.com. cannot be known: "
			"resolver 127.0.0.1: SERVFAIL for its AAAA records");
	zone_scene_clear(&scene);
}

TEST(too_many_addresses)
{
	struct zone_scene scene;
	struct fake_reply *reply;
	const struct zone *zone;

	zone_scene_init(&scene);
	reply = resolver_says(&scene, "ns2.example.com.", LDNS_RR_TYPE_A,
			      NULL);
	for (unsigned i = 0; i <= ADDRESSES_PER_NAME_MAX; i++) {
		char text[64];

		snprintf(text, sizeof(text),
			 "ns2.example.com. 9 IN A 10.0.0.%u", i);
		fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
	}
	zone = discover(&scene, ZONE_SERVER_NO_ADDRESS);
	assert_contains(zone->detail, "more than 16 addresses");
	zone_scene_clear(&scene);
}

TEST(also_ask_and_ignore)
{
	struct zone_scene scene;
	struct address extra[2] = { fake_address("192.0.2.80"),
				    fake_address(NS1) };
	struct prefix dead = fake_prefix(NS2);
	const struct zone *zone;

	zone_scene_init(&scene);
	zone_scene_configure(&scene);
	scene.section.also_ask = extra;
	scene.section.also_ask_count = 2;
	scene.section.ignore = &dead;
	scene.section.ignore_count = 1;
	zone = discover(&scene, ZONE_OK);
	assert_ptr_equal(zone->config, &scene.section);
	assert_int_equal(zone->server_count, 4);
	assert_int_equal(scene_server(zone, "192.0.2.80")->roles,
			 ZONE_SERVER_EXTRA);
	assert_null(scene_server(zone, "192.0.2.80")->name);
	assert_true(scene_server(zone, NS1)->roles & ZONE_SERVER_EXTRA);
	assert_true(scene_server(zone, NS2)->ignored);
	assert_false(scene_server(zone, NS1)->ignored);
	dead = fake_prefix("192.0.2.2/31");
	zone = discover(&scene, ZONE_OK);
	assert_true(scene_server(zone, NS2)->ignored);
	zone_scene_clear(&scene);
}

TEST(configured_primary)
{
	static const struct {
		const char *primary;
		const char *server;
		size_t servers;
	} rows[] = {
		{ "192.0.2.53", "192.0.2.53", 4 },
		{ NS2, NS2, 3 },
		{ "[192.0.2.2]:5353", "[192.0.2.2]:5353", 4 },
		{ "Hidden.example.net", "192.0.2.54", 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zone_scene scene;
		const struct zone_server *server;
		const struct zone *zone;

		zone_scene_init(&scene);
		zone_scene_configure(&scene);
		resolver_says(&scene, "hidden.example.net.", LDNS_RR_TYPE_A,
			      "hidden.example.net. 9 IN A 192.0.2.54");
		name_primaries(&scene, 1, rows[i].primary);
		zone = discover(&scene, ZONE_OK);
		assert_int_equal(zone->server_count, rows[i].servers);
		server = scene_server(zone, rows[i].server);
		assert_true(server->roles & ZONE_SERVER_PRIMARY);
		assert_true(address_equal(&server->address, &zone->primary));
		assert_string_equal(zone->primary_name, rows[i].primary);
		assert_false(scene_server(zone, NS1)->roles &
			     ZONE_SERVER_PRIMARY);
		zone_scene_clear(&scene);
	}
}

/* In the order in which they are tried; what is ignored is none of them. */
TEST(several_primaries)
{
	struct prefix dead = fake_prefix("192.0.2.55");
	struct zone_scene scene;
	const struct zone *zone;
	struct fake_reply *reply;

	zone_scene_init(&scene);
	reply = resolver_says(&scene, "hidden.example.net.", LDNS_RR_TYPE_A,
			      "hidden.example.net. 9 IN A 192.0.2.56");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "hidden.example.net. 9 IN A 192.0.2.55");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "hidden.example.net. 9 IN A 192.0.2.54");
	name_primaries(&scene, 3, "192.0.2.99", "Hidden.example.net", NS2);
	scene.section.ignore = &dead;
	scene.section.ignore_count = 1;
	zone = discover(&scene, ZONE_OK);
	assert_int_equal(zone->primary_count, 4);
	assert_int_equal(zone->primaries[0].address.bytes[3], 99);
	assert_int_equal(zone->primaries[1].address.bytes[3], 54);
	assert_int_equal(zone->primaries[2].address.bytes[3], 56);
	assert_int_equal(zone->primaries[3].address.bytes[3], 2);
	assert_string_equal(zone->primaries[2].name, "Hidden.example.net");
	assert_string_equal(zone->primary_name, "192.0.2.99");
	assert_int_equal(zone->server_count, 3 + 4);
	assert_true(zone_server_is_hidden(scene_server(zone, "192.0.2.54")));
	assert_true(scene_server(zone, "192.0.2.55")->ignored);
	assert_false(zone_server_is_hidden(scene_server(zone, NS2)));
	zone_scene_clear(&scene);
}

TEST(ignored_primaries)
{
	struct prefix dead[] = { fake_prefix("192.0.2.99"),
				  fake_prefix("192.0.2.0/30"),
				  fake_prefix("ipv6") };
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	name_primaries(&scene, 1, "192.0.2.99");
	scene.section.ignore = dead;
	scene.section.ignore_count = 1;
	zone = discover(&scene, ZONE_NO_PRIMARY);
	assert_int_equal(zone->primary.family, 0);
	assert_contains(zone->detail, "192.0.2.99 is named by `ignore`");
	/* With nobody else it has to be asked as the world would ask. */
	scene.section.ignore = dead + 1;
	scene.section.ignore_count = 2;
	zone = discover(&scene, ZONE_OK);
	assert_false(zone_server_is_hidden(scene_server(zone, "192.0.2.99")));
	zone_scene_clear(&scene);
}

/* Everything but the primary is there: one who needs none can go on. */
TEST(no_primary)
{
	struct zone_scene scene;
	const struct zone *zone;

	zone_scene_init(&scene);
	resolver_says(&scene, ZONE, LDNS_RR_TYPE_SOA,
		      ZONE " 9 IN SOA hidden.example.net. x. 7 2 3 4 300");
	zone = discover(&scene, ZONE_NO_PRIMARY);
	assert_contains(zone->detail, "hidden.example.net. (MNAME of the SOA) "
			"has no address; set `primary`");
	assert_int_equal(zone->primary.family, 0);
	assert_int_equal(zone->server_count, 3);
	resolver_says(&scene, "ns2.example.com.", LDNS_RR_TYPE_A, NULL);
	discover(&scene, ZONE_SERVER_NO_ADDRESS);
	zone_scene_clear(&scene);
}

/* A configured primary does not make up for a failing discovery. */
TEST(primary_is_not_enough)
{
	struct zone_scene scene;

	zone_scene_init(&scene);
	zone_scene_configure(&scene);
	name_primaries(&scene, 1, NS1);
	resolver_says(&scene, NULL, 0, NULL)->outcome = OUTCOME_SILENT;
	assert_null(zone_scene_discover(&scene, OWNER));
	assert_non_null(scene.zones.owner_detail[0]);
	zone_scene_clear(&scene);
}

TEST(resolve_hosts)
{
	const char *hosts[] = { "www.example.com.", "loop.example.com.",
				"none.example.com.", "half.example.com." };
	struct address *addresses[4];
	struct fake_reply *reply;
	struct zone_scene scene;
	size_t counts[4];

	zone_scene_init(&scene);
	reply = resolver_says(&scene, hosts[0], LDNS_RR_TYPE_A,
			      "www.example.com. 9 IN CNAME a.example.net.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "b.example.net. 9 IN A 192.0.2.11");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "a.example.net. 9 IN CNAME b.example.net.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "c.example.net. 9 IN A 192.0.2.12");
	resolver_says(&scene, hosts[1], LDNS_RR_TYPE_A,
		      "loop.example.com. 9 IN CNAME loop.example.com.");
	resolver_says(&scene, hosts[3], LDNS_RR_TYPE_A,
		      "half.example.com. 9 IN A 192.0.2.13");
	resolver_says(&scene, hosts[3], LDNS_RR_TYPE_AAAA, NULL)->outcome =
		OUTCOME_SILENT;
	zone_resolve_hosts(&scene.fake.world, &scene.config, hosts, 4, 25,
			   addresses, counts);
	assert_int_equal(counts[0], 1);
	assert_int_equal(addresses[0][0].bytes[3], 11);
	assert_int_equal(addresses[0][0].port, 25);
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(counts[i], 0);
		assert_null(addresses[i]);
	}
	free(addresses[0]);
	zone_scene_clear(&scene);
}

static bool extend(struct zone_scene *scene, struct zone *zone,
		   const char *one, const char *other)
{
	struct zone_news news = { .ns_ttl_seconds = 7200 };
	bool added;

	texts_add(&news.names, one);
	texts_add(&news.names, other);
	added = zones_extend(&scene->fake.world, &scene->config, zone, &news);
	texts_clear(&news.names);
	return added;
}

TEST(extend)
{
	struct prefix dead = fake_prefix("192.0.2.3");
	struct zone_scene scene;
	struct zone *zone;

	zone_scene_init(&scene);
	zone_scene_configure(&scene);
	scene.section.ignore = &dead;
	scene.section.ignore_count = 1;
	resolver_says(&scene, "ns3.example.com.", LDNS_RR_TYPE_A,
		      "ns3.example.com. 9 IN A 192.0.2.3");
	zone = zone_scene_discover(&scene, OWNER);
	assert_int_equal(zone->ns_ttl_seconds, 9);
	scene.fake.batches = 0;
	assert_false(extend(&scene, zone, "ns1.example.com.",
			    "ns1.example.com."));
	assert_int_equal(zone->ns_ttl_seconds, 7200);
	assert_int_equal(scene.fake.batches, 0);
	assert_true(extend(&scene, zone, "ns3.example.com.",
			   "ns3.example.com."));
	assert_int_equal(scene.fake.batches, 1);
	assert_int_equal(zone->server_count, 4);
	assert_int_equal(scene_server(zone, "192.0.2.3")->roles,
			 ZONE_SERVER_CHILD);
	assert_true(scene_server(zone, "192.0.2.3")->ignored);
	assert_int_equal(zone->error, ZONE_OK);

	assert_false(extend(&scene, zone, "ns3.example.com.",
			    "ns4.example.com."));
	assert_int_equal(zone->error, ZONE_SERVER_NO_ADDRESS);
	assert_contains(zone->detail, "ns4.example.com.");
	zone_scene_clear(&scene);
}

static void add_host(struct zone_hosts *hosts, const char *text,
		     uint32_t ttl_seconds)
{
	ldns_rr_list *records = fake_records(text, NULL);
	char *name = message_name(ldns_rr_owner(ldns_rr_list_rr(records, 0)));

	assert_true(zone_hosts_add(hosts, records, name, ttl_seconds, true));
	free(name);
	ldns_rr_list_deep_free(records);
}

/* What the zone's servers say of addresses counts, and of a new name that the
 * resolver does not know yet. */
TEST(extend_by_addresses)
{
	struct zone_news news = { .ns_ttl_seconds = 60 };
	const struct zone_server *server;
	struct zone_scene scene;
	struct zone *zone;

	zone_scene_init(&scene);
	zone = zone_scene_discover(&scene, OWNER);
	texts_add(&news.names, "ns5.example.com.");
	add_host(&news.hosts, "ns5.example.com. 300 IN AAAA 2001:db8::5", 0);
	add_host(&news.hosts, "ns2.example.com. 300 IN A " NS2, 900);
	add_host(&news.hosts, "ns2.example.com. 300 IN A 192.0.2.22", 900);
	assert_true(zones_extend(&scene.fake.world, &scene.config, zone,
				 &news));
	assert_int_equal(zone->error, ZONE_OK);
	assert_int_equal(zone->server_count, 5);
	assert_int_equal(scene_server(zone, "2001:db8::5")->ttl_seconds, 300);
	server = scene_server(zone, "192.0.2.22");
	assert_string_equal(server->name, "ns2.example.com.");
	assert_int_equal(zone_server_ttl_seconds(zone, server), 900);
	/* Before, only a cache had told it. */
	server = scene_server(zone, NS2);
	assert_int_equal(zone_server_ttl_seconds(zone, server), 900);
	server = scene_server(zone, NS1_IPV6);
	assert_int_equal(zone_server_ttl_seconds(zone, server), 86400);
	texts_clear(&news.names);
	zone_hosts_clear(&news.hosts);
	zone_scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_without_address),
		cmocka_unit_test(test_addresses_in_part),
		cmocka_unit_test(test_too_many_addresses),
		cmocka_unit_test(test_also_ask_and_ignore),
		cmocka_unit_test(test_configured_primary),
		cmocka_unit_test(test_several_primaries),
		cmocka_unit_test(test_ignored_primaries),
		cmocka_unit_test(test_no_primary),
		cmocka_unit_test(test_primary_is_not_enough),
		cmocka_unit_test(test_resolve_hosts),
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_extend_by_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
