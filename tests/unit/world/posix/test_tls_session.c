/* SPDX-License-Identifier: MIT */
#include "world/posix/tls_session.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

/* A service in memory: what one end writes the other is given. */
static SSL_CTX *service_context;
static SSL_CTX *context;
static X509 *leaf;
static EVP_PKEY *key;
static struct test_pki *pki;

static SSL *service_new(BIO **in, BIO **out)
{
	SSL *service = SSL_new(service_context);

	*in = BIO_new(BIO_s_mem());
	*out = BIO_new(BIO_s_mem());
	SSL_set_bio(service, *in, *out);
	SSL_set_accept_state(service);
	return service;
}

/* In pieces of at most SIZE octets. */
static bool carry(BIO *from, BIO *to, size_t size)
{
	uint8_t octets[4096];
	int n = BIO_read(from, octets, (int)size);

	return n > 0 && BIO_write(to, octets, n) == n;
}

static struct handshake meet(enum key_family family, size_t piece)
{
	struct handshake handshake = { .server_name = "mx.test",
				       .family = family };
	enum session_stands stands = SESSION_GOES_ON;
	struct session session;
	BIO *in, *out;
	SSL *service = service_new(&in, &out);

	assert_true(session_begin(&session, context, &handshake));
	for (int i = 0; i < 10000 && stands == SESSION_GOES_ON; i++) {
		stands = session_advance(&session, &handshake);
		while (carry(session.out, in, piece))
			;
		SSL_do_handshake(service);
		carry(out, session.in, piece);
	}
	assert_int_equal(stands, SESSION_OVER);
	session_clear(&session);
	SSL_free(service);
	return handshake;
}

TEST(a_chain)
{
	char *want = test_pem_of(leaf);

	for (size_t piece = 1; piece <= 4096; piece *= 64) {
		struct handshake handshake = meet(KEY_ECDSA, piece);

		assert_int_equal(handshake.outcome, OUTCOME_ANSWERED);
		assert_string_equal(handshake.chain_pem, want);
		assert_int_equal(handshake.chain_pem_size, strlen(want));
		free(handshake.chain_pem);
	}
	free(want);
}

TEST(another_family)
{
	struct handshake handshake = meet(KEY_RSA, 4096);

	assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
	assert_int_equal(handshake.error, ENOTSUP);
	assert_null(handshake.chain_pem);
}

TEST(no_tls)
{
	struct handshake handshake = { .timeout_ms = 1 };
	struct session session;

	assert_true(session_begin(&session, context, &handshake));
	assert_int_equal(session_advance(&session, &handshake),
			 SESSION_GOES_ON);
	assert_true(BIO_pending(session.out) > 0);
	assert_int_equal(BIO_write(session.in, "220 mail\r\n", 10), 10);
	assert_int_equal(session_advance(&session, &handshake), SESSION_OVER);
	assert_int_equal(handshake.outcome, OUTCOME_GARBLED);
	assert_int_equal(handshake.error, EPROTO);
	session_clear(&session);
	session_clear(&session);
}

TEST(no_context)
{
	struct handshake handshake = { .timeout_ms = 1 };
	struct session session;

	assert_false(session_begin(&session, NULL, &handshake));
	session_clear(&session);
}

static int setup(void **state)
{
	(void)state;
	pki = test_pki_open();
	key = test_key_make(TEST_LEAF_EC);
	leaf = test_leaf_make(pki, "mx.test", key, TEST_LEAF_EC, 7);
	context = session_context_new();
	service_context = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(service_context, leaf), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(service_context, key), 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	SSL_CTX_free(service_context);
	SSL_CTX_free(context);
	X509_free(leaf);
	EVP_PKEY_free(key);
	test_pki_close(pki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chain),
		cmocka_unit_test(test_another_family),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_no_context),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
