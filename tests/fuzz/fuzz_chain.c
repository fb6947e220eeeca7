/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "cert/tlsa.h"
#include "fuzz.h"

#include <openssl/pem.h>
#include <openssl/sha.h>

/*
 * Certificate files. Up to the first zero octet it is a chain, behind it the
 * private key; an input that begins as DER does is one certificate, so that
 * not every change must go by way of base64.
 */
const char fuzz_corpus[] = "chain";

#define DER_SEQUENCE 0x30

static char *pem_of(const uint8_t *der, size_t size, size_t *pem_size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *pem;

	invariant(bio && size <= INT32_MAX);
	must(PEM_write_bio(bio, PEM_STRING_X509, "", der, (long)size) > 0);
	*pem_size = (size_t)BIO_get_mem_data(bio, &data);
	pem = xmemdup(data, *pem_size);
	BIO_free(bio);
	return pem;
}

/* ---- TLSA records of a chain ------------------------------------------- */

static void check_format(const struct tlsa *record)
{
	char *text = tlsa_format(record);
	struct tlsa again;

	must(tlsa_parse(text, &again));
	invariant(tlsa_compare(record, &again) == 0);
	tlsa_clear(&again);
	free(text);
}

static void check_record(const struct chain *chain, struct tlsa_params params,
			 struct tlsa_set *set)
{
	bool leaf = params.usage == 1 || params.usage == 3;
	struct tlsa record;

	if (!tlsa_from_chain(chain, params, &record)) {
		invariant((!leaf && chain->count == 1) || params.matching == 0);
		return;
	}
	invariant(tlsa_is_usable(&record) && record.size <= TLSA_DATA_MAX);
	invariant(tlsa_matches(&record, chain));
	check_format(&record);
	tlsa_set_add(set, &record);
	record.data[record.size - 1] ^= 1;
	if (leaf)
		invariant(!tlsa_matches(&record, chain));
	tlsa_clear(&record);
}

static void check_records(const struct chain *chain)
{
	struct tlsa_set set = { .records = NULL };

	for (unsigned i = 0; i < 4 * 2 * 3; i++)
		check_record(chain, (struct tlsa_params){ (uint8_t)(i % 4),
			(uint8_t)(i / 4 % 2), (uint8_t)(i / 8) }, &set);
	invariant(set.count > 0 && tlsa_set_covers(&set, chain));
	for (size_t i = 1; i < set.count; i++)
		invariant(tlsa_compare(&set.records[i - 1],
				       &set.records[i]) < 0);
	tlsa_set_clear(&set);
}

/* ---- The chain itself -------------------------------------------------- */

static void check_certificate(const struct certificate *certificate)
{
	const unsigned char *spki = certificate->spki;
	X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &spki,
					   (long)certificate->spki_size);

	invariant(certificate->subject && *certificate->subject);
	invariant(memmem(certificate->der, certificate->der_size,
			 certificate->spki, certificate->spki_size));
	invariant(key && spki == certificate->spki + certificate->spki_size);
	X509_PUBKEY_free(key);
}

static void check_leaf(const struct chain *chain)
{
	const struct certificate *leaf = &chain->certificates[0];
	struct fingerprint fingerprint;

	SHA256(leaf->der, leaf->der_size, fingerprint.sha256);
	invariant(fingerprint_equal(&fingerprint, &chain->leaf));
}

static void check_written(const struct chain *chain)
{
	const struct certificate *leaf = &chain->certificates[0];
	struct chain *again;
	size_t size;
	char *pem = pem_of(leaf->der, leaf->der_size, &size);

	must(chain_parse(pem, size, &again) == CHAIN_OK);
	invariant(again->count == 1);
	invariant(fingerprint_equal(&chain->leaf, &again->leaf));
	invariant(again->certificates[0].der_size == leaf->der_size &&
		  memcmp(again->certificates[0].der, leaf->der,
			 leaf->der_size) == 0);
	chain_free(again);
	free(pem);
}

static void check_key(const struct chain *chain, const char *pem, size_t size)
{
	enum chain_error error = chain_check_key(chain, pem, size);

	invariant(error == CHAIN_OK || error == CHAIN_KEY_UNREADABLE ||
		  error == CHAIN_KEY_MISMATCH);
	invariant(size > 0 || error == CHAIN_KEY_UNREADABLE);
}

static void try_chain(const char *pem, size_t size, const char *key,
		      size_t key_size)
{
	struct chain *chain;
	enum chain_error error = chain_parse(pem, size, &chain);

	invariant((error == CHAIN_OK) == (chain != NULL));
	invariant(error != CHAIN_KEY_UNREADABLE && error != CHAIN_KEY_MISMATCH);
	invariant(*chain_error_text(error));
	if (!chain)
		return;
	invariant(chain->count > 0 && chain->count <= CHAIN_LENGTH_MAX);
	for (size_t i = 0; i < chain->count; i++)
		check_certificate(&chain->certificates[i]);
	check_leaf(chain);
	check_records(chain);
	check_written(chain);
	check_key(chain, key, key_size);
	chain_free(chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = memchr(data, '\0', size);
	size_t chain_size = end ? (size_t)(end - text) : size;
	char *pem;

	if (size > 0 && data[0] == DER_SEQUENCE) {
		pem = pem_of(data, size, &chain_size);
		try_chain(pem, chain_size, text, size);
		free(pem);
	} else if (end) {
		try_chain(text, chain_size, end + 1, size - chain_size - 1);
	} else {
		try_chain(text, size, text, size);
	}
	return 0;
}
