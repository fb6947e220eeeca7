/* SPDX-License-Identifier: MIT */
#include "dns/dnssec.h"

#include "support/dns.h"
#include "unit.h"

#define ZONE "example.com."
#define NOW INT64_C(1795000000)

static void replace_ds(struct fake_signer *signer, size_t key, ldns_hash hash)
{
	ldns_rr_list_deep_free(signer->ds);
	signer->ds = ldns_rr_list_new();
	ldns_rr_list_push_rr(signer->ds, ldns_key_rr2ds(
		ldns_rr_list_rr(signer->dnskeys, key), hash));
}

static void leave(struct fake_signer *signer)
{
	(void)signer;
}

static void ds_sha384(struct fake_signer *signer)
{
	replace_ds(signer, 0, LDNS_SHA384);
}

static void ds_sha1(struct fake_signer *signer)
{
	replace_ds(signer, 0, LDNS_SHA1);
}

/* RFC 4509 section 3: a good SHA-1 beside a wrong SHA-256 is worth nothing. */
static void ds_sha1_and_wrong(struct fake_signer *signer)
{
	ldns_rr *wrong = ldns_rr_list_rr(signer->ds, 0);

	ldns_rdf_data(ldns_rr_rdf(wrong, 3))[0] ^= 1;
	ldns_rr_list_push_rr(signer->ds, ldns_key_rr2ds(
		ldns_rr_list_rr(signer->dnskeys, 0), LDNS_SHA1));
}

static void ds_unknown_digest(struct fake_signer *signer)
{
	ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(signer->ds, 0), 2))[0] = 99;
}

static void ds_wrong_digest(struct fake_signer *signer)
{
	ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(signer->ds, 0), 3))[5] ^= 1;
}

static void ds_of_other_zone(struct fake_signer *signer)
{
	ldns_rr *ds = ldns_rr_list_rr(signer->ds, 0);

	ldns_rdf_deep_free(ldns_rr_owner(ds));
	ldns_rr_set_owner(ds, ldns_dname_new_frm_str("example.org."));
}

static void ds_missing(struct fake_signer *signer)
{
	ldns_rr_list_deep_free(signer->ds);
	signer->ds = ldns_rr_list_new();
}

/* The DS names a key that is there but did not sign the set: ldns's own
 * chain code would go on with it. */
static void ds_of_silent_key(struct fake_signer *signer)
{
	replace_ds(signer, 1, LDNS_SHA256);
}

static void no_keys(struct fake_signer *signer)
{
	ldns_rr_list_deep_free(signer->dnskeys);
	signer->dnskeys = ldns_rr_list_new();
}

static void foreign_key_slipped_in(struct fake_signer *signer)
{
	struct fake_signer other;

	fake_signer_init(&other, ZONE, NOW);
	ldns_rr_list_push_rr(signer->dnskeys, ldns_rr_clone(
		ldns_rr_list_rr(other.dnskeys, 1)));
	fake_signer_clear(&other);
}

static void unsigned_set(struct fake_signer *signer)
{
	ldns_rr_list_deep_free(signer->dnskey_signatures);
	signer->dnskey_signatures = ldns_rr_list_new();
}

static void expired_set(struct fake_signer *signer)
{
	fake_signer_period(signer, NOW - 100, NOW - 1);
}

static void early_set(struct fake_signer *signer)
{
	fake_signer_period(signer, NOW + 1, NOW + 100);
}

static void too_many_keys(struct fake_signer *signer)
{
	while (ldns_rr_list_rr_count(signer->dnskeys) < 100)
		ldns_rr_list_push_rr(signer->dnskeys, ldns_rr_clone(
			ldns_rr_list_rr(signer->dnskeys, 0)));
}

static const struct {
	const char *what;
	void (*spoil)(struct fake_signer *);
	enum dnssec_verdict verdict;
} cases[] = {
	{ "untouched", leave, DNSSEC_OK },
	{ "DS by SHA-384", ds_sha384, DNSSEC_OK },
	{ "DS by SHA-1 alone", ds_sha1, DNSSEC_OK },
	{ "DS by SHA-1, SHA-256 wrong", ds_sha1_and_wrong, DNSSEC_NO_TRUST },
	{ "DS of unknown digest", ds_unknown_digest, DNSSEC_NO_TRUST },
	{ "DS with wrong digest", ds_wrong_digest, DNSSEC_NO_TRUST },
	{ "DS of another zone", ds_of_other_zone, DNSSEC_NO_TRUST },
	{ "no DS", ds_missing, DNSSEC_NO_TRUST },
	{ "DS of a key that signed nothing", ds_of_silent_key,
	  DNSSEC_KEYS_BOGUS },
	{ "no keys", no_keys, DNSSEC_NO_KEYS },
	{ "a foreign key", foreign_key_slipped_in, DNSSEC_KEYS_BOGUS },
	{ "no signature", unsigned_set, DNSSEC_NO_SIGNATURE },
	{ "too many keys", too_many_keys, DNSSEC_KEYS_BOGUS },
	{ "expired", expired_set, DNSSEC_EXPIRED },
	{ "not yet valid", early_set, DNSSEC_NOT_YET_VALID },
};

TEST(trust)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_signer signer;
		enum dnssec_verdict verdict;
		ldns_rr_list *trusted;

		fake_signer_init(&signer, ZONE, NOW);
		cases[i].spoil(&signer);
		verdict = dnssec_trust_keys(ZONE, signer.ds, signer.dnskeys,
					    signer.dnskey_signatures, NOW,
					    &trusted);
		if (verdict != cases[i].verdict)
			fail_msg("%s: %s", cases[i].what,
				 dnssec_verdict_text(verdict));
		assert_int_equal(ldns_rr_list_rr_count(trusted),
				 verdict == DNSSEC_OK ? 2 : 0);
		ldns_rr_list_deep_free(trusted);
		fake_signer_clear(&signer);
	}
}

/* A key that is revoked or no zone key stays in the signed set, but nothing
 * that it signs is believed. */
TEST(unusable_keys)
{
	static const uint16_t flags[] = {
		0, LDNS_KEY_ZONE_KEY | LDNS_KEY_REVOKE_KEY,
	};

	for (size_t i = 0; i < 2; i++) {
		struct fake_signer signer;
		ldns_rr_list *trusted;
		uint8_t *data;

		fake_signer_init(&signer, ZONE, NOW);
		data = ldns_rdf_data(ldns_rr_rdf(
			ldns_rr_list_rr(signer.dnskeys, 1), 0));
		data[0] = (uint8_t)(flags[i] >> 8);
		data[1] = (uint8_t)flags[i];
		fake_signer_period(&signer, NOW - 1, NOW + 1);
		assert_int_equal(dnssec_trust_keys(ZONE, signer.ds,
						   signer.dnskeys,
						   signer.dnskey_signatures,
						   NOW, &trusted), DNSSEC_OK);
		assert_int_equal(ldns_rr_list_rr_count(trusted), 1);
		ldns_rr_list_deep_free(trusted);
		fake_signer_clear(&signer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_unusable_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
