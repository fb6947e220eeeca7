/* SPDX-License-Identifier: MIT */
#include "support/stage.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(all_is_well)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_string_equal(owner->name, OWNER);
	assert_null(owner->detail);
	assert_int_equal(owner->count, 3);
	assert_ptr_equal(owner->primary, stage_at(owner, NS1));
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(stage.scene.fake.questions, 3 * 4);
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *sighting = &owner->sightings[i];

		if (sighting->verdict != SIGHTING_SET)
			fail_msg("%s", sighting->detail);
		assert_int_equal(sighting->set.count, 1);
		assert_int_equal(sighting->ttl_seconds, 3600);
		assert_int_equal(sighting->rrset_ttl_seconds, 3600);
		assert_int_equal(sighting->signature_expires_seconds,
				 stage.scene.fake.now.wall_ms / 1000 +
				 10 * 86400);
		assert_true(sighting->serial_known);
		assert_int_equal(sighting->serial, 7);
		assert_false(sighting->behind);
		assert_int_equal(sighting->used, TRANSPORT_UDP);
		assert_string_equal(sighting->detail, "serves {3 1 1 "
				    "0a1b2c3d..}, serial 7, TTL 3600");
	}
	owner = stage_look(&stage, TRANSPORT_TCP);
	assert_int_equal(stage.survey.transport, TRANSPORT_TCP);
	assert_int_equal(stage_at(owner, NS2)->used, TRANSPORT_TCP);
	stage_close(&stage);
}

/* Silence is one server's own. */
TEST(each_by_itself)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	fake_dns_reply(&stage.scene.fake, NS2, NULL, 0, 0)->outcome =
		OUTCOME_SILENT;
	server_says(&stage.scene, NS1_IPV6, OWNER, LDNS_RR_TYPE_TLSA,
		    LDNS_SECTION_ANSWER, fake_records(TLSA_A, TLSA_B, NULL));
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage_at(owner, NS1)->set.count, 1);
	assert_int_equal(stage_at(owner, NS1_IPV6)->set.count, 2);
	assert_int_equal(stage_at(owner, NS2)->verdict, SIGHTING_NO_ANSWER);
	assert_string_equal(stage_at(owner, NS2)->detail,
			    "no answer within 5 s");
	assert_int_equal(stage_at(owner, NS2)->outcome, OUTCOME_SILENT);
	stage_close(&stage);
}

static void set_serial(struct stage *stage, const char *server,
		       const char *soa)
{
	server_says(&stage->scene, server, ZONE, LDNS_RR_TYPE_SOA,
		    LDNS_SECTION_ANSWER, fake_records(soa, NULL));
}

TEST(behind)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	set_serial(&stage, NS1, SOA_TEXT("5"));
	set_serial(&stage, NS2, SOA_TEXT("4294967295"));
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_false(stage_at(owner, NS1)->behind);
	assert_false(stage_at(owner, NS1_IPV6)->behind); /* ahead */
	/* Before the wrap. */
	assert_true(stage_at(owner, NS2)->behind);
	assert_int_equal(stage_at(owner, NS2)->verdict, SIGHTING_SET);

	zone_scene_configure(&stage.scene);
	assert_true(stage_at(stage_look(&stage, TRANSPORT_UDP), NS2)->behind);
	stage.scene.section.check_serial = false;
	assert_false(stage_at(stage_look(&stage, TRANSPORT_UDP), NS2)->behind);
	stage_close(&stage);
}

/* Whose serial is not known is not known to be up to date. */
TEST(serial_unknown)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	fake_dns_reply(&stage.scene.fake, NS2, ZONE, LDNS_RR_TYPE_SOA, 0);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_false(stage_at(owner, NS2)->serial_known);
	assert_true(stage_at(owner, NS2)->behind);
	assert_contains(stage_at(owner, NS2)->detail, "serial unknown");
	fake_dns_reply(&stage.scene.fake, NS1, ZONE, LDNS_RR_TYPE_SOA, 0);
	fake_dns_reply(&stage.scene.fake, NS1_IPV6, ZONE, LDNS_RR_TYPE_SOA,
		       0);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_true(stage_at(owner, NS1)->behind);
	assert_true(stage_at(owner, NS1_IPV6)->behind);
	stage_close(&stage);
}

static void forge_serial(struct stage *stage, const char *server)
{
	fake_reply_add(fake_dns_reply(&stage->scene.fake, server, ZONE,
				      LDNS_RR_TYPE_SOA, FAKE_AA),
		       LDNS_SECTION_ANSWER, SOA_TEXT("2000000000"));
}

/* Nor is one that nobody signed: it could say that all are up to date. */
TEST(serial_unproven)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	forge_serial(&stage, NS2);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage_at(owner, NS2)->verdict, SIGHTING_SET);
	assert_true(stage_at(owner, NS2)->serial_unproven);
	assert_false(stage_at(owner, NS2)->serial_known);
	assert_true(stage_at(owner, NS2)->behind);
	assert_false(stage_at(owner, NS1)->serial_unproven);
	assert_false(stage_at(owner, NS1)->behind);
	stage.scene.config.dnssec_required = false;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage_at(owner, NS2)->serial, 2000000000);
	assert_false(stage_at(owner, NS2)->behind);
	stage_close(&stage);
}

