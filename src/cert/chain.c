/* SPDX-License-Identifier: MIT */
#include "cert/chain_internal.h"

#include "base/bounds.h"
#include "base/hex.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

const char *chain_error_text(enum chain_error error)
{
	switch (error) {
	case CHAIN_OK:
		return "is good";
	case CHAIN_EMPTY:
		return "holds no certificate";
	case CHAIN_UNREADABLE:
		return "holds something that is no readable certificate";
	case CHAIN_BROKEN_ORDER:
		return "begins with an issuer; the server's own certificate "
		       "must be the first";
	case CHAIN_KEY_UNREADABLE:
		return "holds no private key that can be read without a "
		       "password";
	case CHAIN_KEY_MISMATCH:
		return "is not the key of the certificate";
	}
	return "unknown error";
}

/* Of the first COUNT certificates. */
static struct fingerprint digest(const struct chain *chain, size_t count)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct fingerprint found;

	must(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < count; i++)
		must(EVP_DigestUpdate(context, chain->certificates[i].der,
				      chain->certificates[i].der_size) == 1);
	must(EVP_DigestFinal_ex(context, found.sha256, NULL) == 1);
	EVP_MD_CTX_free(context);
	return found;
}

void chain_take_version(struct chain *chain)
{
	chain->version = digest(chain, chain->count);
}

void chain_take_digests(struct chain *chain)
{
	chain->leaf = digest(chain, 1);
	chain_take_version(chain);
}

void chain_keep_common(struct chain *chain, const struct chain *other)
{
	size_t common = 1;

	while (common < chain->count && common < other->count &&
	       certificate_equal(&chain->certificates[common],
				 &other->certificates[common]))
		common++;
	if (common == chain->count)
		return;
	while (chain->count > common)
		certificate_clear(&chain->certificates[--chain->count]);
	chain_take_version(chain);
}

bool chain_begins(const struct chain *chain,
		  const struct fingerprint *fingerprint)
{
	for (size_t count = chain ? chain->count : 0; count > 0; count--) {
		struct fingerprint begin = count == chain->count ?
			chain->version : digest(chain, count);

		if (fingerprint_equal(&begin, fingerprint))
			return true;
	}
	return false;
}

bool certificate_equal(const struct certificate *a,
		       const struct certificate *b)
{
	return a->der_size == b->der_size &&
	       memcmp(a->der, b->der, a->der_size) == 0;
}

void certificate_clear(struct certificate *certificate)
{
	free(certificate->der);
	free(certificate->spki);
	free(certificate->subject);
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

struct chain *chain_copy(const struct chain *chain)
{
	struct chain *copy = xmemdup(chain, sizeof(*chain));

	copy->certificates = xmemdup(chain->certificates, chain->count *
				     sizeof(*chain->certificates));
	for (size_t i = 0; i < copy->count; i++) {
		struct certificate *at = &copy->certificates[i];

		at->der = xmemdup(at->der, at->der_size);
		at->spki = xmemdup(at->spki, at->spki_size);
		at->subject = xstrdup(at->subject);
	}
	return copy;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->count; i++)
		certificate_clear(&chain->certificates[i]);
	free(chain->certificates);
	free(chain);
}

char *chain_serial(const struct chain *chain)
{
	const struct certificate *leaf = &chain->certificates[0];
	const unsigned char *der = leaf->der;
	X509 *x509 = d2i_X509(NULL, &der, (long)leaf->der_size);
	BIGNUM *number = x509 ? ASN1_INTEGER_to_BN(
				X509_get0_serialNumber(x509), NULL) : NULL;
	char *hex = number ? BN_bn2hex(number) : NULL, *text = NULL;

	if (hex) {
		size_t zeros = strspn(hex, "0");

		text = xstrdup(hex[zeros] ? hex + zeros : "0");
		for (char *p = text; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	OPENSSL_free(hex);
	BN_free(number);
	X509_free(x509);
	ERR_clear_error();
	return text;
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
