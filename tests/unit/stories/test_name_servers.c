/* SPDX-License-Identifier: MIT */
#include "support/stage.h"

#include "base/xalloc.h"
#include "unit.h"

/* Who serves a zone, found out by a discovery and a survey together, and how
 * much of what they say is kept. */

/* An address that the zone's servers know and the resolver does not. */
static void expect_new_address(struct stage *stage, size_t batches)
{
	const struct survey_owner *owner = stage_look(stage, TRANSPORT_UDP);

	assert_int_equal(owner->count, 4);
	assert_int_equal(stage_at(owner, "192.0.2.22")->verdict, SIGHTING_SET);
	assert_string_equal(stage_at(owner, "192.0.2.22")->server->name,
			    "ns2.example.com.");
	assert_int_equal(zone_server_ttl_seconds(owner->zone,
			 stage_at(owner, "192.0.2.22")->server), 7200);
	assert_int_equal(stage->scene.fake.batches, batches);
}

TEST(new_address)
{
	struct stage stage;

	stage_open(&stage);
	server_serves(&stage.scene, "192.0.2.22");
	server_says(&stage.scene, NS1, ZONE, LDNS_RR_TYPE_NS,
		    LDNS_SECTION_ANSWER,
		    fake_records(ZONE " 3600 IN NS ns1.example.com.",
				 ZONE " 3600 IN NS ns2.example.com.", NULL));
	/* It does not tell addresses with its NS set: it is asked. */
	server_says(&stage.scene, NS1, "ns2.example.com.", LDNS_RR_TYPE_A,
		    LDNS_SECTION_ANSWER,
		    fake_records("ns2.example.com. 7200 IN A " NS2,
				 "ns2.example.com. 7200 IN A 192.0.2.22",
				 NULL));
	expect_new_address(&stage, 3);
	stage_close(&stage);
}

TEST(new_address_with_the_ns_set)
{
	struct fake_reply *reply;
	struct stage stage;

	stage_open(&stage);
	server_serves(&stage.scene, "192.0.2.22");
	reply = server_says(&stage.scene, NS1, ZONE, LDNS_RR_TYPE_NS,
			    LDNS_SECTION_ANSWER, fake_records(
			    ZONE " 3600 IN NS ns1.example.com.",
			    ZONE " 3600 IN NS ns2.example.com.", NULL));
	reply_add_signed(&stage.scene, reply, LDNS_SECTION_ADDITIONAL,
			 "ns1.example.com. 60 IN A " NS1);
	reply_add_signed(&stage.scene, reply, LDNS_SECTION_ADDITIONAL,
			 "ns2.example.com. 7200 IN A 192.0.2.22");
	expect_new_address(&stage, 2);
	stage_close(&stage);
}

/* One that nobody signed is no server's. */
TEST(unsigned_address)
{
	struct fake_reply *reply;
	struct stage stage;

	stage_open(&stage);
	reply = server_names(&stage.scene, NS1, "ns1.example.com.",
			     "ns3.example.com.");
	resolver_says(&stage.scene, "ns3.example.com.", LDNS_RR_TYPE_A,
		      "ns3.example.com. 9 IN A " NS2);
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns3.example.com. 7200 IN A 192.0.2.22");
	assert_int_equal(stage_look(&stage, TRANSPORT_UDP)->count, 3);
	stage_close(&stage);
}

/* However much one sends, the others are heard. */
TEST(too_much_of_one)
{
	enum { OWNERS = 700 };
	const char *owners[OWNERS];
	struct fake_reply *reply;
	const struct survey_owner *owner;
	struct stage stage;

	stage_open(&stage);
	reply = fake_dns_reply(&stage.scene.fake, NS2, OWNER,
			       LDNS_RR_TYPE_TLSA, FAKE_AA);
	for (unsigned i = 0; i < 3; i++) {
		char *text = xasprintf(OWNER " 9 IN TLSA 3 0 %u %0*d", i,
				       8000, 0);

		fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
		free(text);
	}
	for (size_t i = 0; i < OWNERS; i++)
		owners[i] = OWNER;
	zones_discover(&stage.scene.fake.world, &stage.scene.config, owners,
		       OWNERS, &stage.scene.zones);
	survey_ask(&stage.scene.fake.world, &stage.scene.config,
		   &stage.scene.zones, owners, OWNERS, TRANSPORT_TCP,
		   &stage.survey);
	for (size_t i = 0; i < OWNERS; i++) {
		owner = &stage.survey.owners[i];
		assert_int_equal(stage_at(owner, NS1)->verdict, SIGHTING_SET);
	}
	owner = &stage.survey.owners[0];
	assert_contains(stage_at(owner, NS2)->detail, "unproven");
	owner = &stage.survey.owners[OWNERS - 1];
	assert_string_equal(stage_at(owner, NS2)->detail,
			    "its replies together are too large to be kept");
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_address),
		cmocka_unit_test(test_new_address_with_the_ns_set),
		cmocka_unit_test(test_unsigned_address),
		cmocka_unit_test(test_too_much_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
