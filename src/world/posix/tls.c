/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/posix/loop.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reasons above this are alerts that the other side sent. */
#define ALERT(number) (SSL_AD_REASON_OFFSET + (number))

/*
 * What is offered so that a server with several certificates shows the one
 * of that family. In TLS 1.2 the cipher says it too.
 */
static const struct family {
	const char *signatures;
	const char *ciphers;
} families[] = {
	[KEY_ANY] = { NULL, "ALL:!aNULL:!eNULL:@SECLEVEL=0" },
	[KEY_RSA] = { "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"
		      "rsa_pss_rsae_sha512:rsa_pss_pss_sha256:"
		      "rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
		      "RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1",
		      "aRSA:!eNULL:@SECLEVEL=0" },
	[KEY_ECDSA] = { "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
			"aECDSA:!eNULL:@SECLEVEL=0" },
	[KEY_EDDSA] = { "ed25519:ed448", "aECDSA:!eNULL:@SECLEVEL=0" },
};

/* A handshake under way. The job comes first: it is cast back to this. */
struct shaking {
	struct job job;
	struct handshake *handshake;
	SSL_CTX *context;
	SSL *ssl;
	bool connected;
};

/* ---- What is offered -------------------------------------------------- */

/*
 * It is a look, not a talk: nothing secret is sent, so weak keys, old
 * renegotiation and unknown issuers are all let through to be seen.
 */
static SSL_CTX *context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		return NULL;
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_max_cert_list(context, PEM_SIZE_MAX);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

static bool set_server_name(SSL *ssl, const char *name)
{
	struct address address;

	if (!name || address_parse(name, 0, &address))
		return true;
	return SSL_set_tlsext_host_name(ssl, unconst(name)) == 1;
}

static bool set_family(SSL *ssl, const struct family *family)
{
	if (SSL_set_cipher_list(ssl, family->ciphers) != 1)
		return false;
	return !family->signatures ||
	       SSL_set1_sigalgs_list(ssl,
				     unconst(family->signatures)) == 1;
}

static bool shaking_prepare(struct shaking *shaking)
{
	const struct handshake *handshake = shaking->handshake;

	if (shaking->context)
		shaking->ssl = SSL_new(shaking->context);
	if (!shaking->ssl)
		return false;
	SSL_set_connect_state(shaking->ssl);
	return set_server_name(shaking->ssl, handshake->server_name) &&
	       set_family(shaking->ssl, &families[handshake->family]) &&
	       SSL_set_fd(shaking->ssl, shaking->job.fd) == 1;
}

/* ---- What came -------------------------------------------------------- */

static bool write_chain(BIO *bio, STACK_OF(X509) *chain)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(chain, i)) != 1)
			return false;
	return true;
}

/* Leaf first, as the server sent it. */
static void take_chain(struct shaking *shaking)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(shaking->ssl);
	struct handshake *handshake = shaking->handshake;
	char *text;
	long size;
	BIO *bio;

	if (!chain || sk_X509_num(chain) == 0) {
		job_finish(&shaking->job, OUTCOME_GARBLED, EPROTO);
		return;
	}
	if (sk_X509_num(chain) > CHAIN_LENGTH_MAX) {
		job_finish(&shaking->job, OUTCOME_TOO_LARGE, 0);
		return;
	}
	bio = BIO_new(BIO_s_mem());
	if (bio && write_chain(bio, chain)) {
		size = BIO_get_mem_data(bio, &text);
		handshake->chain_pem = xstrndup(text, (size_t)size);
		handshake->chain_pem_size = (size_t)size;
		job_finish(&shaking->job, OUTCOME_ANSWERED, 0);
	} else {
		job_finish(&shaking->job, OUTCOME_FAILED, ENOMEM);
	}
	BIO_free(bio);
}

/*
 * It speaks TLS but has nothing that we offered. Not when it had shown its
 * certificate before: then it missed something else, such as one of ours.
 */
