/* SPDX-License-Identifier: MIT */
#include "dns/survey_internal.h"

#include "base/xalloc.h"
#include "support/stage.h"
#include "unit.h"

#define HIDDEN "192.0.2.53"
#define SPARE "192.0.2.54"
#define QUESTIONS 4		/* to one server: SOA, NS, DNSKEY, TLSA */

static struct stage stage;

/* What SERVER says to one who has the key, if WANTS_KEY to no one else. */
static void unsigned_zone(const char *server, const char *tlsa,
			  const char *serial, bool knows_key, bool wants_key)
{
	char *soa = xasprintf(ZONE " 3600 IN SOA ns1.example.com. x.test. %s "
			      "2 3 4 300", serial);
	const struct {
		const char *name;
		ldns_rr_type type;
		const char *text;
	} rows[] = {
		{ ZONE, LDNS_RR_TYPE_SOA, soa },
		{ ZONE, LDNS_RR_TYPE_NS,
		  ZONE " 3600 IN NS ns1.example.com." },
		{ ZONE, LDNS_RR_TYPE_DNSKEY, NULL },
		{ OWNER, LDNS_RR_TYPE_TLSA, tlsa },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_reply *reply = fake_dns_reply(
			&stage.scene.fake, server, rows[i].name, rows[i].type,
			FAKE_AA);

		if (rows[i].text)
			fake_reply_add(reply, LDNS_SECTION_ANSWER,
				       rows[i].text);
		else
			fake_reply_add(reply, LDNS_SECTION_AUTHORITY, soa);
		reply->knows_key = knows_key;
		reply->wants_key = wants_key;
	}
	free(soa);
}

static void refuses(const char *server)
{
	fake_dns_reply(&stage.scene.fake, server, NULL, 0, 0)->rcode =
		LDNS_RCODE_REFUSED;
}

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage);
	stage.key = FAKE_KEY;
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

/* Its zone is signed by those who transfer it: it takes the updates. */
TEST(an_unsigned_hidden_primary)
{
	const struct survey_owner *owner;

	unsigned_zone(HIDDEN, TLSA_B, "900", true, false);
	name_primaries(&stage.scene, 1, HIDDEN);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(stage.scene.fake.questions, 4 * QUESTIONS);
	assert_int_equal(stage.scene.fake.signed_questions, QUESTIONS);
	assert_ptr_equal(owner->primary, stage_at(owner, HIDDEN));
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_string_equal(owner->primary->detail, "serves {3 1 1 "
			    "99887766}, serial 900, TTL 3600");
	assert_string_equal(owner->primary->key, FAKE_KEY);
	assert_int_equal(owner->primary->signature_expires_seconds, 0);
	/* The serial of who signs is a series of its own. */
	assert_int_equal(stage_at(owner, NS2)->serial, 7);
	assert_false(stage_at(owner, NS2)->behind);
	assert_true(stage_at(owner, NS2)->counts_itself);
	assert_null(stage_at(owner, NS2)->key);
}

/* .. but only where it is proven that he signs it. */
TEST(a_forged_signer)
{
	const struct survey_owner *owner;
	struct fake_reply *reply;

	unsigned_zone(HIDDEN, TLSA_B, "900", true, false);
	name_primaries(&stage.scene, 1, HIDDEN);
	reply = fake_dns_reply(&stage.scene.fake, NS2, ZONE, LDNS_RR_TYPE_SOA,
			       FAKE_AA);
	fake_reply_add(reply, LDNS_SECTION_ANSWER, SOA_TEXT("7"));
	fake_reply_add(reply, LDNS_SECTION_ANSWER, ZONE " 9 IN RRSIG SOA 13 2 "
		       "9 20300101000000 20200101000000 1 " ZONE " AA==");
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_true(stage_at(owner, NS2)->behind);
	assert_false(stage_at(owner, NS2)->counts_itself);
	assert_true(stage_at(owner, NS1)->counts_itself);
	assert_true(owner->primary->serial_known);
}

/* One that is signed is what the others have, or will have. */
TEST(a_signed_hidden_primary)
{
	const struct survey_owner *owner;

	server_serves(&stage.scene, HIDDEN);
	server_says(&stage.scene, HIDDEN, ZONE, LDNS_RR_TYPE_SOA,
		    LDNS_SECTION_ANSWER, fake_records(SOA_TEXT("8"), NULL));
	name_primaries(&stage.scene, 1, HIDDEN);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_true(stage_at(owner, NS2)->behind);
	assert_false(stage_at(owner, NS2)->counts_itself);
	assert_false(owner->primary->behind);
}

/* The same at a server of the delegation: clients ask it. */
TEST(an_unsigned_server)
{
	const struct survey_owner *owner;

	unsigned_zone(NS2, TLSA_A, "7", false, false);
	name_primaries(&stage.scene, 1, NS2);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_UNPROVEN);
}

/* It answers its key alone. */
TEST(a_hidden_primary_that_wants_the_key)
{
	const struct survey_owner *owner;

	refuses(HIDDEN);
	unsigned_zone(HIDDEN, TLSA_A, "7", true, true);
	name_primaries(&stage.scene, 1, HIDDEN);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	stage.key = NULL;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.signed_questions, 0);
	assert_int_equal(owner->primary->verdict, SIGHTING_ERROR);
	assert_string_equal(owner->primary->detail, "REFUSED");
}

/* It takes updates with the key, and knows nothing of signed questions; that
 * is found out once. */