/* A server that knows no EDNS can serve an unsigned zone only. */
TEST(no_edns)
{
	const struct sighting *sighting;
	struct stage stage;

	stage_open(&stage);
	for (size_t i = 0; i < stage.scene.fake.count; i++) {
		struct fake_reply *reply = stage.scene.fake.replies[i];
		struct address server = fake_address(NS2);

		reply->refuses_edns = address_equal(&reply->server, &server);
	}
	fake_reply_add(fake_dns_reply(&stage.scene.fake, NS2, OWNER,
				      LDNS_RR_TYPE_TLSA, FAKE_AA),
		       LDNS_SECTION_ANSWER, TLSA_A)->refuses_edns = true;
	sighting = stage_at(stage_look(&stage, TRANSPORT_UDP), NS2);
	assert_int_equal(sighting->verdict, SIGHTING_UNPROVEN);
	assert_non_null(strstr(sighting->detail, "refuses EDNS"));
	assert_int_equal(stage.scene.fake.batches, 2);
	assert_int_equal(stage.scene.fake.questions, 3 * 4 + 4);
	stage.scene.config.dnssec_required = false;
	sighting = stage_at(stage_look(&stage, TRANSPORT_UDP), NS2);
	assert_int_equal(sighting->verdict, SIGHTING_SET);
	stage_close(&stage);
}

TEST(bad_version)
{
	struct stage stage;

	stage_open(&stage);
	fake_dns_reply(&stage.scene.fake, NS2, OWNER, LDNS_RR_TYPE_TLSA, 0)
		->rcode = 16;
	assert_string_equal(stage_at(stage_look(&stage, TRANSPORT_UDP),
				     NS2)->detail, "BADVERS");
	assert_int_equal(stage.scene.fake.questions, 3 * 4 + 1);
	stage_close(&stage);
}

/* A name server that only the zone itself names is asked in the same run. */
TEST(new_server)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	server_serves(&stage.scene, "192.0.2.3");
	resolver_says(&stage.scene, "ns3.example.com.", LDNS_RR_TYPE_A,
		      "ns3.example.com. 9 IN A 192.0.2.3");
	reply_add_signed(&stage.scene, server_names(
		&stage.scene, NS2, "ns2.example.com.", "ns3.example.com."),
		LDNS_SECTION_ADDITIONAL, "ns3.example.com. 60 IN A 192.0.2.3");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 4);
	assert_int_equal(stage_at(owner, "192.0.2.3")->verdict, SIGHTING_SET);
	assert_int_equal(stage_at(owner, "192.0.2.3")->server->roles,
			 ZONE_SERVER_CHILD);
	assert_ptr_equal(owner->primary, stage_at(owner, NS1));
	/* All servers; the resolver; the new one, and those who have not told
	 * its address; it itself for the same. */
	assert_int_equal(stage.scene.fake.batches, 4);
	stage_close(&stage);
}

/* A name that a server gave without authority is not followed. */
TEST(new_server_of_a_lame_one)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	fake_reply_add(fake_dns_reply(&stage.scene.fake, NS2, ZONE,
				      LDNS_RR_TYPE_NS, 0),
		       LDNS_SECTION_ANSWER,
		       ZONE " 3600 IN NS ns9.example.com.");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 3);
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(stage_at(owner, NS2)->verdict, SIGHTING_UNPROVEN);
	assert_string_equal(stage_at(owner, NS2)->detail, "its NS set, which "
			    "names all servers, unproven: not an "
			    "authoritative answer");
	stage_close(&stage);
}

/* Nor one that is not signed; and what the server serves does not count, for
 * who else serves what may be hidden. */
TEST(unsigned_ns_set)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	fake_reply_add(fake_dns_reply(&stage.scene.fake, NS2, ZONE,
				      LDNS_RR_TYPE_NS, FAKE_AA),
		       LDNS_SECTION_ANSWER,
		       ZONE " 3600 IN NS ns9.example.com.");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 3);
	assert_int_equal(stage_at(owner, NS1)->verdict, SIGHTING_SET);
	assert_int_equal(stage_at(owner, NS2)->verdict, SIGHTING_UNPROVEN);
	assert_int_equal(stage_at(owner, NS2)->set.count, 0);
	assert_contains(stage_at(owner, NS2)->detail, "unproven: no signature");
	/* Where nothing is proven it has to be believed. */
	stage.scene.config.dnssec_required = false;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_contains(owner->detail, "ns9.example.com. has no address");
	stage_close(&stage);
}

/* A new server that cannot be found: what the others say is not the whole. */
TEST(new_server_without_address)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	server_names(&stage.scene, NS2, "ns2.example.com.",
		     "ns9.example.com.");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 0);
	assert_null(owner->primary);
	assert_contains(owner->detail, "ns9.example.com. has no address");
	stage_close(&stage);
}

