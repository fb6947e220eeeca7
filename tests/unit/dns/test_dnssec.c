/* SPDX-License-Identifier: MIT */
#include "dns/dnssec.h"

#include "support/dns.h"
#include "unit.h"

#define ZONE "example.com."
#define OWNER "_25._tcp.mx.example.com."
#define TLSA OWNER " 3600 IN TLSA 3 1 1 aabbcc"
#define OTHER OWNER " 3600 IN TLSA 3 1 1 ddeeff"
#define NOW INT64_C(1795000000)
#define DAY INT64_C(86400)

/* One signed RRset, ready to be spoilt. */
struct scene {
	struct fake_signer signer;
	ldns_rr_list *rrset;
	ldns_rr_list *signatures;
	const ldns_rr_list *trusted;
	int64_t now;
};

static void scene_sign(struct scene *scene)
{
	ldns_rr_list_deep_free(scene->signatures);
	scene->signatures = fake_signer_sign(&scene->signer, scene->rrset);
}

static void scene_init(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fake_signer_init(&scene->signer, ZONE, NOW);
	scene->rrset = fake_records(TLSA, OTHER, NULL);
	scene->trusted = scene->signer.dnskeys;
	scene->now = NOW;
	scene_sign(scene);
}

static void scene_clear(struct scene *scene)
{
	fake_signer_clear(&scene->signer);
	ldns_rr_list_deep_free(scene->rrset);
	ldns_rr_list_deep_free(scene->signatures);
}

static ldns_rr *signature(const struct scene *scene)
{
	return ldns_rr_list_rr(scene->signatures, 0);
}

static void set_owner(ldns_rr *rr, const char *owner)
{
	ldns_rdf_deep_free(ldns_rr_owner(rr));
	ldns_rr_set_owner(rr, ldns_dname_new_frm_str(owner));
}