static bool is_nothing_in_common(const SSL *ssl, int reason)
{
	switch (reason) {
	case ALERT(SSL_AD_HANDSHAKE_FAILURE):
	case ALERT(SSL_AD_INSUFFICIENT_SECURITY):
		return !SSL_get_peer_cert_chain(ssl);
	case SSL_R_WRONG_SIGNATURE_TYPE:
	case SSL_R_WRONG_CERTIFICATE_TYPE:
		return true;
	}
	return false;
}

/* Once connected, a connection that breaks did speak, if badly. */
static void fail_by_system(struct shaking *shaking, int error)
{
	enum outcome outcome = outcome_of_errno(error);

	if (outcome == OUTCOME_CLOSED && shaking->connected) {
		outcome = OUTCOME_GARBLED;
		error = ECONNRESET;
	}
	job_finish(&shaking->job, outcome, error);
}

static void fail_by_protocol(struct shaking *shaking)
{
	int reason = ERR_GET_REASON(ERR_peek_error());
	int error = EPROTO;

	if (is_nothing_in_common(shaking->ssl, reason))
		error = ENOTSUP;
	else if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		error = ECONNRESET;
	job_finish(&shaking->job, OUTCOME_GARBLED, error);
}

/* ---- The job ---------------------------------------------------------- */

static void shaking_advance(struct shaking *shaking)
{
	int result, error;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(shaking->ssl);
	error = errno;
	switch (SSL_get_error(shaking->ssl, result)) {
	case SSL_ERROR_NONE:
		SSL_shutdown(shaking->ssl);
		take_chain(shaking);
		break;
	case SSL_ERROR_WANT_READ:
		shaking->job.events = POLLIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		shaking->job.events = POLLOUT;
		break;
	case SSL_ERROR_SYSCALL:
		fail_by_system(shaking, error ? error : ECONNRESET);
		break;
	case SSL_ERROR_SSL:
		fail_by_protocol(shaking);
		break;
	}
}

/* Tells a refused connection from a broken handshake. */
static int connect_error(int fd)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return errno;
	return error;
}

static int shaking_open(struct job *job, int64_t now_ms)
{
	struct shaking *shaking = (struct shaking *)job;
	int error = job_connect(job, SOCK_STREAM);

	if (error)
		return error;
	if (!shaking_prepare(shaking)) {
		job_finish(job, OUTCOME_FAILED, ENOMEM);
		return 0;
	}
	job->wake_ms = now_ms + shaking->handshake->timeout_ms;
	job->events = POLLOUT;
	return 0;
}

static void shaking_step(struct job *job, int64_t now_ms)
{
	struct shaking *shaking = (struct shaking *)job;
	int error = connect_error(job->fd);

	if (error) {
		fail_by_system(shaking, error);
	} else {
		shaking->connected = true;
		shaking_advance(shaking);
	}
	if (!job->done && now_ms >= job->wake_ms)
		job_finish(job, OUTCOME_SILENT, 0);
	if (job->done) {
		SSL_free(shaking->ssl);
		shaking->ssl = NULL;
	}
}

static void posix_handshake(struct world *world, struct handshake *handshakes,
			    size_t n)
{
	static const struct job_kind kind = { shaking_open, shaking_step };
	struct shaking *shakings = xcalloc(n, sizeof(*shakings));
	struct job **jobs = xcalloc(n, sizeof(struct job *));
	SSL_CTX *context = context_new();
	size_t i;

	(void)world;
	for (i = 0; i < n; i++) {
		handshakes[i].chain_pem = NULL;
		handshakes[i].chain_pem_size = 0;
		shakings[i].handshake = &handshakes[i];
		shakings[i].context = context;
		shakings[i].job.server = handshakes[i].server;
		jobs[i] = &shakings[i].job;
	}
	loop_run(&kind, jobs, n);
	for (i = 0; i < n; i++) {
		handshakes[i].outcome = shakings[i].job.outcome;
		handshakes[i].error = shakings[i].job.error;
		SSL_free(shakings[i].ssl);
	}
	SSL_CTX_free(context);
	free(jobs);
	free(shakings);
}

void world_posix_add_tls(struct world *world)
{
	world->handshake = posix_handshake;
}
