/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "support/tls_service.h"
#include "unit.h"
#include "world/posix/posix.h"

#define LONG_MS 20000
#define SHORT_MS 200

static struct world world;

static struct handshake shake(const struct service *service, const char *name,
			      enum key_family family, unsigned timeout_ms)
{
	struct handshake handshake = {
		.server = service->address, .server_name = name,
		.family = family, .timeout_ms = timeout_ms,
	};

	world.handshake(&world, &handshake, 1);
	return handshake;
}

/* ---- Tests ------------------------------------------------------------ */

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

TEST(chain_leaf_first)
{
	X509 *chain[] = { ecdsa.certificate, rsa.certificate };
	struct handshake handshake;
	struct service service;
	size_t i;

	for (i = 0; i < COUNT(versions); i++) {
		service_start(&service, SPEAKS_TLS, versions[i]);
		service_use(&service, &ecdsa);
		SSL_CTX_add1_chain_cert(service.context, rsa.certificate);
		service_run(&service);
		handshake = shake(&service, "mail.test", KEY_ANY, LONG_MS);
		service_stop(&service);
		assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
		assert_int_equal(handshake.error, 0);
		assert_chain(&handshake, chain, COUNT(chain));
		assert_string_equal(service.server_name, "mail.test");
		free(handshake.chain_pem);
	}
}

TEST(families)
{
	static const enum key_family families[] = { KEY_RSA, KEY_ECDSA,
						    KEY_EDDSA };
	X509 *const expected[] = { rsa.certificate, ecdsa.certificate,
				   eddsa.certificate };
	struct handshake handshakes[3];
	struct service service;
	size_t v, i;

	for (v = 0; v < COUNT(versions); v++) {
		service_start(&service, SPEAKS_TLS, versions[v]);
		service_use(&service, &rsa);
		service_use(&service, &ecdsa);
		service_use(&service, &eddsa);
		service_run(&service);
		for (i = 0; i < 3; i++)
			handshakes[i] = (struct handshake){
				.server = service.address,
				.family = families[i], .timeout_ms = LONG_MS,
			};
		world.handshake(&world, handshakes, 3);
		service_stop(&service);
		for (i = 0; i < 3; i++) {
			assert_int_equal(handshakes[i].outcome,
					 OUTCOME_ANSWERED);
			assert_chain(&handshakes[i], &expected[i], 1);
			free(handshakes[i].chain_pem);
		}
	}
}

static EVP_PKEY *rsa_pss_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS",
							   NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* Beside others, in both versions. */
static void check_kind(struct identity identity, const struct identity *beside,
		       enum key_family family)
{
	struct handshake handshake;
	struct service service;

	for (size_t i = 0; i < COUNT(versions); i++) {
		service_start(&service, SPEAKS_TLS, versions[i]);
		service_use(&service, beside);
		service_use(&service, &identity);
		service_run(&service);
		handshake = shake(&service, NULL, family, LONG_MS);
		service_stop(&service);
		assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
		assert_chain(&handshake, &identity.certificate, 1);
		free(handshake.chain_pem);
	}
	identity_free(&identity);
}

TEST(kinds_of_keys)
{
	check_kind(identity_new(EVP_EC_gen("P-384"), EVP_sha384()), &rsa,
		   KEY_ECDSA);
	check_kind(identity_new(EVP_EC_gen("P-521"), EVP_sha512()), &eddsa,
		   KEY_ECDSA);
	check_kind(identity_new(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL),
		   &ecdsa, KEY_EDDSA);
	check_kind(identity_new(rsa_pss_key(), EVP_sha256()), &ecdsa, KEY_RSA);
}

TEST(family_that_it_has_not)
{
	struct handshake handshake;
	struct service service;
	size_t i;

	for (i = 0; i < COUNT(versions); i++) {
		service_start(&service, SPEAKS_TLS, versions[i]);
		service_use(&service, &ecdsa);
		service_run(&service);
		handshake = shake(&service, NULL, KEY_RSA, LONG_MS);
		service_stop(&service);
		assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
		assert_int_equal(handshake.error, ENOTSUP);
		assert_null(handshake.chain_pem);
	}
}

/* That is no lack of a certificate, though in TLS 1.2 the alert is the same
 * (which the end of the connection may overtake). */
TEST(client_certificate_wanted)
{
	struct handshake handshake;
	struct service service;

	service_start(&service, SPEAKS_TLS, TLS1_2_VERSION);
	service_use(&service, &ecdsa);
	SSL_CTX_set_verify(service.context, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	service_run(&service);
	handshake = shake(&service, NULL, KEY_ECDSA, LONG_MS);
	service_stop(&service);
	assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
	assert_true(handshake.error == EPROTO ||
		    handshake.error == ECONNRESET);
}

TEST(old_versions_are_not_spoken)
{
	struct handshake handshake;
	struct service service;

	service_start(&service, SPEAKS_TLS, TLS1_1_VERSION);
	service_use(&service, &rsa);
	service_run(&service);
	handshake = shake(&service, NULL, KEY_ANY, LONG_MS);
	service_stop(&service);
	assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
	assert_int_equal(handshake.error, EPROTO);
}

TEST(addresses_are_no_server_names)
{
	static const char *const names[] = { NULL, "192.0.2.1",
					     "2001:db8::1" };
	struct handshake handshake;
	struct service service;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		service_start(&service, SPEAKS_TLS, TLS1_3_VERSION);
		service_use(&service, &ecdsa);
		service_run(&service);
		handshake = shake(&service, names[i], KEY_ANY, LONG_MS);
		service_stop(&service);
		assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
		assert_string_equal(service.server_name, "");
		free(handshake.chain_pem);
	}
}