/* Each new server names one more: it ends, and whoever came too late is
 * there without an answer. */
TEST(endless_servers)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	for (unsigned i = 10; i < 20; i++) {
		char *last = xasprintf("192.0.2.%u", i - 1);
		char *name = xasprintf("ns%u.example.com.", i);
		char *ns = xasprintf(ZONE " 9 IN NS %s", name);
		char *a = xasprintf("%s 9 IN A 192.0.2.%u", name, i);
		const char *server = i == 10 ? NS2 : last;

		if (i > 10)
			server_serves(&stage.scene, server);
		server_says(&stage.scene, server, ZONE, LDNS_RR_TYPE_NS,
			    LDNS_SECTION_ANSWER, fake_records(ns, NULL));
		resolver_says(&stage.scene, name, LDNS_RR_TYPE_A, a);
		free(last);
		free(name);
		free(ns);
		free(a);
	}
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 3 + 3);
	assert_int_equal(stage_at(owner, "192.0.2.11")->verdict, SIGHTING_SET);
	assert_int_equal(stage_at(owner, "192.0.2.12")->verdict,
			 SIGHTING_NO_ANSWER);
	assert_contains(stage_at(owner, "192.0.2.12")->detail, "not asked yet");
	stage_close(&stage);
}

TEST(ignored)
{
	struct prefix dead[] = { fake_prefix(NS1), fake_prefix("ipv6"),
				  fake_prefix(NS2) };
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	zone_scene_configure(&stage.scene);
	stage.scene.section.ignore = dead;
	stage.scene.section.ignore_count = 1;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 2);
	/* Its other address is the primary's as well. */
	assert_ptr_equal(owner->primary, stage_at(owner, NS1_IPV6));
	assert_int_equal(stage.scene.fake.questions, 2 * 4);
	stage.scene.section.ignore_count = 3;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 0);
	assert_contains(owner->detail, "ignored, so nothing shows what clients "
			"get; take one out of ignore");
	stage_close(&stage);
}

TEST(zone_in_trouble)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	resolver_says(&stage.scene, ZONE, LDNS_RR_TYPE_DS, NULL);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->count, 0);
	assert_non_null(owner->zone);
	assert_contains(owner->detail, "above it has no DS");
	assert_int_equal(stage.scene.fake.batches, 0);

	resolver_says(&stage.scene, OWNER, LDNS_RR_TYPE_SOA, NULL);
	resolver_says(&stage.scene, ZONE, LDNS_RR_TYPE_SOA, NULL);
	resolver_says(&stage.scene, "com.", LDNS_RR_TYPE_SOA, NULL);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_null(owner->zone);
	assert_contains(owner->detail, "no SOA at it or above");
	stage_close(&stage);
}

/* Without a primary the rest is asked as ever. */
TEST(no_primary)
{
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	resolver_says(&stage.scene, ZONE, LDNS_RR_TYPE_SOA,
		      ZONE " 9 IN SOA hidden.example.net. x. 7 2 3 4 300");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->zone->error, ZONE_NO_PRIMARY);
	assert_int_equal(owner->count, 3);
	assert_null(owner->primary);
	assert_null(owner->detail);
	assert_false(stage_at(owner, NS2)->behind);
	stage_close(&stage);
}

/* SOA, NS and DNSKEY are asked once for all owners of a zone. */
TEST(many_owners)
{
	const char *owners[] = { "_25._tcp.nowhere.", OWNER,
				 "_443._tcp.www.example.com.", OWNER };
	struct survey *survey;
	struct stage stage;

	stage_open(&stage);
	survey = &stage.survey;
	zones_discover(&stage.scene.fake.world, &stage.scene.config, owners, 4,
		       &stage.scene.zones);
	stage.scene.fake.questions = 0;
	survey_ask(&stage.scene.fake.world, &stage.scene.config,
		   &stage.scene.zones, owners, 4, TRANSPORT_UDP, survey);
	assert_int_equal(stage.scene.fake.questions, 3 * (3 + 3));
	assert_int_equal(survey->owners[0].count, 0);
	assert_non_null(survey->owners[0].detail);
	for (size_t i = 1; i < 4; i++) {
		const struct survey_owner *owner = &survey->owners[i];

		assert_string_equal(owner->name, owners[i]);
		assert_int_equal(owner->count, 3);
		assert_int_equal(stage_at(owner, NS2)->verdict,
				 i == 2 ? SIGHTING_NO_ANSWER : SIGHTING_SET);
	}
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_well),
		cmocka_unit_test(test_each_by_itself),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_serial_unknown),
		cmocka_unit_test(test_serial_unproven),
		cmocka_unit_test(test_no_edns),
		cmocka_unit_test(test_bad_version),
		cmocka_unit_test(test_new_server),
		cmocka_unit_test(test_new_server_of_a_lame_one),
		cmocka_unit_test(test_unsigned_ns_set),
		cmocka_unit_test(test_new_server_without_address),
		cmocka_unit_test(test_endless_servers),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_zone_in_trouble),
		cmocka_unit_test(test_no_primary),
		cmocka_unit_test(test_many_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
