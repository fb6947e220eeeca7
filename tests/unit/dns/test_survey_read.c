/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/survey.h"
#include "support/zone.h"
#include "unit.h"

#include <stdio.h>

/* Every way in which one server (NS2) can answer about one owner. */
static struct fake_reply *says(struct zone_scene *scene, unsigned flags)
{
	return fake_dns_reply(&scene->fake, NS2, OWNER, LDNS_RR_TYPE_TLSA,
			      flags);
}

static void says_set(struct zone_scene *scene, ldns_rr_list *rrset)
{
	server_says(scene, NS2, OWNER, LDNS_RR_TYPE_TLSA, LDNS_SECTION_ANSWER,
		    rrset);
}

static void two_records(struct zone_scene *scene)
{
	says_set(scene, fake_records(TLSA_B, TLSA_A, NULL));
}

static void duplicates(struct zone_scene *scene)
{
	two_records(scene);
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_ANSWER, TLSA_A);
}

static void other_case(struct zone_scene *scene)
{
	says_set(scene, fake_records(
		"_25._TCP.MX.example.COM. 3600 IN TLSA 3 1 1 aa", NULL));
}

/* A secondary that serves a lower TTL than what was signed. */
static void lower_ttl(struct zone_scene *scene)
{
	struct fake_reply *reply;

	says_set(scene, fake_records(TLSA_A, NULL));
	reply = scene->fake.replies[scene->fake.count - 1];
	ldns_rr_set_ttl(ldns_rr_list_rr(reply->sections[LDNS_SECTION_ANSWER],
					0), 60);
}

static void huge_ttl(struct zone_scene *scene)
{
	says_set(scene, fake_records(
		OWNER " 4294967295 IN TLSA 3 1 1 aa", NULL));
}

static void unsigned_set(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_ANSWER, TLSA_A);
}

static void expired(struct zone_scene *scene)
{
	int64_t now = scene->fake.now.wall_ms / 1000;

	fake_signer_period(&scene->signer, now - 20, now - 10);
	says_set(scene, fake_records(TLSA_A, NULL));
}

static void too_many(struct zone_scene *scene)
{
	ldns_rr_list *set = ldns_rr_list_new();

	for (unsigned i = 0; i <= TLSA_PER_SET_MAX; i++) {
		char text[64];
		ldns_rr *rr = NULL;

		snprintf(text, sizeof(text), OWNER " 9 IN TLSA 3 1 1 %04x", i);
		ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL);
		ldns_rr_list_push_rr(set, rr);
	}
	says_set(scene, set);
}

static void set_with_nxdomain(struct zone_scene *scene)
{
	unsigned_set(scene);
	scene->fake.replies[scene->fake.count - 1]->rcode =
		LDNS_RCODE_NXDOMAIN;
}

static void denied(struct zone_scene *scene)
{
	server_denies(scene, NS2);
}

static void no_data(struct zone_scene *scene)
{
	server_denies(scene, NS2)->rcode = LDNS_RCODE_NOERROR;
}

/* An unsigned NSEC beside the signed one; that stays in caches for longer than
 * the SOA says: RFC 8198. */
static void denied_with_forged_nsec(struct zone_scene *scene)
{
	fake_reply_add(server_denies(scene, NS2), LDNS_SECTION_AUTHORITY,
		       "x.example.com. 2147483647 IN NSEC y.example.com. A");
}

/* A second signature of the NSEC, which only says that it is one. */
static void denied_with_forged_signature(struct zone_scene *scene)
{
	fake_reply_add(server_denies(scene, NS2), LDNS_SECTION_AUTHORITY,
		       "mx.example.com. 900 IN RRSIG NSEC 13 3 2147483647 "
		       "20380101000000 20200101000000 1 example.com. AAAA");
}

static void set_with_forged_signature(struct zone_scene *scene)
{
	says_set(scene, fake_records(TLSA_A, NULL));
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_ANSWER,
		       OWNER " 3600 IN RRSIG TLSA 13 5 2147483647 "
		       "20380101000000 20200101000000 1 example.com. AAAA");
}

static void denied_too_often(struct zone_scene *scene)
{
	struct fake_reply *reply = server_denies(scene, NS2);

	for (unsigned i = 0; i < DENIALS_MAX; i++)
		fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
			       "x.example.com. 1 IN NSEC y.example.com. A");
}

static void denied_unsigned(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_AUTHORITY,
		       SOA_TEXT("7"));
}

static void denied_without_soa(struct zone_scene *scene)
{
	says(scene, FAKE_AA);
}

static void denied_by_child(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_AUTHORITY,
		       "mx.example.com. 9 IN SOA a. b. 1 2 3 4 5");
}

