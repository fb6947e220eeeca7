/* SPDX-License-Identifier: MIT */
#include "support/zone.h"

#include "base/xalloc.h"
#include "dns/survey_internal.h"
#include "unit.h"

struct stage {
	struct zone_scene scene;
	struct zone *zone;
	struct server_view server;
	struct proofs proofs;
	struct zone_news news;
};

/* NS2 is asked for the zone's own records, and says what it knows. */
static void tell(struct stage *stage)
{
	struct server_view *server = &stage->server;
	struct lookup *lookups[] = { &server->soa, &server->keys,
				     &server->ns };
	static const ldns_rr_type types[] = {
		LDNS_RR_TYPE_SOA, LDNS_RR_TYPE_DNSKEY, LDNS_RR_TYPE_NS,
	};
	const int64_t now = stage->scene.fake.now.wall_ms / 1000;
	struct reading like = {
		.zone = stage->zone, .server = server,
		.soa_proofs = &stage->proofs, .now_seconds = now,
		.dnssec_required = stage->scene.config.dnssec_required,
	};

	server->address = fake_address(NS2);
	for (size_t i = 0; i < 3; i++)
		*lookups[i] = (struct lookup){ .name = ZONE, .type = types[i],
			.server = server->address, .flags = MESSAGE_DNSSEC };
	lookups_ask(&stage->scene.fake.world, lookups, 3);
	server_view_read(server, stage->zone, like.dnssec_required, now,
			 &stage->proofs);
	assert_true(server_view_tell(server, &like, TRANSPORT_TCP,
				     &stage->news));
}

static void stage_init(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	zone_scene_init(&stage->scene);
	server_serves(&stage->scene, NS2);
	stage->zone = zone_scene_discover(&stage->scene, OWNER);
}

static void stage_clear(struct stage *stage)
{
	texts_clear(&stage->news.names);
	zone_hosts_clear(&stage->news.hosts);
	server_view_clear(&stage->server, 0);
	proofs_clear(&stage->proofs);
	zone_scene_clear(&stage->scene);
}

TEST(all_is_told)
{
	struct stage stage;

	stage_init(&stage);
	tell(&stage);
	assert_int_equal(stage.news.names.count, 2);
	assert_int_equal(stage.news.ns_ttl_seconds, 3600);
	assert_int_equal(stage.news.hosts.count, 3);
	assert_int_equal(stage.news.hosts.items[0].ttl_seconds, 3600);
	assert_true(stage.news.hosts.items[0].ttl_is_whole);
	assert_int_equal(stage.server.host_count, 0);
	stage_clear(&stage);
}

/* A name outside the zone is not this server's to tell about. */
TEST(names_elsewhere)
{
	struct fake_reply *reply;
	struct stage stage;

	stage_init(&stage);
	reply = server_names(&stage.scene, NS2, "ns2.example.com.",
			     "ns.example.net.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns.example.net. 9 IN A 192.0.2.77");
	tell(&stage);
	assert_int_equal(stage.news.names.count, 2);
	assert_int_equal(stage.news.hosts.count, 3);
	assert_int_equal(stage.server.host_count, 0);
	stage_clear(&stage);
}

/* What does not come with the NS set, or not signed, is asked for. */
TEST(the_rest_is_asked_for)
{
	struct fake_reply *reply;
	struct stage stage;

	stage_init(&stage);
	reply = server_says(&stage.scene, NS2, ZONE, LDNS_RR_TYPE_NS,
			    LDNS_SECTION_ANSWER, fake_records(
			    ZONE " 3600 IN NS ns2.example.com.", NULL));
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns2.example.com. 9 IN A 192.0.2.77");
	tell(&stage);
	assert_int_equal(stage.news.hosts.count, 0);
	/* ns1, which only the resolver knows, and ns2. */
	assert_int_equal(stage.server.host_count, 4);
	assert_string_equal(stage.server.hosts[0].name, "ns2.example.com.");
	assert_int_equal(stage.server.hosts[1].type, LDNS_RR_TYPE_AAAA);
	assert_int_equal(stage.server.hosts[1].transport, TRANSPORT_TCP);
	stage_clear(&stage);
}

TEST(nothing_is_proven)
{
	struct stage stage;

	stage_init(&stage);
	fake_reply_add(fake_dns_reply(&stage.scene.fake, NS2, ZONE,
				      LDNS_RR_TYPE_NS, FAKE_AA),
		       LDNS_SECTION_ANSWER,
		       ZONE " 9 IN NS ns9.example.com.");
	tell(&stage);
	assert_int_equal(stage.server.ns_verdict, DNSSEC_NO_SIGNATURE);
	assert_int_equal(stage.news.names.count, 0);
	assert_int_equal(stage.server.host_count, 0);
	stage_clear(&stage);
}

TEST(nothing_is_signed)
{
	struct fake_reply *reply;
	struct stage stage;

	stage_init(&stage);
	stage.scene.config.dnssec_required = false;
	reply = fake_dns_reply(&stage.scene.fake, NS2, ZONE, LDNS_RR_TYPE_NS,
			       FAKE_AA);
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       ZONE " 900 IN NS ns9.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns9.example.com. 9 IN A 192.0.2.9");
	tell(&stage);
	assert_int_equal(stage.news.names.count, 1);
	assert_int_equal(stage.news.ns_ttl_seconds, 900);
	assert_int_equal(stage.news.hosts.count, 1);
	stage_clear(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_told),
		cmocka_unit_test(test_names_elsewhere),
		cmocka_unit_test(test_the_rest_is_asked_for),
		cmocka_unit_test(test_nothing_is_proven),
		cmocka_unit_test(test_nothing_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