static void set_number(ldns_rr *rr, size_t field, unsigned value)
{
	uint8_t *data = ldns_rdf_data(ldns_rr_rdf(rr, field));
	size_t size = ldns_rdf_size(ldns_rr_rdf(rr, field));

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

/* ---- Ways to spoil it -------------------------------------------------- */

static void leave(struct scene *scene)
{
	(void)scene;
}

static void upper_case(struct scene *scene)
{
	for (size_t i = 0; i < 2; i++)
		set_owner(ldns_rr_list_rr(scene->rrset, i),
			  "_25._TCP.MX.Example.com.");
}

static void duplicate(struct scene *scene)
{
	ldns_rr_list_push_rr(scene->rrset, ldns_rr_clone(
		ldns_rr_list_rr(scene->rrset, 0)));
}

static void lower_ttl(struct scene *scene)
{
	for (size_t i = 0; i < 2; i++)
		ldns_rr_set_ttl(ldns_rr_list_rr(scene->rrset, i), 10);
}

static void raise_ttl(struct scene *scene)
{
	ldns_rr_set_ttl(ldns_rr_list_rr(scene->rrset, 1), 3601);
}

static void no_signature(struct scene *scene)
{
	ldns_rr_list_deep_free(scene->signatures);
	scene->signatures = ldns_rr_list_new();
}

static void signature_of_other_owner(struct scene *scene)
{
	set_owner(signature(scene), "_26._tcp.mx.example.com.");
}

static void signature_of_other_type(struct scene *scene)
{
	set_number(signature(scene), 0, LDNS_RR_TYPE_A);
}

static void add_record(struct scene *scene)
{
	ldns_rr *rr = NULL;

	ldns_rr_new_frm_str(&rr, OWNER " 3600 IN TLSA 3 1 1 00", 0, NULL,
			    NULL);
	ldns_rr_list_push_rr(scene->rrset, rr);
}

static void drop_record(struct scene *scene)
{
	ldns_rr_free(ldns_rr_list_pop_rr(scene->rrset));
}

static void mix_owners(struct scene *scene)
{
	set_owner(ldns_rr_list_rr(scene->rrset, 1), "example.com.");
}

static void too_many_labels(struct scene *scene)
{
	set_number(signature(scene), 2, 6);
}

static void fewer_labels_forged(struct scene *scene)
{
	set_number(signature(scene), 2, 3);
}

static void wildcard(struct scene *scene)
{
	for (size_t i = 0; i < 2; i++)
		set_owner(ldns_rr_list_rr(scene->rrset, i),
			  "*.mx.example.com.");
	scene_sign(scene);
	for (size_t i = 0; i < 2; i++)
		set_owner(ldns_rr_list_rr(scene->rrset, i), OWNER);
	set_owner(signature(scene), OWNER);
}

static void past_the_end(struct scene *scene)
{
	scene->now = NOW + 10 * DAY + 1;
}

static void at_the_end(struct scene *scene)
{
	scene->now = NOW + 10 * DAY;
}

static void before_the_start(struct scene *scene)
{
	scene->now = NOW - DAY - 1;
}

/* RFC 4034 section 3.1.5: times wrap around in 2106. */
static void across_the_wrap(struct scene *scene)
{
	scene->now = (INT64_C(1) << 32) - 100;
	fake_signer_period(&scene->signer, scene->now - DAY,
			   scene->now + 10 * DAY);
	scene_sign(scene);
}

static void wrong_signer(struct scene *scene)
{
	ldns_rr *rr = signature(scene);

	ldns_rdf_deep_free(ldns_rr_set_rdf(
		rr, ldns_dname_new_frm_str("evil.example."), 7));
}

/* A zone of somebody else's signs data of ours with its own good key. */
static void foreign_zone(struct scene *scene)
{
	for (size_t i = 0; i < 2; i++)
		set_owner(ldns_rr_list_rr(scene->rrset, i), "a.test.");
	scene_sign(scene);
}

static void revoked_key(struct scene *scene)
{
	ldns_rr *key = ldns_rr_list_rr(scene->signer.dnskeys, 1);

	set_number(key, 0, LDNS_KEY_ZONE_KEY | LDNS_KEY_REVOKE_KEY);
	set_number(signature(scene), 6, ldns_calc_keytag(key));
}

static void no_zone_key(struct scene *scene)
{
	ldns_rr *key = ldns_rr_list_rr(scene->signer.dnskeys, 1);

	set_number(key, 0, 0);
	set_number(signature(scene), 6, ldns_calc_keytag(key));
}

static void key_of_other_owner(struct scene *scene)
{
	set_owner(ldns_rr_list_rr(scene->signer.dnskeys, 1), "a.test.");
}

static void no_such_key(struct scene *scene)
{
	ldns_rr_free(ldns_rr_list_pop_rr(scene->signer.dnskeys));
}

/* Of two signatures one good one is enough, wherever it stands. */
static void good_and_forged(struct scene *scene)
{
	ldns_rr *forged = ldns_rr_clone(signature(scene));

	set_number(forged, 6, 1);
	ldns_rr_list_push_rr(scene->signatures, ldns_rr_clone(
		signature(scene)));
	ldns_rr_free(ldns_rr_list_set_rr(scene->signatures, forged, 0));
}

/* So many that all the good ones are never reached. */
static void key_trap(struct scene *scene)
{
	ldns_rr *good = ldns_rr_list_pop_rr(scene->signatures);

	for (unsigned i = 0; i < 100; i++) {
		ldns_rr *forged = ldns_rr_clone(good);

		ldns_rdf_data(ldns_rr_rdf(forged, 8))[i % 64] ^= 1;
		ldns_rr_list_push_rr(scene->signatures, forged);
	}
	ldns_rr_list_push_rr(scene->signatures, good);
}

static const struct {
	const char *what;
	void (*spoil)(struct scene *);
	enum dnssec_verdict verdict;
} cases[] = {
	{ "untouched", leave, DNSSEC_OK },
	{ "letter case", upper_case, DNSSEC_OK },
	{ "the same record twice", duplicate, DNSSEC_OK },
	{ "a lower TTL", lower_ttl, DNSSEC_OK },
	{ "two signatures", good_and_forged, DNSSEC_OK },
	{ "the last second", at_the_end, DNSSEC_OK },
	{ "across the wrap of time", across_the_wrap, DNSSEC_OK },
	{ "a higher TTL", raise_ttl, DNSSEC_BOGUS },
	{ "no signature", no_signature, DNSSEC_NO_SIGNATURE },
	{ "of another owner", signature_of_other_owner, DNSSEC_NO_SIGNATURE },
	{ "of another type", signature_of_other_type, DNSSEC_NO_SIGNATURE },
	{ "a record more", add_record, DNSSEC_BOGUS },
	{ "a record less", drop_record, DNSSEC_BOGUS },
	{ "no RRset", mix_owners, DNSSEC_BOGUS },
	{ "more labels", too_many_labels, DNSSEC_BOGUS },
	{ "fewer labels, forged", fewer_labels_forged, DNSSEC_BOGUS },
	{ "a wildcard", wildcard, DNSSEC_WILDCARD },
	{ "expired", past_the_end, DNSSEC_EXPIRED },
	{ "not yet valid", before_the_start, DNSSEC_NOT_YET_VALID },
	{ "another signer", wrong_signer, DNSSEC_WRONG_SIGNER },
	{ "outside the zone", foreign_zone, DNSSEC_WRONG_SIGNER },
	{ "a revoked key", revoked_key, DNSSEC_BOGUS },
	{ "no zone key", no_zone_key, DNSSEC_BOGUS },
	{ "key of another owner", key_of_other_owner, DNSSEC_BOGUS },
	{ "no such key", no_such_key, DNSSEC_BOGUS },
	{ "a hundred forgeries first", key_trap, DNSSEC_BOGUS },
};

TEST(verify)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum dnssec_verdict verdict;
		struct scene scene;
		struct dnssec_limits limits;

		scene_init(&scene);
		cases[i].spoil(&scene);
		verdict = dnssec_verify(ZONE, scene.rrset, scene.signatures,
					scene.trusted, scene.now, &limits);
		if (verdict != cases[i].verdict)
			fail_msg("%s: %s", cases[i].what,
				 dnssec_verdict_text(verdict));
		assert_int_equal(limits.expires_seconds != 0,
				 verdict == DNSSEC_OK ||
				 verdict == DNSSEC_WILDCARD);
		scene_clear(&scene);
	}
}