TEST(a_hidden_primary_that_refuses_the_key)
{
	const struct survey_owner *owner;

	unsigned_zone(HIDDEN, TLSA_A, "7", false, false);
	name_primaries(&stage.scene, 1, HIDDEN);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.batches, 2);
	assert_int_equal(stage.scene.fake.questions, 5 * QUESTIONS);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_null(owner->primary->key);
	stage.goes_on = true;
	owner = stage_look(&stage, TRANSPORT_TCP);
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(stage.scene.fake.signed_questions, 0);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	/* Where neither helps both are told. */
	refuses(HIDDEN);
	stage.goes_on = false;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_ERROR);
	assert_contains(owner->primary->detail, "REFUSED; asked with the "
			"zone's key: the reply is not signed");
}

/* It drops what it cannot verify, or its refusal is no reply. */
TEST(a_hidden_primary_that_is_silent_to_the_key)
{
	const struct survey_owner *owner;
	struct fake_reply *reply;

	unsigned_zone(HIDDEN, TLSA_A, "7", false, false);
	reply = fake_dns_reply(&stage.scene.fake, HIDDEN, NULL, 0, 0);
	reply->wants_key = true;
	reply->outcome = OUTCOME_SILENT;
	name_primaries(&stage.scene, 1, HIDDEN);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.batches, 2);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_null(owner->primary->key);
}

/* A server of the delegation is asked as the world asks it, unless that shows
 * nothing: then the key may choose the view that the world sees. */
TEST(a_primary_of_the_delegation)
{
	const struct survey_owner *owner;

	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.signed_questions, 0);
	assert_int_equal(stage.scene.fake.questions, 3 * QUESTIONS);
	/* Our view is unsigned, that of the key is the world's. */
	unsigned_zone(NS2, TLSA_B, "3", true, false);
	for (size_t i = 0, n = stage.scene.fake.count; i < n; i++) {
		struct address ns1 = fake_address(NS1);
		struct fake_reply *reply = stage.scene.fake.replies[i];

		reply->knows_key |= address_equal(&reply->server, &ns1);
	}
	name_primaries(&stage.scene, 1, NS2);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_UNPROVEN);
	assert_contains(owner->primary->detail, "unproven: DNSKEY: ");
	assert_contains(owner->primary->detail, "; asked with the zone's key: "
			"it shows no more");
	assert_int_equal(stage.scene.fake.signed_questions, QUESTIONS);
}

/* In the key's view the zone is as the DS says. */
TEST(views_by_key)
{
	const struct survey_owner *owner;
	size_t before;

	unsigned_zone(NS2, TLSA_B, "3", true, false);
	before = stage.scene.fake.count;
	server_serves(&stage.scene, NS2);
	for (size_t i = before; i < stage.scene.fake.count; i++)
		stage.scene.fake.replies[i]->knows_key =
			stage.scene.fake.replies[i]->wants_key = true;
	name_primaries(&stage.scene, 1, NS2);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_int_equal(owner->primary->serial, 7);
	assert_string_equal(owner->primary->key, FAKE_KEY);
	stage.scene.section.signing = SIGNING_NEVER;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.signed_questions, 0);
	assert_int_equal(owner->primary->verdict, SIGHTING_UNPROVEN);
	stage.scene.section.signing = SIGNING_ALWAYS;
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(stage.scene.fake.signed_questions, QUESTIONS);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	/* Then nothing else will do. */
	unsigned_zone(NS2, TLSA_B, "3", false, false);
	owner = stage_look(&stage, TRANSPORT_UDP);
	assert_int_equal(stage.scene.fake.batches, 1);
	assert_int_equal(owner->primary->verdict, SIGHTING_MALFORMED);
	assert_contains(owner->primary->detail, "is not signed");
}

static void expect_primary(const char *server, unsigned last)
{
	const struct survey_owner *owner = stage_look(&stage, TRANSPORT_UDP);
	const struct zone *zone = owner->zone;

	assert_ptr_equal(owner->primary, stage_at(owner, server));
	assert_int_equal(zone->primary.bytes[3], last);
	assert_string_equal(zone->primary_name, server);
}

/* The first that speaks for the zone, else the first that says anything. */
TEST(several)
{
	name_primaries(&stage.scene, 3, HIDDEN, SPARE, NS2);
	server_serves(&stage.scene, SPARE);
	expect_primary(SPARE, 54);
	server_serves(&stage.scene, HIDDEN);
	expect_primary(HIDDEN, 53);
	refuses(HIDDEN);
	expect_primary(SPARE, 54);
	refuses(SPARE);
	expect_primary(NS2, 2);
	fake_dns_reply(&stage.scene.fake, NS2, NULL, 0, 0)->outcome =
		OUTCOME_SILENT;
	expect_primary(HIDDEN, 53);
	fake_dns_reply(&stage.scene.fake, HIDDEN, NULL, 0, 0)->outcome =
		OUTCOME_UNREACHABLE;
	expect_primary(SPARE, 54);
	fake_dns_reply(&stage.scene.fake, SPARE, NULL, 0, 0)->outcome =
		OUTCOME_SILENT;
	expect_primary(HIDDEN, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(test_##name, open_stage, \
						   close_stage)
		CASE(an_unsigned_hidden_primary),
		CASE(a_forged_signer),
		CASE(a_signed_hidden_primary),
		CASE(an_unsigned_server),
		CASE(a_hidden_primary_that_wants_the_key),
		CASE(a_hidden_primary_that_refuses_the_key),
		CASE(a_hidden_primary_that_is_silent_to_the_key),
		CASE(a_primary_of_the_delegation),
		CASE(views_by_key),
		CASE(several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
