/* SPDX-License-Identifier: MIT */
#include "support/tls_service.h"

#include "base/xalloc.h"
#include "unit.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 10

/* ---- Certificates ----------------------------------------------------- */

struct identity rsa, ecdsa, eddsa;

struct identity identity_new(EVP_PKEY *key, const EVP_MD *digest)
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

void identity_free(struct identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
}

void assert_chain(const struct handshake *handshake,
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

static void expect(int fd, const char *word)
{
	char got[64] = "";
	ssize_t size = recv(fd, got, sizeof(got) - 1, 0);

	if (size != (ssize_t)strlen(word) || !streq(got, word))
		shutdown(fd, SHUT_RDWR);	/* it fails */
}

static void say(int fd, const char *word)
{
	send(fd, word, strlen(word), MSG_NOSIGNAL);
}

static void start_tls(struct service *service, int fd)
{
	say(fd, "220 mail.test ESMTP\r\n");
	expect(fd, "EHLO [127.0.0.1]\r\n");
	say(fd, "250-mail.test\r\n");
	say(fd, "250 STARTTLS\r\n");
	expect(fd, "STARTTLS\r\n");
	say(fd, service->word ? service->word : "220 go\r\n");
	serve_tls(service, fd);
}

/* Until nobody listens any more. */
static void say_on(const struct service *service, int fd)
{
	bool drips = service->manner == DRIPS;
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	size_t size = drips ? 1 : service->word_size;

	for (size_t at = 0; send(fd, service->word + at, size,
				 MSG_NOSIGNAL) > 0;) {
		at = drips ? (at + 1) % service->word_size : 0;
		if (drips)
			nanosleep(&pause, NULL);
	}
}

/* An octet every 10 ms, until nobody listens any more. */
static void drip(int fd, const uint8_t *octets, size_t size)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	for (size_t i = 0; i < size; i++) {
		if (send(fd, octets + i, 1, MSG_NOSIGNAL) <= 0)
			return;
		nanosleep(&pause, NULL);
	}
}

/* Hands over what came, and has what is to be sent in OUT. */
static void take_flight(SSL *ssl, int fd, uint8_t *out, size_t *size)
{
	ssize_t got = recv(fd, out, *size, 0);
	int written;

	if (got > 0)
		BIO_write(SSL_get_rbio(ssl), out, (int)got);
	SSL_do_handshake(ssl);
	ERR_clear_error();
	written = BIO_read(SSL_get_wbio(ssl), out, (int)*size);
	*size = written > 0 ? (size_t)written : 0;
}

/* Begins a handshake, and does not go on as it should. */
static void begin_tls(const struct service *service, int fd)
{
	SSL *ssl = SSL_new(service->context);
	uint8_t out[16384];
	size_t size = sizeof(out);

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(ssl);
	take_flight(ssl, fd, out, &size);
	SSL_free(ssl);
	if (service->manner == DRIPS_TLS) {
		drip(fd, out, size);
	} else if (size > 5) {
		send(fd, out, 5 + ((size_t)out[3] << 8 | out[4]),
		     MSG_NOSIGNAL);
		say_on(service, fd);
	}
}

/* More and more of them, until nobody listens any more. */
static void send_tickets(const struct service *service, int fd)
{
	SSL *ssl = SSL_new(service->context);
	uint8_t out[16384];
	size_t size = sizeof(out);

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(ssl);
	for (int i = 0; i < 2; i++) {
		size = sizeof(out);
		take_flight(ssl, fd, out, &size);
		send(fd, out, size, MSG_NOSIGNAL);
	}
	do {
		SSL_new_session_ticket(ssl);
		SSL_do_handshake(ssl);
		size = (size_t)BIO_read(SSL_get_wbio(ssl), out, sizeof(out));
	} while (size <= sizeof(out) && send(fd, out, size, MSG_NOSIGNAL) > 0);
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
	case SAYS:
		say(fd, service->word);
		while (recv(fd, rest, sizeof(rest), 0) > 0)
			;
		break;
	case STARTS_TLS:
		start_tls(service, fd);
		break;
	case DRIPS:
	case FLOODS:
		say_on(service, fd);
		break;
	case DRIPS_TLS:
	case FLOODS_TLS:
		begin_tls(service, fd);
		break;
	case FLOODS_TICKETS:
		send_tickets(service, fd);
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

void service_start(struct service *service, enum manner manner, int version)
{
	*service = (struct service){ .manner = manner };
	service->context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_max_proto_version(service->context, version);
	SSL_CTX_set_min_proto_version(service->context, version);
	SSL_CTX_set_security_level(service->context, 0);
	service_listen(service);
}

void service_run(struct service *service)
{
	assert_int_equal(pipe(service->stop), 0);
	assert_int_equal(pthread_create(&service->thread, NULL, serve,
					service), 0);
}

void service_stop(struct service *service)
{
	close(service->stop[1]);
	pthread_join(service->thread, NULL);
	close(service->stop[0]);
	close(service->listener);
	SSL_CTX_free(service->context);
}

void service_use(struct service *service, const struct identity *identity)
{
	assert_int_equal(SSL_CTX_use_certificate(service->context,
						 identity->certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(service->context,
						identity->key), 1);
}

int service_setup(void **state)
{
	(void)state;
	rsa = identity_new(EVP_RSA_gen(2048), EVP_sha256());
	ecdsa = identity_new(EVP_EC_gen("P-256"), EVP_sha256());
	eddsa = identity_new(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
	return 0;
}

int service_teardown(void **state)
{
	(void)state;
	identity_free(&rsa);
	identity_free(&ecdsa);
	identity_free(&eddsa);
	return 0;
}
