/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_vectors.h"

#include "tsig/algorithm.h"
#include "unit.h"

TEST(names)
{
	static const struct {
		const char *text;
		enum tsig_key_error error;
		enum tsig_algorithm algorithm;
	} cases[] = {
		{ "hmac-sha1", TSIG_KEY_OK, TSIG_HMAC_SHA1 },
		{ "hmac-sha224", TSIG_KEY_OK, TSIG_HMAC_SHA224 },
		{ "hmac-sha256", TSIG_KEY_OK, TSIG_HMAC_SHA256 },
		{ "HMAC-SHA384", TSIG_KEY_OK, TSIG_HMAC_SHA384 },
		{ "Hmac-Sha512.", TSIG_KEY_OK, TSIG_HMAC_SHA512 },
		{ "hmac-md5", TSIG_KEY_OK, TSIG_HMAC_MD5 },
		{ "hmac-md5.sig-alg.reg.int", TSIG_KEY_OK, TSIG_HMAC_MD5 },
		{ "HMAC-MD5.SIG-ALG.REG.INT.", TSIG_KEY_OK, TSIG_HMAC_MD5 },
		{ "", TSIG_KEY_NO_ALGORITHM, 0 },
		{ ".", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "hmac-sha256-128", TSIG_KEY_TRUNCATED_ALGORITHM, 0 },
		{ "HMAC-SHA512-256", TSIG_KEY_TRUNCATED_ALGORITHM, 0 },
		{ "hmac-sha1-80.", TSIG_KEY_TRUNCATED_ALGORITHM, 0 },
		{ "hmac-md5-80", TSIG_KEY_TRUNCATED_ALGORITHM, 0 },
		{ "hmac-sha256-", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "hmac-sha256-12x", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "hmac-sha25", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "hmac-sha2567", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "hmac-shac384", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "sha256", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
		{ "gss-tsig", TSIG_KEY_UNKNOWN_ALGORITHM, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum tsig_algorithm algorithm;
		const char *text = cases[i].text;
		enum tsig_key_error error =
			algorithm_from_text(text, strlen(text), &algorithm);

		if (error != cases[i].error ||
		    (!error && algorithm != cases[i].algorithm))
			fail_msg("%s", text);
	}
}

/* RFC 2202 and RFC 4231, test case 2: key "Jefe". */
static const struct {
	enum tsig_algorithm algorithm;
	const char *name;
	const char *mac;
} hmacs[] = {
	{ TSIG_HMAC_MD5, "hmac-md5.sig-alg.reg.int",
	  "750c783e6ab0b503eaa86e310a5db738" },
	{ TSIG_HMAC_SHA1, "hmac-sha1",
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ TSIG_HMAC_SHA224, "hmac-sha224",
	  "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44" },
	{ TSIG_HMAC_SHA256, "hmac-sha256",
	  "5bdcc146bf60754e6a042426089575c7"
	  "5a003f089d2739839dec58b964ec3843" },
	{ TSIG_HMAC_SHA384, "hmac-sha384",
	  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
	  "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
	{ TSIG_HMAC_SHA512, "hmac-sha512",
	  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

TEST(hmacs)
{
	const struct octets secret = { (const uint8_t *)"Jefe", 4 };
	const struct octets pieces[] = {
		{ (const uint8_t *)"what do ya ", 11 }, { NULL, 0 },
		{ (const uint8_t *)"want for nothing?", 17 },
	};

	for (size_t i = 0; i < sizeof(hmacs) / sizeof(*hmacs); i++) {
		uint8_t mac[TSIG_MAC_MAX], want[TSIG_MAC_MAX];
		size_t size = hex_read(hmacs[i].mac, want);

		assert_string_equal(tsig_algorithm_name(hmacs[i].algorithm),
				    hmacs[i].name);
		assert_int_equal(algorithm_mac_size(hmacs[i].algorithm), size);
		assert_true(algorithm_hmac(hmacs[i].algorithm, secret, pieces,
					   3, mac));
		assert_memory_equal(mac, want, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_hmacs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
