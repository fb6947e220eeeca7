/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/survey_internal.h"
#include "support/zone.h"
#include "unit.h"

#define NOW INT64_C(1795000000)

struct bench {
	struct fake_signer signer;
	struct zone zone;
	struct proofs proofs;
	ldns_rr_list *rrset;
	ldns_rr_list *signatures;
	const ldns_rr_list *trusted;
};

static enum dnssec_verdict trust(struct bench *bench)
{
	return proofs_trust_keys(&bench->proofs, &bench->zone,
				 bench->signer.dnskeys,
				 bench->signer.dnskey_signatures, NOW,
				 &bench->trusted);
}

static enum dnssec_verdict verify(struct bench *bench,
				  struct dnssec_limits *limits)
{
	return proofs_verify(&bench->proofs, &bench->zone, bench->rrset,
			     bench->signatures, bench->trusted, NOW, limits);
}

static void bench_init(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	fake_signer_init(&bench->signer, ZONE, NOW);
	bench->zone.name = lent(ZONE);
	bench->zone.ds = bench->signer.ds;
	bench->rrset = fake_records(TLSA_A, TLSA_B, NULL);
	bench->signatures = fake_signer_sign(&bench->signer, bench->rrset);
	assert_int_equal(trust(bench), DNSSEC_OK);
}

static void bench_clear(struct bench *bench)
{
	proofs_clear(&bench->proofs);
	fake_signer_clear(&bench->signer);
	ldns_rr_list_deep_free(bench->rrset);
	ldns_rr_list_deep_free(bench->signatures);
}

/* The same keys again, in whatever order, are the same proof. */
TEST(keys_once)
{
	const ldns_rr_list *first;
	struct bench bench;
	ldns_rr *last;

	bench_init(&bench);
	first = bench.trusted;
	last = ldns_rr_list_rr(bench.signer.dnskeys, 1);
	ldns_rr_list_set_rr(bench.signer.dnskeys, ldns_rr_list_rr(
		bench.signer.dnskeys, 0), 1);
	ldns_rr_list_set_rr(bench.signer.dnskeys, last, 0);
	assert_int_equal(trust(&bench), DNSSEC_OK);
	assert_ptr_equal(bench.trusted, first);
	assert_int_equal(bench.proofs.count, 1);
	ldns_rr_free(ldns_rr_list_pop_rr(bench.signer.dnskeys));
	assert_int_not_equal(trust(&bench), DNSSEC_OK);
	assert_null(bench.trusted);
	assert_int_equal(bench.proofs.count, 2);
	bench_clear(&bench);
}

TEST(sets_once)
{
	struct bench bench;
	struct dnssec_limits limits;

	bench_init(&bench);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(verify(&bench, &limits), DNSSEC_OK);
		assert_int_equal(limits.expires_seconds, NOW + 10 * 86400);
		assert_int_equal(bench.proofs.count, 2);
	}
	/* One octet more or less is another matter. */
	ldns_rr_set_ttl(ldns_rr_list_rr(bench.rrset, 0), 7200);
	assert_int_equal(verify(&bench, &limits), DNSSEC_BOGUS);
	assert_int_equal(limits.expires_seconds, 0);
	assert_int_equal(bench.proofs.count, 3);
	/* So is another set of trusted keys. */
	ldns_rr_set_ttl(ldns_rr_list_rr(bench.rrset, 0), 3600);
	bench.trusted = NULL;
	assert_int_equal(verify(&bench, &limits), DNSSEC_BOGUS);
	bench_clear(&bench);
}

/* A server that always says something else fills no memory. */
TEST(bounded)
{
	struct bench bench;
	struct dnssec_limits limits;

	bench_init(&bench);
	for (uint32_t i = 0; i < 2 * ADDRESSES_PER_ZONE_MAX; i++) {
		ldns_rr_set_ttl(ldns_rr_list_rr(bench.rrset, 0), 4000 + i);
		assert_int_equal(verify(&bench, &limits), DNSSEC_BOGUS);
	}
	assert_int_equal(bench.proofs.count, ADDRESSES_PER_ZONE_MAX);
	ldns_rr_set_ttl(ldns_rr_list_rr(bench.rrset, 0), 3600);
	assert_int_equal(verify(&bench, &limits), DNSSEC_OK);
	bench_clear(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_once),
		cmocka_unit_test(test_sets_once),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