TEST(expiry)
{
	struct scene scene;
	ldns_rr_list *later;
	struct dnssec_limits limits;

	scene_init(&scene);
	assert_int_equal(dnssec_verify(ZONE, scene.rrset, scene.signatures,
				       scene.trusted, NOW, &limits),
			 DNSSEC_OK);
	assert_int_equal(limits.expires_seconds, NOW + 10 * DAY);

	fake_signer_period(&scene.signer, NOW, NOW + 20 * DAY);
	later = fake_signer_sign(&scene.signer, scene.rrset);
	ldns_rr_list_cat(scene.signatures, later);
	ldns_rr_list_free(later);
	assert_int_equal(dnssec_verify(ZONE, scene.rrset, scene.signatures,
				       scene.trusted, NOW, &limits),
			 DNSSEC_OK);
	assert_int_equal(limits.expires_seconds, NOW + 20 * DAY);

	scene.now = (INT64_C(1) << 32) - 100;
	across_the_wrap(&scene);
	assert_int_equal(dnssec_verify(ZONE, scene.rrset, scene.signatures,
				       scene.trusted, scene.now, &limits),
			 DNSSEC_OK);
	assert_int_equal(limits.expires_seconds, scene.now + 10 * DAY);
	scene_clear(&scene);
}

/* A bad signature may say what it likes: only good ones are listened to. */
TEST(limits)
{
	struct dnssec_limits limits;
	ldns_rr_list *longer;
	struct scene scene;
	ldns_rr *forged;

	scene_init(&scene);
	forged = ldns_rr_clone(ldns_rr_list_rr(scene.signatures, 0));
	ldns_rdf_deep_free(ldns_rr_set_rdf(forged, ldns_native2rdf_int32(
		LDNS_RDF_TYPE_INT32, INT32_MAX), 3));
	ldns_rdf_deep_free(ldns_rr_set_rdf(forged, ldns_native2rdf_int32(
		LDNS_RDF_TYPE_TIME, (uint32_t)(NOW + 90 * DAY)), 4));
	ldns_rr_list_push_rr(scene.signatures, forged);
	assert_int_equal(dnssec_verify(ZONE, scene.rrset, scene.signatures,
				       scene.trusted, NOW, &limits), DNSSEC_OK);
	assert_int_equal(limits.ttl_seconds, 3600);
	assert_int_equal(limits.expires_seconds, NOW + 10 * DAY);

	/* Of two good ones the longer may be the one that a cache took. */
	ldns_rr_set_ttl(ldns_rr_list_rr(scene.rrset, 0), 7200);
	longer = fake_signer_sign(&scene.signer, scene.rrset);
	ldns_rr_set_ttl(ldns_rr_list_rr(scene.rrset, 0), 3600);
	ldns_rr_list_cat(scene.signatures, longer);
	ldns_rr_list_free(longer);
	assert_int_equal(dnssec_verify(ZONE, scene.rrset, scene.signatures,
				       scene.trusted, NOW, &limits), DNSSEC_OK);
	assert_int_equal(limits.ttl_seconds, 7200);
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
