/* SPDX-License-Identifier: MIT */
#include "cert/chain_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

/* A copy of what OpenSSL keeps in a memory BIO, as text. */
static char *bio_to_text(BIO *bio)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);

	return size > 0 ? xstrndup(data, (size_t)size) : xstrdup("");
}

static char *x509_subject(const X509 *x509)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	invariant(bio);
	X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
			   XN_FLAG_ONELINE);
	text = bio_to_text(bio);
	BIO_free(bio);
	if (!*text) {
		free(text);
		text = xstrdup("(no subject)");
	}
	return text;
}

/* The SPKI must stand in the certificate as OpenSSL encodes it: a record
 * over octets that no client sees would match nothing. */
static bool x509_take_spki(const X509 *x509, struct certificate *certificate)
{
	unsigned char *spki = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki);
	bool present;

	if (size <= 0)
		return false;
	present = memmem(certificate->der, certificate->der_size, spki,
			 (size_t)size) != NULL;
	if (present) {
		certificate->spki = xmemdup(spki, (size_t)size);
		certificate->spki_size = (size_t)size;
	}
	OPENSSL_free(spki);
	return present;
}

static enum key_family x509_family(const X509 *x509)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);

	switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return KEY_RSA;
	case EVP_PKEY_EC:
		return KEY_ECDSA;
	case EVP_PKEY_ED25519:
	case EVP_PKEY_ED448:
		return KEY_EDDSA;
	default: /* an int, not an enum */
		return KEY_ANY;
	}
}

static bool time_to_seconds(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm tm;

	if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*seconds = timegm(&tm);
	return true;
}

static bool chain_take_leaf(struct chain *chain, const X509 *x509)
{
	const struct certificate *leaf = &chain->certificates[0];

	chain->family = x509_family(x509);
	return EVP_Digest(leaf->der, leaf->der_size, chain->leaf.sha256, NULL,
			  EVP_sha256(), NULL) == 1 &&
	       time_to_seconds(X509_get0_notBefore(x509),
			       &chain->not_before_seconds) &&
	       time_to_seconds(X509_get0_notAfter(x509),
			       &chain->not_after_seconds);
}

/* ---- The way up from the leaf ------------------------------------------ */

/* A text being read. */
struct reading {
	bool sent;		/* by a service */
	X509 **parsed;		/* as chain->certificates */
	size_t count;
};

static bool is_on_path(const struct chain *chain, const size_t *path,
		       size_t length, size_t i)
{
	for (size_t k = 0; k < length; k++)
		if (certificate_equal(&chain->certificates[path[k]],
				     &chain->certificates[i]))
			return true;
	return false;
}

static bool has_issued(X509 *issuer, X509 *x509)
{
	return X509_check_issued(issuer, x509) == X509_V_OK;
}

/* The next one behind AFTER that may have issued the last of PATH; 0: none. */
static size_t next_candidate(const struct chain *chain,
			     const struct reading *reading, const size_t *path,
			     size_t length, size_t after)
{
	X509 *x509 = reading->parsed[path[length - 1]];

	for (size_t i = after + 1; i < chain->count; i++)
		if (chain->certificates[i].spki &&
		    !is_on_path(chain, path, length, i) &&
		    has_issued(reading->parsed[i], x509))
			return i;
	return 0;
}

/*
 * Several may have the issuer's name (of one key, certified twice, or of two):
 * of those the first whose key made the signature counts, as OpenSSL has it.
 */
static size_t find_issuer(const struct chain *chain,
			  const struct reading *reading, const size_t *path,
			  size_t length)
{
	X509 *x509 = reading->parsed[path[length - 1]];
	size_t i = next_candidate(chain, reading, path, length, 0);

	if (!i || !next_candidate(chain, reading, path, length, i))
		return i;
	while (i && X509_verify(x509, X509_get0_pubkey(reading->parsed[i])) !=
			    1)
		i = next_candidate(chain, reading, path, length, i);
	return i;
}

/* Leaves the certificates at PATH, in this order. */
static void chain_keep(struct chain *chain, const size_t *path, size_t length)
{
	struct certificate *kept = xcalloc(length, sizeof(*kept));

	for (size_t i = 0; i < length; i++) {
		kept[i] = chain->certificates[path[i]];
		chain->certificates[path[i]] = (struct certificate){ 0 };
	}
	for (size_t i = 0; i < chain->count; i++)
		certificate_clear(&chain->certificates[i]);
	free(chain->certificates);
	chain->certificates = kept;
	chain->count = length;
}

/* One who has issued another in the file is no server's own. */
static bool begins_with_issuer(const struct chain *chain,
			       const struct reading *reading)
{
	static const size_t leaf;

	for (size_t i = 1; i < chain->count; i++)
		if (!is_on_path(chain, &leaf, 1, i) &&
		    has_issued(reading->parsed[0], reading->parsed[i]) &&
		    !has_issued(reading->parsed[i], reading->parsed[0]))
			return true;
	return false;
}

