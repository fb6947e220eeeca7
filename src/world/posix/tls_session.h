/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

#include <openssl/ssl.h>

/*
 * TLS without a socket: tls.c hands over what came and sends what is to be
 * sent. So OpenSSL never reads by itself, and a service that floods, or drips,
 * is looked at between any two pieces.
 */
struct session {
	SSL *ssl;
	BIO *in, *out;		/* memory; the SSL owns them */
};

SSL_CTX *session_context_new(void);
/* False: no memory. The session is cleared all the same. */
bool session_begin(struct session *session, SSL_CTX *context,
		   const struct handshake *handshake);
void session_clear(struct session *session);

enum session_stands {
	SESSION_GOES_ON,	/* it needs more octets */
	SESSION_OVER,		/* OUTCOME and what belongs to it are set */
};
/* Goes on with what was written to IN; OUT has what is to be sent, even where
 * it is over. */
enum session_stands session_advance(struct session *session,
				    struct handshake *handshake);
