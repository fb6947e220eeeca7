/* SPDX-License-Identifier: MIT */
#include "dns/survey.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/zone.h"
#include "unit.h"

/* What NS2 says of nothing, or by a wildcard, and what it shows for it. */
static struct fake_reply *says(struct zone_scene *scene, unsigned flags)
{
	return fake_dns_reply(&scene->fake, NS2, OWNER, LDNS_RR_TYPE_TLSA,
			      flags);
}

/* DATA at OWNER, as the wildcard below ABOVE gives it; what it takes to be
 * proven is missing. */
static void says_by_wildcard(struct zone_scene *scene, const char *above,
			     const char *data)
{
	char *at = xasprintf("*.%s %s", above, data);
	char *given = xasprintf("%s %s", OWNER, data);
	ldns_rr_list *set = fake_records(at, NULL);
	ldns_rr_list *signatures = fake_signer_sign(&scene->signer, set);
	struct fake_reply *reply = says(scene, FAKE_AA);
	ldns_rr *signature = ldns_rr_list_rr(signatures, 0);

	fake_reply_add(reply, LDNS_SECTION_ANSWER, given);
	ldns_rdf_deep_free(ldns_rr_owner(signature));
	ldns_rr_set_owner(signature, ldns_dname_new_frm_str(OWNER));
	fake_reply_add_list(reply, LDNS_SECTION_ANSWER, signatures);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(set);
	free(given);
	free(at);
}

/* That nothing is closer to OWNER than the wildcard. */
static void add_proof(struct zone_scene *scene)
{
	reply_add_signed(scene, scene->fake.replies[scene->fake.count - 1],
			 LDNS_SECTION_AUTHORITY,
			 "mx.example.com. 900 IN NSEC www.example.com. A");
}

static void wildcard_alone(struct zone_scene *scene)
{
	says_by_wildcard(scene, "mx.example.com.", "3600 IN TLSA 3 1 1 aa");
}

static void wildcard(struct zone_scene *scene)
{
	wildcard_alone(scene);
	add_proof(scene);
}

/* What denies the owner may be kept for longer than what is given. */
static void short_wildcard(struct zone_scene *scene)
{
	says_by_wildcard(scene, "mx.example.com.", "60 IN TLSA 3 1 1 aa");
	add_proof(scene);
}

/* COUNT records that have nothing to do with it. */
static void add_others(struct zone_scene *scene, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char *text = xasprintf("a%u.example.com. 60 IN NSEC "
				       "b%u.example.com. A", i, i);

		fake_reply_add(scene->fake.replies[scene->fake.count - 1],
			       LDNS_SECTION_AUTHORITY, text);
		free(text);
	}
}

static void wildcard_with_most(struct zone_scene *scene)
{
	wildcard(scene);
	add_others(scene, DENIALS_MAX - 1);
}

/* More than are looked at: even a good one proves nothing then. */
static void wildcard_with_many(struct zone_scene *scene)
{
	wildcard(scene);
	add_others(scene, DENIALS_MAX);
}

/* As if _tcp.mx.example.com. did not exist: nobody signed that. */
static void wildcard_with_forged_nsec(struct zone_scene *scene)
{
	wildcard_alone(scene);
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_AUTHORITY,
		       "mx.example.com. 900 IN NSEC www.example.com. A");
}

/* mx.example.com. exists, so what is above gives nothing; a second signature
 * says that it is of the wildcard below, of which that would be proven. */
static void wildcard_of_two_minds(struct zone_scene *scene)
{
	says_by_wildcard(scene, ZONE, "3600 IN TLSA 3 1 1 aa");
	fake_reply_add(scene->fake.replies[scene->fake.count - 1],
		       LDNS_SECTION_ANSWER, OWNER " 3600 IN RRSIG TLSA 13 3 "
		       "3600 20380101000000 20200101000000 1 "
		       "example.com. AAAA");
	add_proof(scene);
}

static void alias_by_wildcard_alone(struct zone_scene *scene)
{
	says_by_wildcard(scene, "mx.example.com.",
			 "1800 IN CNAME tlsa.example.net.");
}

static void alias_by_wildcard(struct zone_scene *scene)
{
	alias_by_wildcard_alone(scene);
	add_proof(scene);
}

/* The signed SOA, which anybody can have, and whatever else. */
static struct fake_reply *denied_by_soa(struct zone_scene *scene)
{
	return server_says(scene, NS2, OWNER, LDNS_RR_TYPE_TLSA,
			   LDNS_SECTION_AUTHORITY,
			   fake_records(SOA_TEXT("7"), NULL));
}

static void denied_by_soa_alone(struct zone_scene *scene)
{
	denied_by_soa(scene);
}

/* Of what exists, and of what else does not. */
static void denied_by_others(struct zone_scene *scene)
{
	struct fake_reply *reply = denied_by_soa(scene);

	reply_add_signed(scene, reply, LDNS_SECTION_AUTHORITY,
			 OWNER " 900 IN NSEC example.com. TLSA");
	reply_add_signed(scene, reply, LDNS_SECTION_AUTHORITY,
			 "a.example.com. 900 IN NSEC b.example.com. A");
}

