/* SPDX-License-Identifier: MIT */
#include "dns/zone.h"

#include "base/xalloc.h"
#include "support/zone.h"
#include "unit.h"

static struct zone_scene scene;

static int open_scene(void **state)
{
	(void)state;
	zone_scene_init(&scene);
	return 0;
}

static int close_scene(void **state)
{
	(void)state;
	zone_scene_clear(&scene);
	return 0;
}

/* Where nothing is to be proven it is no trouble; nobody is sent there. */
static void insecure(const char *part)
{
	const struct zone *zone = zone_scene_discover(&scene, OWNER);

	assert_non_null(zone);
	assert_int_equal(zone->error, ZONE_INSECURE);
	assert_contains(zone->detail, part);
	assert_null(strstr(zone->detail, "dnssec"));
	scene.config.dnssec_required = false;
	assert_int_equal(zone_scene_discover(&scene, OWNER)->error, ZONE_OK);
	scene.config.dnssec_required = true;
}

static void gives_ds(unsigned flags)
{
	fake_reply_add_list(fake_dns_reply(&scene.fake, RESOLVER, ZONE,
					   LDNS_RR_TYPE_DS, flags),
			    LDNS_SECTION_ANSWER, scene.signer.ds);
}

/* As the fake resolver is, com. has no DS of its own until a test gives it. */
static void parent_is_signed(void)
{
	struct fake_reply *reply = resolver_says(&scene, "com.",
						 LDNS_RR_TYPE_DS, NULL);

	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "com. 9 IN DS 1 13 2 e2d3c916f6deeac73294e8268fb5885044"
		       "a833fc5459588f4a9184cfc41a5766");
}

TEST(no_ds)
{
	parent_is_signed();
	resolver_says(&scene, ZONE, LDNS_RR_TYPE_DS, NULL);
	insecure("zone example.com.: no DS at its parent, so no client looks "
		 "at its TLSA records: sign the zone and have the DS "
		 "published");
}

TEST(digests_that_nobody_knows)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(scene.signer.ds); i++)
		ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(scene.signer.ds, i),
					  2))[0] = LDNS_HASH_GOST;
	gives_ds(FAKE_RA | FAKE_AD);
	insecure("none of its DS records has a digest that clients know; "
		 "publish one of type 2 (SHA-256)");
}

TEST(algorithms_that_nobody_knows)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(scene.signer.ds); i++)
		ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(scene.signer.ds, i),
					  1))[0] = 99;
	gives_ds(FAKE_RA | FAKE_AD);
	insecure("its DS records are all about keys of an algorithm that is "
		 "not known here");
}

/* An island: the DS is there, and worth nothing. */
TEST(an_unsigned_zone_above)
{
	gives_ds(FAKE_RA);
	insecure("zone example.com.: zone com. above it has no DS, so nobody "
		 "can validate what is below");
	resolver_says(&scene, ZONE, LDNS_RR_TYPE_DS, NULL);
	insecure("zone com. above it has no DS");
}

/* It cannot be blamed for what no server says of its own zones. */
TEST(the_resolver_serves_the_parent)
{
	parent_is_signed();
	gives_ds(FAKE_RA | FAKE_AA);
	insecure("the resolver 127.0.0.1 serves the DS itself and so does not "
		 "validate it (AA, no AD)");
}

TEST(validation_is_off)
{
	parent_is_signed();
	for (size_t i = 0; i < scene.fake.count; i++)
		scene.fake.replies[i]->flags &= ~(unsigned)FAKE_AD;
	gives_ds(FAKE_RA);
	insecure("the resolver 127.0.0.1 does not validate (no AD in any "
		 "reply): switch validation on there");
}

/* As unbound with its module for DNS64 does. */
TEST(one_reply_without_ad)
{
	parent_is_signed();
	gives_ds(FAKE_RA);
	insecure("the resolver 127.0.0.1 validates the zone (AD), but says so "
		 "of its SOA and not of its DS, as with DNS64");
}

TEST(a_negative_trust_anchor)
{
	parent_is_signed();
	gives_ds(FAKE_RA);
	fake_reply_add(fake_dns_reply(&scene.fake, RESOLVER, ZONE,
				      LDNS_RR_TYPE_SOA, FAKE_RA),
		       LDNS_SECTION_ANSWER,
		       ZONE " 9 IN SOA ns1.example.com. x. 7 2 3 4 300");
	insecure("the resolver 127.0.0.1 validates, but not this zone (no "
		 "AD): a negative trust anchor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(no_ds),
		CASE(digests_that_nobody_knows),
		CASE(algorithms_that_nobody_knows),
		CASE(an_unsigned_zone_above),
		CASE(the_resolver_serves_the_parent),
		CASE(validation_is_off),
		CASE(one_reply_without_ad),
		CASE(a_negative_trust_anchor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
