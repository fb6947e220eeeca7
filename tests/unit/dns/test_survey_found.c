/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/survey_internal.h"
#include "support/zone.h"
#include "unit.h"

TEST(ttls)
{
	ldns_rr_list *records = fake_records(TLSA_A, TLSA_B, NULL);

	assert_int_equal(ttl_longer(1, 2), 2);
	assert_int_equal(ttl_longer(2, 1), 2);
	assert_int_equal(ttl_longer(UINT32_C(0x80000000), 1), TTL_MAX);
	assert_int_equal(records_ttl(records), 3600);
	ldns_rr_set_ttl(ldns_rr_list_rr(records, 0), 1);
	assert_int_equal(records_ttl(records), 3600);
	ldns_rr_set_ttl(ldns_rr_list_rr(records, 1), UINT32_MAX);
	assert_int_equal(records_ttl(records), TTL_MAX);
	ldns_rr_list_deep_free(records);
}

/* Where nobody requires signatures they still tell when they end, and of a
 * wildcard. */
TEST(believed)
{
	const int64_t now = 1795000000;
	struct server_view server = { .trust = DNSSEC_NO_KEYS };
	struct reading reading = { .server = &server, .now_seconds = now };
	ldns_rr_list *set = fake_records(TLSA_A, NULL), *signatures, *none;
	struct fake_signer signer;
	struct dnssec_limits limits;

	fake_signer_init(&signer, ZONE, now);
	fake_signer_period(&signer, now - 20, now - 10);
	signatures = fake_signer_sign(&signer, set);
	none = ldns_rr_list_new();
	assert_int_equal(reading_prove(&reading, NULL, set, none, &limits),
			 DNSSEC_OK);
	assert_int_equal(limits.expires_seconds, 0);
	assert_int_equal(reading_prove(&reading, NULL, set, signatures,
				       &limits), DNSSEC_OK);
	assert_int_equal(limits.expires_seconds, now - 10);
	assert_int_equal(limits.ttl_seconds, 3600);
	ldns_rdf_data(ldns_rr_rdf(ldns_rr_list_rr(signatures, 0), 2))[0] = 3;
	assert_int_equal(reading_prove(&reading, NULL, set, signatures,
				       &limits), DNSSEC_WILDCARD);
	ldns_rr_set_ttl(ldns_rr_list_rr(set, 0), TTL_MAX);
	reading_prove(&reading, NULL, set, signatures, &limits);
	assert_int_equal(limits.ttl_seconds, TTL_UNPROVEN_MAX);
	reading.dnssec_required = true;
	assert_int_equal(reading_prove(&reading, NULL, set, signatures,
				       &limits), DNSSEC_NO_KEYS);
	assert_int_equal(limits.expires_seconds, 0);
	assert_int_equal(limits.ttl_seconds, 0);
	ldns_rr_list_free(none);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(set);
	fake_signer_clear(&signer);
}

/* At a wildcard itself its label does not count (RFC 4034 section 3.1.3). */
TEST(wildcard_of_a_signature)
{
	ldns_rr_list *set = fake_records("*._tcp.mx.example.com. 3600 IN TLSA "
					 "3 1 1 aa", NULL), *signatures;
	const int64_t now = 1795000000;
	struct server_view server = { .trust = DNSSEC_NO_KEYS };
	struct reading reading = { .server = &server, .now_seconds = now };
	struct fake_signer signer;
	struct dnssec_limits limits;
	const ldns_rr *signature;
	char *wildcard;

	fake_signer_init(&signer, ZONE, now);
	signatures = fake_signer_sign(&signer, set);
	signature = ldns_rr_list_rr(signatures, 0);
	assert_int_equal(reading_prove(&reading, NULL, set, signatures,
				       &limits), DNSSEC_OK);
	assert_null(signature_wildcard(signature, "*._tcp.mx.example.com."));
	wildcard = signature_wildcard(signature, "_25._tcp.mx.example.com.");
	assert_string_equal(wildcard, "*._tcp.mx.example.com.");
	free(wildcard);
	ldns_rdf_data(ldns_rr_rdf(signature, 2))[0]--;
	assert_int_equal(reading_prove(&reading, NULL, set, signatures,
				       &limits), DNSSEC_WILDCARD);
	wildcard = signature_wildcard(signature, "*._tcp.mx.example.com.");
	assert_string_equal(wildcard, "*.mx.example.com.");
	free(wildcard);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(set);
	fake_signer_clear(&signer);
}

TEST(serials)
{
	static const struct {
		uint32_t a, b;
		bool before;
	} rows[] = {
		{ 1, 1, false }, { 1, 2, true }, { 2, 1, false },
		{ UINT32_MAX, 0, true }, { 0, UINT32_MAX, false },
		{ 0, 0x7fffffff, true }, { 0x7fffffff, 0, false },
		{ 0, 0x80000000, false }, { 0x80000000, 0, false },
		{ 0, 0x80000001, false }, { 0x80000001, 0, true },
		{ 2026112399, 2026112400, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(serial_is_before(rows[i].a, rows[i].b),
				 rows[i].before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ttls),
		cmocka_unit_test(test_believed),
		cmocka_unit_test(test_wildcard_of_a_signature),
		cmocka_unit_test(test_serials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
