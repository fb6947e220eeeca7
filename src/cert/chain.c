/* SPDX-License-Identifier: MIT */
#include "cert/chain.h"

#include "base/bounds.h"
#include "base/hex.h"
#include "base/xalloc.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

const char *chain_error_text(enum chain_error error)
{
	switch (error) {
	case CHAIN_OK:
		return "is good";
	case CHAIN_EMPTY:
		return "holds no certificate";
	case CHAIN_UNREADABLE:
		return "holds something that is no readable certificate";
	case CHAIN_TOO_LONG:
		return "holds too many certificates";
	case CHAIN_BROKEN_ORDER:
		return "has a certificate that is not issued by the next one";
	case CHAIN_KEY_UNREADABLE:
		return "holds no private key that can be read without a "
		       "password";
	case CHAIN_KEY_MISMATCH:
		return "is not the key of the certificate";
	}
	return "unknown error";
}

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

static void chain_take_version(struct chain *chain)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	must(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < chain->count; i++)
		must(EVP_DigestUpdate(context, chain->certificates[i].der,
				      chain->certificates[i].der_size) == 1);
	must(EVP_DigestFinal_ex(context, chain->version.sha256, NULL) == 1);
	EVP_MD_CTX_free(context);
}

/* A text being read. */
struct reading {
	bool sent;		/* by a service */
	X509 *previous;
};

/* Appends the DER as it is; *PREVIOUS becomes its parsed form. */
static enum chain_error chain_append(struct chain *chain, const uint8_t *der,
				     size_t size, X509 **previous)
{
	const unsigned char *end = der;
	X509 *x509 = d2i_X509(NULL, &end, (long)size);
	struct certificate *certificate;
	enum chain_error error = CHAIN_OK;

	if (!x509 || end != der + size) {
		X509_free(x509);
		return CHAIN_UNREADABLE;
	}
	certificate = array_push(chain->certificates, chain->count);
	certificate->der = xmemdup(der, size);
	certificate->der_size = size;
	certificate->subject = x509_subject(x509);
	if (!x509_take_spki(x509, certificate) ||
	    (chain->count == 1 && !chain_take_leaf(chain, x509)))
		error = CHAIN_UNREADABLE;
	else if (*previous &&
		 X509_NAME_cmp(X509_get_issuer_name(*previous),
			       X509_get_subject_name(x509)) != 0)
		error = CHAIN_BROKEN_ORDER;
	X509_free(*previous);
	*previous = x509;
	return error;
}

/* What follows the last PEM block: a block begun but not finished there is
 * a file half written. */
static enum chain_error chain_check_rest(const struct chain *chain,
					 const char *rest, size_t size)
{
	unsigned long error = ERR_peek_last_error();

	if (ERR_GET_LIB(error) != ERR_LIB_PEM ||
	    ERR_GET_REASON(error) != PEM_R_NO_START_LINE ||
	    memmem(rest, size, "-----", 5))
		return CHAIN_UNREADABLE;
	return chain->count ? CHAIN_OK : CHAIN_EMPTY;
}

/* A certificate from a PEM block. Behind the leaf that a service sent, all is
 * as good as not sent. */
static enum chain_error chain_take(struct chain *chain, const uint8_t *der,
				   size_t size, struct reading *reading)
{
	bool matters = !reading->sent || chain->count == 0;
	enum chain_error error;

	if (chain->count == CHAIN_LENGTH_MAX && !reading->sent)
		return CHAIN_TOO_LONG;
	error = chain_append(chain, der, size, &reading->previous);
	return matters ? error : CHAIN_OK;
}

/* One PEM block. *MORE is false when there is no further one. */
static enum chain_error chain_read_block(struct chain *chain, BIO *bio,
					 struct reading *reading, bool *more)
{
	char *rest = NULL, *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long size = 0, rest_size = BIO_get_mem_data(bio, &rest);
	enum chain_error error = CHAIN_UNREADABLE;

	if (!PEM_read_bio(bio, &name, &header, &der, &size)) {
		*more = false;
		return chain_check_rest(chain, rest, (size_t)rest_size);
	}
	if (streq(name, PEM_STRING_X509) && !*header && size > 0)
		error = chain_take(chain, der, (size_t)size, reading);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)size);
	return error;
}

static enum chain_error chain_read(const char *pem, size_t size, bool sent,
				   struct chain **chain)
{
	struct reading reading = { .sent = sent };
	enum chain_error error = CHAIN_OK;
	struct chain *parsed;
	bool more = true;
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
	while (more && error == CHAIN_OK)
		error = chain_read_block(parsed, bio, &reading, &more);
	ERR_clear_error();
	X509_free(reading.previous);
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

/* OpenSSL would ask on the terminal otherwise, and a hook would hang. */
static int no_password(char *buffer, int size, int writing, void *data)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

static EVP_PKEY *key_parse(const char *pem, size_t size)
{
	EVP_PKEY *key;
	BIO *bio;

	if (size == 0 || size > PEM_SIZE_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem, (int)size);
	invariant(bio);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	return key;
}

enum chain_error chain_check_key(const struct chain *chain, const char *pem,
				 size_t size)
{
	const struct certificate *leaf = &chain->certificates[0];
	const unsigned char *der = leaf->der;
	enum chain_error error = CHAIN_OK;
	EVP_PKEY *key;
	X509 *x509;

	key = key_parse(pem, size);
	x509 = d2i_X509(NULL, &der, (long)leaf->der_size);
	invariant(x509);
	if (!key)
		error = CHAIN_KEY_UNREADABLE;
	else if (X509_check_private_key(x509, key) != 1)
		error = CHAIN_KEY_MISMATCH;
	X509_free(x509);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return error;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->count; i++) {
		free(chain->certificates[i].der);
		free(chain->certificates[i].spki);
		free(chain->certificates[i].subject);
	}
	free(chain->certificates);
	free(chain);
}

bool chain_is(const struct chain *chain, const struct fingerprint *fingerprint)
{
	return chain && (fingerprint_equal(&chain->version, fingerprint) ||
			 fingerprint_equal(&chain->leaf, fingerprint));
}

bool fingerprint_equal(const struct fingerprint *a,
		       const struct fingerprint *b)
{
	return memcmp(a->sha256, b->sha256, FINGERPRINT_SIZE) == 0;
}

const char *fingerprint_format(const struct fingerprint *fingerprint,
			       char text[FINGERPRINT_TEXT_SIZE])
{
	hex_format(fingerprint->sha256, FINGERPRINT_SIZE, text);
	return text;
}

bool fingerprint_parse(const char *text, struct fingerprint *fingerprint)
{
	if (strlen(text) != 2 * FINGERPRINT_SIZE ||
	    strspn(text, HEX_LOWER) != 2 * FINGERPRINT_SIZE)
		return false;
	hex_parse(text, FINGERPRINT_SIZE, fingerprint->sha256);
	return true;
}