static void alias(struct zone_scene *scene)
{
	says_set(scene, fake_records(
		OWNER " 1800 IN CNAME Tlsa.example.net.", NULL));
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_ANSWER,
		       "tlsa.example.net. 9 IN TLSA 3 1 1 aa");
}

static void two_aliases(struct zone_scene *scene)
{
	struct fake_reply *reply = says(scene, FAKE_AA);

	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       OWNER " 1800 IN CNAME tlsa.example.net.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       OWNER " 1800 IN CNAME other.example.net.");
}

static void alias_unsigned(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_ANSWER,
		       OWNER " 1800 IN CNAME tlsa.example.net.");
}

static void dname(struct zone_scene *scene)
{
	says_set(scene, fake_records(
		"mx.example.com. 1800 IN DNAME mx.example.net.", NULL));
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_ANSWER,
		       OWNER " 0 IN CNAME _25._tcp.mx.example.net.");
}

static void other_owner(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_ANSWER,
		       "_25._tcp.example.com. 9 IN TLSA 3 1 1 aa");
}

static void referral(struct zone_scene *scene)
{
	fake_reply_add(says(scene, 0), LDNS_SECTION_AUTHORITY,
		       "_tcp.mx.example.com. 9 IN NS ns.test.");
}

static void referral_with_authority(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_AA), LDNS_SECTION_AUTHORITY,
		       "_tcp.mx.example.com. 9 IN NS ns.test.");
}

static void resolver(struct zone_scene *scene)
{
	fake_reply_add(says(scene, FAKE_RA), LDNS_SECTION_ANSWER, TLSA_A);
}

static void lame(struct zone_scene *scene)
{
	fake_reply_add(says(scene, 0), LDNS_SECTION_ANSWER, TLSA_A);
}

/* Whose authority section names the zone's servers, as a good answer's does */
static void lame_with_servers(struct zone_scene *scene)
{
	lame(scene);
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_AUTHORITY, ZONE " 9 IN NS ns1." ZONE);
}

static void refused(struct zone_scene *scene)
{
	says(scene, 0)->rcode = LDNS_RCODE_REFUSED;
}

static void truncated(struct zone_scene *scene)
{
	says(scene, FAKE_AA | FAKE_TC);
}

static void cut(struct zone_scene *scene)
{
	says(scene, FAKE_AA)->cut = true;
}

static void closed(struct zone_scene *scene)
{
	says(scene, 0)->outcome = OUTCOME_CLOSED;
}

static void no_dnskeys(struct zone_scene *scene)
{
	fake_dns_reply(&scene->fake, NS2, ZONE, LDNS_RR_TYPE_DNSKEY, FAKE_AA);
}

static void dnskey_silent(struct zone_scene *scene)
{
	fake_dns_reply(&scene->fake, NS2, ZONE, LDNS_RR_TYPE_DNSKEY, 0)
		->outcome = OUTCOME_SILENT;
}

#define SET SIGHTING_SET
#define ABSENT SIGHTING_ABSENT
#define ALIAS SIGHTING_ALIAS
#define ERROR SIGHTING_ERROR
#define LAME SIGHTING_LAME
#define MALFORMED SIGHTING_MALFORMED
#define UNPROVEN SIGHTING_UNPROVEN