TEST(failures)
{
	static const struct {
		enum manner manner;
		unsigned timeout_ms;
		enum outcome outcome;
		int error;
	} cases[] = {
		{ IS_SILENT, SHORT_MS, OUTCOME_SILENT, 0 },
		{ HANGS_UP, LONG_MS, OUTCOME_GARBLED, ECONNRESET },
		{ SAYS, LONG_MS, OUTCOME_GARBLED, EPROTO },
	};
	struct handshake handshake;
	struct service service;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		service_start(&service, cases[i].manner, TLS1_3_VERSION);
		service.word = "220 mail.test ESMTP\r\n";
		service_run(&service);
		handshake = shake(&service, "mail.test", KEY_ANY,
				  cases[i].timeout_ms);
		service_stop(&service);
		assert_int_equal(handshake.outcome, cases[i].outcome);
		assert_int_equal(handshake.error, cases[i].error);
		assert_null(handshake.chain_pem);
	}
	handshake = shake(&service, "mail.test", KEY_ANY, LONG_MS);
	assert_int_equal(handshake.outcome, OUTCOME_CLOSED);
	assert_int_equal(handshake.error, ECONNREFUSED);
}

TEST(deadline)
{
	struct handshake handshake;
	struct service service;
	struct moment now;

	service_start(&service, IS_SILENT, TLS1_3_VERSION);
	service_run(&service);
	world.now(&world, &now);
	world.deadline_ms = now.boot_ms + SHORT_MS;
	handshake = shake(&service, "mail.test", KEY_ANY, LONG_MS);
	world.now(&world, &now);
	assert_between(now.boot_ms - world.deadline_ms, 0, LONG_MS / 2);
	world.deadline_ms = 0;
	service_stop(&service);
	assert_int_equal(handshake.outcome, OUTCOME_NO_TIME);
	assert_null(handshake.chain_pem);
}

/* Only the first is of use to most, and how many follow is theirs to say. */
TEST(long_chain)
{
	X509 *chain[CHAIN_LENGTH_MAX + 2] = { ecdsa.certificate };
	struct handshake handshake;
	struct service service;

	service_start(&service, SPEAKS_TLS, TLS1_3_VERSION);
	service_use(&service, &ecdsa);
	for (size_t i = 1; i < COUNT(chain); i++) {
		chain[i] = rsa.certificate;
		SSL_CTX_add1_chain_cert(service.context, rsa.certificate);
	}
	service_run(&service);
	handshake = shake(&service, NULL, KEY_ANY, LONG_MS);
	service_stop(&service);
	assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
	assert_chain(&handshake, chain, COUNT(chain));
	assert_true(handshake.chain_pem_size < PEM_SIZE_MAX);
	free(handshake.chain_pem);
}

TEST(endless_chain_is_refused)
{
	struct handshake handshake;
	struct service service;

	for (size_t v = 0; v < COUNT(versions); v++) {
		service_start(&service, SPEAKS_TLS, versions[v]);
		service_use(&service, &ecdsa);
		for (size_t i = 0; i < CERTIFICATES_SIZE_MAX / 400; i++)
			SSL_CTX_add1_chain_cert(service.context,
						rsa.certificate);
		service_run(&service);
		handshake = shake(&service, NULL, KEY_ANY, LONG_MS);
		service_stop(&service);
		assert_int_equal(handshake.outcome, OUTCOME_TOO_LARGE);
		assert_null(handshake.chain_pem);
	}
}

/* Among many with a good service, one with a silent service. */
TEST(many_at_once)
{
	struct handshake handshakes[50];
	struct service good, silent;
	size_t i;

	service_start(&good, SPEAKS_TLS, TLS1_3_VERSION);
	service_use(&good, &ecdsa);
	service_run(&good);
	service_start(&silent, IS_SILENT, TLS1_3_VERSION);
	service_run(&silent);
	for (i = 0; i < COUNT(handshakes); i++)
		handshakes[i] = (struct handshake){
			.server = i == 7 ? silent.address : good.address,
			.timeout_ms = i == 7 ? SHORT_MS : LONG_MS,
		};
	world.handshake(&world, NULL, 0);
	world.handshake(&world, handshakes, COUNT(handshakes));
	service_stop(&good);
	service_stop(&silent);
	for (i = 0; i < COUNT(handshakes); i++) {
		assert_int_equal(handshakes[i].outcome,
				 i == 7 ? OUTCOME_SILENT : OUTCOME_ANSWERED);
		free(handshakes[i].chain_pem);
	}
}

static int setup(void **state)
{
	world_posix_open(&world);
	return service_setup(state);
}

static int teardown(void **state)
{
	world_posix_close(&world);
	return service_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_leaf_first),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_kinds_of_keys),
		cmocka_unit_test(test_family_that_it_has_not),
		cmocka_unit_test(test_client_certificate_wanted),
		cmocka_unit_test(test_old_versions_are_not_spoken),
		cmocka_unit_test(test_addresses_are_no_server_names),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_endless_chain_is_refused),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
