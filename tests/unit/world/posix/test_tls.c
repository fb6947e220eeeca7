/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define LONG_MS 20000
#define SHORT_MS 200
#define PATIENCE_S 10

static struct world world;

/* ---- Certificates ----------------------------------------------------- */

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
};

static struct identity rsa, ecdsa, eddsa;

static struct identity identity_new(EVP_PKEY *key, const EVP_MD *digest)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	assert_non_null(key);
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -10);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, digest) > 0);
	return (struct identity){ key, certificate };
}

static void identity_free(struct identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
}

static void assert_chain(const struct handshake *handshake,
			 X509 *const *expected, size_t count)
{
	BIO *bio = BIO_new_mem_buf(handshake->chain_pem,
				   (int)handshake->chain_pem_size);
	X509 *got;
	size_t i;

	assert_int_equal(strlen(handshake->chain_pem),
			 handshake->chain_pem_size);
	for (i = 0; i < count; i++) {
		got = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		assert_non_null(got);
		assert_int_equal(X509_cmp(got, expected[i]), 0);
		X509_free(got);
	}
	assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
	ERR_clear_error();
	BIO_free(bio);
}

/* ---- The service ------------------------------------------------------ */

enum manner { SPEAKS_TLS, IS_SILENT, HANGS_UP, IS_SMTP };

struct service {
	struct address address;
	enum manner manner;
	SSL_CTX *context;
	int listener, stop[2];
	pthread_t thread;
	char server_name[64];	/* what the last one asked for */
};

static void serve_tls(struct service *service, int fd)
{
	SSL *ssl = SSL_new(service->context);
	const char *name;
	char octet;

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		SSL_read(ssl, &octet, 1);
	name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	snprintf(service->server_name, sizeof(service->server_name), "%s",
		 name ? name : "");
	SSL_free(ssl);
	ERR_clear_error();
}

static void serve_one(struct service *service)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = accept(service->listener, NULL, NULL);
	char rest[4096];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	switch (service->manner) {
	case SPEAKS_TLS:
		serve_tls(service, fd);
		break;
	case IS_SMTP:
		send(fd, "220 mail.test ESMTP\r\n", 21, MSG_NOSIGNAL);
		while (recv(fd, rest, sizeof(rest), 0) > 0)
			;
		break;
	case IS_SILENT:
	case HANGS_UP:
		break;
	}
	close(fd);
}

static void *serve(void *argument)
{
	struct service *service = argument;
	struct pollfd fds[] = {
		{ .fd = service->stop[0], .events = POLLIN },
		{ .fd = service->manner == IS_SILENT ? -1 : service->listener,
		  .events = POLLIN },
	};

	while (poll(fds, 2, -1) >= 0 && !fds[0].revents)
		serve_one(service);
	return NULL;
}

static void service_listen(struct service *service)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *any = (struct sockaddr *)&at;
	socklen_t size = sizeof(at);

	service->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(service->listener, any, size), 0);
	assert_int_equal(listen(service->listener, 64), 0);
	assert_int_equal(getsockname(service->listener, any, &size), 0);
	assert_true(address_parse("127.0.0.1", ntohs(at.sin_port),
				  &service->address));
}

static void service_start(struct service *service, enum manner manner,
			  int version)
{
	*service = (struct service){ .manner = manner };
	service->context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_max_proto_version(service->context, version);
	SSL_CTX_set_min_proto_version(service->context, version);
	SSL_CTX_set_security_level(service->context, 0);
	service_listen(service);
}

static void service_run(struct service *service)
{
	assert_int_equal(pipe(service->stop), 0);
	assert_int_equal(pthread_create(&service->thread, NULL, serve,
					service), 0);
}

static void service_stop(struct service *service)
{
	close(service->stop[1]);
	pthread_join(service->thread, NULL);
	close(service->stop[0]);
	close(service->listener);
	SSL_CTX_free(service->context);
}

static void service_use(struct service *service,
			const struct identity *identity)
{
	assert_int_equal(SSL_CTX_use_certificate(service->context,
						 identity->certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(service->context,
						identity->key), 1);
}

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
		{ IS_SMTP, LONG_MS, OUTCOME_GARBLED, EPROTO },
	};
	struct handshake handshake;
	struct service service;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		service_start(&service, cases[i].manner, TLS1_3_VERSION);
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

TEST(long_chain_is_refused)
{
	struct handshake handshake;
	struct service service;
	int i;

	service_start(&service, SPEAKS_TLS, TLS1_3_VERSION);
	service_use(&service, &ecdsa);
	for (i = 0; i < CHAIN_LENGTH_MAX; i++)
		SSL_CTX_add1_chain_cert(service.context, rsa.certificate);
	service_run(&service);
	handshake = shake(&service, NULL, KEY_ANY, LONG_MS);
	service_stop(&service);
	assert_int_equal(handshake.outcome, OUTCOME_TOO_LARGE);
	assert_null(handshake.chain_pem);
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
	(void)state;
	world_posix_open(&world);
	rsa = identity_new(EVP_RSA_gen(2048), EVP_sha256());
	ecdsa = identity_new(EVP_EC_gen("P-256"), EVP_sha256());
	eddsa = identity_new(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	identity_free(&rsa);
	identity_free(&ecdsa);
	identity_free(&eddsa);
	world_posix_close(&world);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_leaf_first),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_family_that_it_has_not),
		cmocka_unit_test(test_client_certificate_wanted),
		cmocka_unit_test(test_old_versions_are_not_spoken),
		cmocka_unit_test(test_addresses_are_no_server_names),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_long_chain_is_refused),
		cmocka_unit_test(test_many_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
