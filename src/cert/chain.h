/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * A certificate chain as a service presents it: the leaf first, then its
 * issuers. All octets are as they stand in the file; nothing is re-encoded.
 */
#define FINGERPRINT_SIZE 32

struct fingerprint {
	uint8_t sha256[FINGERPRINT_SIZE];
};

#define FINGERPRINT_TEXT_SIZE (2 * FINGERPRINT_SIZE + 1)

struct certificate {
	uint8_t *der;
	size_t der_size;
	uint8_t *spki;		/* SubjectPublicKeyInfo DER, byte-exact */
	size_t spki_size;
	char *subject;		/* one line, for people */
};

struct chain {
	struct certificate *certificates;	/* [0] is the leaf */
	size_t count;				/* 1 .. CHAIN_LENGTH_MAX, or
						   more if sent */
	struct fingerprint leaf;		/* of the leaf's DER */
	struct fingerprint version;		/* see chain_is() */
	enum key_family family;			/* of the leaf's key */
	int64_t not_before_seconds;		/* of the leaf, since 1970 */
	int64_t not_after_seconds;
};

enum chain_error {
	CHAIN_OK,
	CHAIN_EMPTY,		/* no certificate in the text */
	CHAIN_UNREADABLE,	/* a PEM block that is no certificate */
	CHAIN_BROKEN_ORDER,	/* the first has issued another one */
	CHAIN_KEY_UNREADABLE,	/* no private key in the text, or encrypted */
	CHAIN_KEY_MISMATCH,	/* the key does not belong to the leaf */
};
const char *chain_error_text(enum chain_error error);

/* ---- chain_read.c ------------------------------------------------------ */

/*
 * PEM text to a chain, freed with chain_free(). *CHAIN is NULL on error.
 *
 * The leaf is the first certificate. Behind it stand its issuers, found
 * wherever they are in the text, each once, as a client finds them (RFC 8446
 * section 4.4.2); what is no issuer of the leaf's is left out, for no record
 * can be about it. Keys, parameters and comments are passed over, as servers
 * do with files that have all in one.
 */
enum chain_error chain_parse(const char *pem, size_t size,
			     struct chain **chain);

/*
 * The same of what a service sent: all of it, in its order. Only the leaf must
 * be good; what is unreadable behind it is left out, or lacks its SPKI.
 */
enum chain_error chain_parse_sent(const char *pem, size_t size,
				  struct chain **chain);

/* ---- chain.c ----------------------------------------------------------- */

/*
 * Does the private key in PEM belong to the leaf? As servers ask
 * (X509_check_private_key): its public half is compared. A key whose halves do
 * not fit each other is none that certbot writes, and to find it would take
 * arithmetic for every file at every run.
 */
enum chain_error chain_check_key(const struct chain *chain, const char *pem,
				 size_t size);
struct chain *chain_copy(const struct chain *chain);
void chain_free(struct chain *chain);

/* The serial number of the leaf as certbot and OpenSSL show it: lower-case
 * hexadecimal. Allocated; NULL: it cannot be told. */
char *chain_serial(const struct chain *chain);

/*
 * Is CHAIN the version that is known by FINGERPRINT? States, held files and
 * links call a version by the digest of all that its records are made of: the
 * DER of the leaf and of its issuers, one behind the other. The same leaf under
 * another issuer is another version, for the issuer's record is another. The
 * leaf's digest alone, by which older states know a version, is taken as well.
 * False where CHAIN is NULL.
 */
bool chain_is(const struct chain *chain,
	      const struct fingerprint *fingerprint);

/* Drops the issuers from where OTHER, of the same leaf, has others. Of two
 * texts that both may be served, only what both have can be relied on. */
void chain_keep_common(struct chain *chain, const struct chain *other);

/* Would CHAIN be this version if it ended somewhere? */
bool chain_begins(const struct chain *chain,
		  const struct fingerprint *fingerprint);

bool fingerprint_equal(const struct fingerprint *a,
		       const struct fingerprint *b);
/* Lower-case hexadecimal. */
const char *fingerprint_format(const struct fingerprint *fingerprint,
			       char text[FINGERPRINT_TEXT_SIZE]);
bool fingerprint_parse(const char *text, struct fingerprint *fingerprint);