static const struct {
	void (*spoil)(struct zone_scene *);
	enum sighting_verdict verdict;		/* dnssec = require */
	enum sighting_verdict unsigned_verdict;	/* dnssec = off */
	size_t records;
	uint32_t ttl_seconds;			/* 0 where unproven */
	const char *detail;
} cases[] = {
	{ two_records, SET, SET, 2, 3600, "serves {3 1 1 0a1b2c3d.., "
	  "3 1 1 99887766}, serial 7, TTL 3600" },
	{ duplicates, SET, SET, 2, 3600, "serves {" },
	{ other_case, SET, SET, 1, 3600, "serves {3 1 1 aa}" },
	{ lower_ttl, SET, SET, 1, 3600, "serves {" },
	{ huge_ttl, SET, SET, 1, TTL_MAX, "TTL 2147483647" },
	{ set_with_forged_signature, SET, SET, 1, 3600, "serves {" },
	{ unsigned_set, UNPROVEN, SET, 1, 3600,
	  "serves {3 1 1 0a1b2c3d..}, unproven: no signature" },
	{ expired, UNPROVEN, SET, 1, 3600, "the signature has expired" },
	{ no_dnskeys, UNPROVEN, SET, 1, 3600, "unproven: DNSKEY: "
	  "no DNSKEY records" },
	{ dnskey_silent, UNPROVEN, SET, 1, 3600,
	  "unproven: DNSKEY: no answer within 5 s" },
	{ too_many, MALFORMED, MALFORMED, 0, 0, "more than 64 TLSA" },
	{ set_with_nxdomain, MALFORMED, MALFORMED, 0, 0, "NXDOMAIN" },
	{ denied, ABSENT, ABSENT, 0, 900, "serves nothing, serial 7, TTL 900" },
	{ no_data, ABSENT, ABSENT, 0, 900, "serves nothing" },
	{ denied_with_forged_nsec, ABSENT, ABSENT, 0, 900, "TTL 900" },
	{ denied_with_forged_signature, ABSENT, ABSENT, 0, 900, "TTL 900" },
	{ denied_too_often, MALFORMED, MALFORMED, 0, 0, "more than 8 NSEC" },
	{ denied_unsigned, UNPROVEN, ABSENT, 0, 300,
	  "serves nothing, unproven: no signature" },
	{ denied_without_soa, MALFORMED, MALFORMED, 0, 0, "no SOA" },
	{ denied_by_child, LAME, LAME, 0, 0,
	  "answers for the zone mx.example.com., not for example.com." },
	{ alias, ALIAS, ALIAS, 0, 1800, "alias of tlsa.example.net., serial" },
	{ two_aliases, MALFORMED, MALFORMED, 0, 0, "several names" },
	{ alias_unsigned, UNPROVEN, ALIAS, 0, 1800, "alias of" },
	{ dname, ALIAS, ALIAS, 0, 1800, "alias of _25._tcp.mx.example.net. by "
	  "the DNAME at mx.example.com., serial" },
	{ other_owner, MALFORMED, MALFORMED, 0, 0, "something else" },
	{ referral, LAME, LAME, 0, 0,
	  "refers to the servers of _tcp.mx.example.com." },
	{ referral_with_authority, LAME, LAME, 0, 0, "refers to the servers" },
	{ resolver, LAME, LAME, 0, 0, "answers as a resolver" },
	{ lame, LAME, LAME, 0, 0, "not authoritative for example.com." },
	{ lame_with_servers, LAME, LAME, 0, 0,
	  "not authoritative for example.com." },
	{ refused, ERROR, ERROR, 0, 0, "REFUSED" },
	{ truncated, MALFORMED, MALFORMED, 0, 0, "no complete reply" },
	{ cut, MALFORMED, MALFORMED, 0, 0, "cut short" },
	{ closed, SIGHTING_NO_ANSWER, SIGHTING_NO_ANSWER, 0, 0,
	  "connection refused" },
};

/* Where DNSSEC is off, longer TTLs than those counted are believed. */
static bool says_too_much(size_t i)
{
	return cases[i].spoil == huge_ttl ||
	       cases[i].spoil == set_with_forged_signature ||
	       cases[i].spoil == denied_with_forged_signature ||
	       cases[i].spoil == denied_with_forged_nsec;
}

/* The sighting of NS2, which sorts between NS1 and the IPv6 address. */
static void check(size_t i, const struct sighting *sighting,
		  bool dnssec_required)
{
	enum sighting_verdict want = dnssec_required
		? cases[i].verdict : cases[i].unsigned_verdict;
	bool shows_set = want == SET;
	uint32_t ttl_seconds = cases[i].ttl_seconds;

	if (sighting->verdict != want)
		fail_msg("case %zu: %s", i, sighting->detail);
	assert_int_equal(sighting->set.count,
			 shows_set ? cases[i].records : 0);
	if (want == UNPROVEN)
		ttl_seconds = 0;
	else if (says_too_much(i) && !dnssec_required)
		ttl_seconds = TTL_UNPROVEN_MAX;
	assert_int_equal(sighting->ttl_seconds, ttl_seconds);
	if (dnssec_required)
		assert_contains(sighting->detail, cases[i].detail);
	assert_int_equal(want == ALIAS, sighting->alias != NULL);
	if (want == UNPROVEN)
		assert_int_equal(sighting->signature_expires_seconds, 0);
}

TEST(answers)
{
	const char *owner = OWNER;

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct zone_scene scene;
		struct survey survey = { .count = 0 };

		zone_scene_init(&scene);
		scene.config.dnssec_required = i % 2;
		server_serves(&scene, NS2);
		cases[i / 2].spoil(&scene);
		zone_scene_discover(&scene, OWNER);
		survey_ask(&scene.fake.world, &scene.config, &scene.zones,
			   &owner, 1, TRANSPORT_UDP, &survey);
		assert_int_equal(survey.owners[0].count, 3);
		check(i / 2, &survey.owners[0].sightings[1], i % 2);
		survey_clear(&survey);
		zone_scene_clear(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
