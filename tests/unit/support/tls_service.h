/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

#include <openssl/ssl.h>
#include <pthread.h>

/*
 * A service with TLS on an address of this machine, in a thread of its own,
 * good or not.
 */
struct identity {
	EVP_PKEY *key;
	X509 *certificate;
};

/* Certificates of their own, made by service_setup(). */
extern struct identity rsa, ecdsa, eddsa;
/* One over KEY, which is NULL where it could not be made. */
struct identity identity_new(EVP_PKEY *key, const EVP_MD *digest);
void identity_free(struct identity *identity);

enum manner {
	SPEAKS_TLS, IS_SILENT, HANGS_UP,
	SAYS,		/* its word, and listens on */
	STARTS_TLS,	/* SMTP, then TLS */
	DRIPS,		/* its word, an octet at a time, again and again */
	FLOODS,		/* its word, as fast as it can, again and again */
	/* The same within the handshake: */
	DRIPS_TLS,	/* what begins it, an octet at a time */
	FLOODS_TLS,	/* its word, behind the first record */
	FLOODS_TICKETS,	/* session tickets, once it is done (TLS 1.3) */
};

struct service {
	struct address address;
	enum manner manner;
	const char *word;
	size_t word_size;
	SSL_CTX *context;
	int listener, stop[2];
	pthread_t thread;
	char server_name[64];	/* what the last one asked for */
};

/* Versions of TLS: from VERSION to VERSION. What else it is to have is set
 * between start and run. */
void service_start(struct service *service, enum manner manner, int version);
void service_use(struct service *service, const struct identity *identity);
void service_run(struct service *service);
void service_stop(struct service *service);

/* These and no more, in this order. */
void assert_chain(const struct handshake *handshake, X509 *const *expected,
		  size_t count);

int service_setup(void **state);
int service_teardown(void **state);
