/* SPDX-License-Identifier: MIT */
#include "world/posix/tls_session.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <openssl/err.h>
#include <openssl/pem.h>

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

/* ---- What is offered -------------------------------------------------- */

/*
 * It is a look, not a talk: nothing secret is sent, so weak keys, old
 * renegotiation and unknown issuers are all let through to be seen.
 */
SSL_CTX *session_context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		return NULL;
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_max_cert_list(context, CERTIFICATES_SIZE_MAX);
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

static bool set_ends(struct session *session)
{
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	if (!session->in || !session->out) {
		BIO_free(session->in);
		BIO_free(session->out);
		return false;
	}
	SSL_set_bio(session->ssl, session->in, session->out);
	return true;
}

bool session_begin(struct session *session, SSL_CTX *context,
		   const struct handshake *handshake)
{
	*session = (struct session){ .ssl = NULL };
	if (context)
		session->ssl = SSL_new(context);
	if (!session->ssl)
		return false;
	SSL_set_connect_state(session->ssl);
	return set_server_name(session->ssl, handshake->server_name) &&
	       set_family(session->ssl, &families[handshake->family]) &&
	       set_ends(session);
}

void session_clear(struct session *session)
{
	SSL_free(session->ssl);
	*session = (struct session){ .ssl = NULL };
}

/* ---- What came -------------------------------------------------------- */

static void end(struct handshake *handshake, enum outcome outcome, int error)
{
	handshake->outcome = outcome;
	handshake->error = error;
}

static bool write_chain(BIO *bio, STACK_OF(X509) *chain)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(chain, i)) != 1)
			return false;
	return true;
}

/* Leaf first, as the server sent it. */
static void take_chain(const struct session *session,
		       struct handshake *handshake)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(session->ssl);
	char *text;
	long size;
	BIO *bio;

	if (!chain || sk_X509_num(chain) == 0) {
		end(handshake, OUTCOME_GARBLED, EPROTO);
		return;
	}
	bio = BIO_new(BIO_s_mem());
	if (bio && write_chain(bio, chain)) {
		size = BIO_get_mem_data(bio, &text);
		handshake->chain_pem = xstrndup(text, (size_t)size);
		handshake->chain_pem_size = (size_t)size;
		end(handshake, OUTCOME_ANSWERED, 0);
	} else {
		end(handshake, OUTCOME_FAILED, ENOMEM);
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

static void take_failure(const struct session *session,
			 struct handshake *handshake)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
		end(handshake, OUTCOME_TOO_LARGE, 0);
	else
		end(handshake, OUTCOME_GARBLED,
		    is_nothing_in_common(session->ssl, reason) ? ENOTSUP :
								 EPROTO);
}

enum session_stands session_advance(struct session *session,
				    struct handshake *handshake)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(session->ssl);
	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_NONE:
		SSL_shutdown(session->ssl);
		take_chain(session, handshake);
		return SESSION_OVER;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return SESSION_GOES_ON;
	}
	take_failure(session, handshake);
	ERR_clear_error();
	return SESSION_OVER;
}