static enum chain_error chain_order(struct chain *chain,
				    const struct reading *reading)
{
	size_t path[CHAIN_LENGTH_MAX] = { 0 }, length = 1, next;

	if (begins_with_issuer(chain, reading))
		return CHAIN_BROKEN_ORDER;
	while (length < CHAIN_LENGTH_MAX &&
	       (next = find_issuer(chain, reading, path, length)))
		path[length++] = next;
	chain_keep(chain, path, length);
	return CHAIN_OK;
}

/* ---- Reading ------------------------------------------------------------ */

/* Appends the first certificate in SIZE octets as it is, and its parsed form
 * to READING. What follows it is no fault where it is TRUSTED. */
static enum chain_error chain_append(struct chain *chain, const uint8_t *der,
				     size_t size, bool trusted,
				     struct reading *reading)
{
	const unsigned char *end = der;
	X509 *x509 = d2i_X509(NULL, &end, (long)size);
	struct certificate *certificate;
	bool has_spki;

	if (!x509 || (end != der + size && !trusted)) {
		X509_free(x509);
		return CHAIN_UNREADABLE;
	}
	*array_push(reading->parsed, reading->count) = x509;
	certificate = array_push(chain->certificates, chain->count);
	certificate->der_size = (size_t)(end - der);
	certificate->der = xmemdup(der, certificate->der_size);
	certificate->subject = x509_subject(x509);
	has_spki = x509_take_spki(x509, certificate);
	if (chain->count == 1 && !(has_spki && chain_take_leaf(chain, x509)))
		return CHAIN_UNREADABLE;
	return CHAIN_OK;
}

/* Does a line of TEXT begin a block, or what may have become one? */
static bool begins_block(const char *text, size_t size)
{
	return (size >= 5 && memcmp(text, "-----", 5) == 0) ||
	       memmem(text, size, "\n-----", 6);
}

/* What follows the last PEM block: a block begun but not finished there is
 * a file half written. */
static enum chain_error chain_check_rest(const struct chain *chain,
					 const char *rest, size_t size)
{
	unsigned long error = ERR_peek_last_error();

	if (ERR_GET_LIB(error) != ERR_LIB_PEM ||
	    ERR_GET_REASON(error) != PEM_R_NO_START_LINE ||
	    begins_block(rest, size))
		return CHAIN_UNREADABLE;
	return chain->count ? CHAIN_OK : CHAIN_EMPTY;
}

/* A PEM block of this NAME. Servers pass over all but certificates, and behind
 * the leaf that a service sent, all is as good as not sent. */
static enum chain_error chain_take(struct chain *chain, const char *name,
				   const uint8_t *der, size_t size,
				   struct reading *reading)
{
	bool matters = !reading->sent || chain->count == 0;
	bool trusted = streq(name, PEM_STRING_X509_TRUSTED);
	enum chain_error error;

	if (!trusted && !streq(name, PEM_STRING_X509) &&
	    !streq(name, PEM_STRING_X509_OLD))
		return CHAIN_OK;
	error = chain_append(chain, der, size, trusted, reading);
	return matters ? error : CHAIN_OK;
}

/* One PEM block. *MORE is false when there is no further one. */
static enum chain_error chain_read_block(struct chain *chain, BIO *bio,
					 struct reading *reading, bool *more)
{
	char *rest = NULL, *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long size = 0, rest_size = BIO_get_mem_data(bio, &rest);
	enum chain_error error;

	if (!PEM_read_bio(bio, &name, &header, &der, &size)) {
		*more = false;
		return chain_check_rest(chain, rest, (size_t)rest_size);
	}
	error = chain_take(chain, name, der, (size_t)size, reading);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)size);
	return error;
}

static enum chain_error chain_read_all(struct chain *chain, BIO *bio,
				       bool sent)
{
	struct reading reading = { .sent = sent };
	enum chain_error error = CHAIN_OK;
	bool more = true;

	while (more && error == CHAIN_OK)
		error = chain_read_block(chain, bio, &reading, &more);
	if (error == CHAIN_OK && !sent)
		error = chain_order(chain, &reading);
	for (size_t i = 0; i < reading.count; i++)
		X509_free(reading.parsed[i]);
	free(reading.parsed);
	return error;
}

static enum chain_error chain_read(const char *pem, size_t size, bool sent,
				   struct chain **chain)
{
	enum chain_error error;
	struct chain *parsed;
	BIO *bio;

	*chain = NULL;
	if (size > PEM_SIZE_MAX)
		return CHAIN_UNREADABLE;
	if (size == 0)
		return CHAIN_EMPTY;
	bio = BIO_new_mem_buf(pem, (int)size);
	invariant(bio);
	parsed = xcalloc(1, sizeof(*parsed));
	ERR_clear_error();
	error = chain_read_all(parsed, bio, sent);
	ERR_clear_error();
	BIO_free(bio);
	if (error != CHAIN_OK) {
		chain_free(parsed);
		return error;
	}
	chain_take_version(parsed);
	*chain = parsed;
	return CHAIN_OK;
}

enum chain_error chain_parse(const char *pem, size_t size,
			     struct chain **chain)
{
	return chain_read(pem, size, false, chain);
}

enum chain_error chain_parse_sent(const char *pem, size_t size,
				  struct chain **chain)
{
	return chain_read(pem, size, true, chain);
}