static void denied_with_short_minimum(struct zone_scene *scene)
{
	reply_add_signed(scene, denied_by_soa(scene), LDNS_SECTION_AUTHORITY,
			 "mx.example.com. 60 IN NSEC example.com. A");
}

/* Two in one RRset. */
static void denied_twice(struct zone_scene *scene)
{
	struct fake_reply *reply = denied_by_soa(scene);
	ldns_rr_list *two = fake_records(
		"mx.example.com. 60 IN NSEC example.com. A",
		"mx.example.com. 60 IN NSEC www.example.com. A", NULL);
	ldns_rr_list *signatures = fake_signer_sign(&scene->signer, two);

	fake_reply_add_list(reply, LDNS_SECTION_AUTHORITY, two);
	fake_reply_add_list(reply, LDNS_SECTION_AUTHORITY, signatures);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(two);
}

#define COSTLY_NSEC3 \
	"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.com. 60 IN NSEC3 1 0 151 - " \
	"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A"

static void denied_by_costly_nsec3(struct zone_scene *scene)
{
	reply_add_signed(scene, denied_by_soa(scene), LDNS_SECTION_AUTHORITY,
			 COSTLY_NSEC3);
}

static void wildcard_by_costly_nsec3(struct zone_scene *scene)
{
	wildcard_alone(scene);
	reply_add_signed(scene, scene->fake.replies[scene->fake.count - 1],
			 LDNS_SECTION_AUTHORITY, COSTLY_NSEC3);
}

#define ABSENT SIGHTING_ABSENT
#define ALIAS SIGHTING_ALIAS
#define WILDCARD SIGHTING_WILDCARD
#define UNPROVEN SIGHTING_UNPROVEN

static const struct {
	void (*say)(struct zone_scene *);
	enum sighting_verdict verdict;		/* dnssec = require */
	enum sighting_verdict unsigned_verdict;	/* dnssec = off */
	size_t records;
	uint32_t ttl_seconds;			/* 0 where unproven */
	const char *detail;
} cases[] = {
	{ wildcard, WILDCARD, WILDCARD, 1, 3600,
	  "serves {3 1 1 aa} by the wildcard *.mx.example.com., serial 7" },
	{ short_wildcard, WILDCARD, WILDCARD, 1, 900, "TTL 900" },
	{ wildcard_alone, UNPROVEN, WILDCARD, 1, 3600,
	  "unproven: no NSEC or NSEC3 record proves it" },
	{ wildcard_with_most, WILDCARD, WILDCARD, 1, 3600, "by the wildcard" },
	{ wildcard_with_many, UNPROVEN, WILDCARD, 1, 3600, "no NSEC" },
	{ wildcard_with_forged_nsec, UNPROVEN, WILDCARD, 1, 3600, "no NSEC" },
	{ wildcard_of_two_minds, UNPROVEN, WILDCARD, 1, 3600, "no NSEC" },
	{ denied_by_soa_alone, UNPROVEN, ABSENT, 0, 300, "serves nothing, "
	  "unproven: no NSEC or NSEC3 record proves it" },
	{ denied_by_others, UNPROVEN, ABSENT, 0, 900, "no NSEC" },
	{ denied_twice, UNPROVEN, ABSENT, 0, 300, "no NSEC" },
	{ denied_with_short_minimum, ABSENT, ABSENT, 0, 300, "TTL 300" },
	{ denied_by_costly_nsec3, UNPROVEN, ABSENT, 0, 300, "serves nothing, "
	  "unproven: its NSEC3 records have more iterations than" },
	{ wildcard_by_costly_nsec3, UNPROVEN, WILDCARD, 1, 3600,
	  "more iterations than resolvers accept" },
	{ alias_by_wildcard, ALIAS, ALIAS, 0, 1800, "alias of" },
	{ alias_by_wildcard_alone, UNPROVEN, ALIAS, 0, 1800, "no NSEC" },
};

static void check(size_t i, const struct sighting *sighting,
		  bool dnssec_required)
{
	enum sighting_verdict want = dnssec_required
		? cases[i].verdict : cases[i].unsigned_verdict;

	if (sighting->verdict != want)
		fail_msg("case %zu: %s", i, sighting->detail);
	assert_int_equal(sighting->set.count,
			 want == WILDCARD ? cases[i].records : 0);
	assert_int_equal(sighting->ttl_seconds,
			 want == UNPROVEN ? 0 : cases[i].ttl_seconds);
	assert_int_equal(want == ALIAS, sighting->alias != NULL);
	if (dnssec_required)
		assert_contains(sighting->detail, cases[i].detail);
	if (want == UNPROVEN)
		assert_int_equal(sighting->signature_expires_seconds, 0);
}

TEST(proofs)
{
	const char *owner = OWNER;

	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		struct zone_scene scene;
		struct survey survey = { .count = 0 };

		zone_scene_init(&scene);
		scene.config.dnssec_required = i % 2;
		server_serves(&scene, NS2);
		cases[i / 2].say(&scene);
		zone_scene_discover(&scene, OWNER);
		survey_ask(&scene.fake.world, &scene.config, &scene.zones,
			   &owner, 1, TRANSPORT_UDP, &survey);
		check(i / 2, &survey.owners[0].sightings[1], i % 2);
		survey_clear(&survey);
		zone_scene_clear(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proofs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
