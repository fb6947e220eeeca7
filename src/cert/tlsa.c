/* SPDX-License-Identifier: MIT */
#include "cert/tlsa.h"

#include "base/bounds.h"
#include "base/hex.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

enum { USAGE_PKIX_TA, USAGE_PKIX_EE, USAGE_DANE_TA, USAGE_DANE_EE };
enum { SELECTOR_CERTIFICATE, SELECTOR_KEY };
enum { MATCHING_FULL, MATCHING_SHA256, MATCHING_SHA512 };

bool tlsa_params_equal(struct tlsa_params a, struct tlsa_params b)
{
	return a.usage == b.usage && a.selector == b.selector &&
	       a.matching == b.matching;
}

bool tlsa_params_among(struct tlsa_params params,
		       const struct tlsa_params *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tlsa_params_equal(items[i], params))
			return true;
	return false;
}

static bool params_known(struct tlsa_params params)
{
	return params.usage <= USAGE_DANE_EE &&
	       params.selector <= SELECTOR_KEY &&
	       params.matching <= MATCHING_SHA512;
}

static bool params_about_leaf(struct tlsa_params params)
{
	return params.usage == USAGE_PKIX_EE || params.usage == USAGE_DANE_EE;
}

bool tlsa_is_usable(const struct tlsa *record)
{
	if (!params_known(record->params))
		return false;
	if (record->params.matching == MATCHING_SHA256)
		return record->size == SHA256_DIGEST_LENGTH;
	if (record->params.matching == MATCHING_SHA512)
		return record->size == SHA512_DIGEST_LENGTH;
	return record->size > 0;
}

/* The association data of known PARAMS for one certificate, into DIGEST or
 * straight from the certificate. */
static const uint8_t *certificate_data(const struct certificate *certificate,
				       struct tlsa_params params,
				       uint8_t digest[EVP_MAX_MD_SIZE],
				       size_t *size)
{
	bool whole = params.selector == SELECTOR_CERTIFICATE;
	const uint8_t *octets = whole ? certificate->der : certificate->spki;
	unsigned digest_size = 0;
	const EVP_MD *method;

	*size = whole ? certificate->der_size : certificate->spki_size;
	if (params.matching == MATCHING_FULL)
		return octets;
	method = params.matching == MATCHING_SHA256 ? EVP_sha256()
						    : EVP_sha512();
	must(EVP_Digest(octets, *size, digest, &digest_size, method,
			NULL) == 1);
	*size = digest_size;
	return digest;
}

bool tlsa_from_chain(const struct chain *chain, struct tlsa_params params,
		     struct tlsa *record)
{
	size_t position = params_about_leaf(params) ? 0 : 1;
	uint8_t digest[EVP_MAX_MD_SIZE];
	const uint8_t *data;
	size_t size;

	*record = (struct tlsa){ .params = params };
	if (!params_known(params) || position >= chain->count)
		return false;
	data = certificate_data(&chain->certificates[position], params, digest,
				&size);
	if (size > TLSA_DATA_MAX)
		return false;
	record->data = xmemdup(data, size);
	record->size = size;
	return true;
}

char *tlsa_fault(const struct chain *chain, struct tlsa_params params)
{
	size_t position = params_about_leaf(params) ? 0 : 1;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t size;

	if (!params_known(params))
		return xasprintf("%u %u %u means nothing", params.usage,
				 params.selector, params.matching);
	if (position >= chain->count)
		return xasprintf("%u %u %u is about the issuer, which must "
				 "be in fullchain.pem and in chain.pem, and is "
				 "not in both", params.usage,
				 params.selector, params.matching);
	certificate_data(&chain->certificates[position], params, digest,
			 &size);
	return size <= TLSA_DATA_MAX ? NULL :
	       xasprintf("%u %u %u would have %zu octets of data, more than "
			 "the %d that are published; take matching type 1",
			 params.usage, params.selector, params.matching, size,
			 TLSA_DATA_MAX);
}

static bool record_matches_certificate(const struct tlsa *record,
				       const struct certificate *certificate)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t size;
	const uint8_t *data = certificate_data(certificate, record->params,
					       digest, &size);

	return size == record->size && memcmp(data, record->data, size) == 0;
}

bool tlsa_matches(const struct tlsa *record, const struct chain *chain)
{
	if (!tlsa_is_usable(record))
		return false;
	if (params_about_leaf(record->params))
		return record_matches_certificate(record,
						  &chain->certificates[0]);
	for (size_t i = 1; i < chain->count; i++)
		if (record_matches_certificate(record,
					       &chain->certificates[i]))
			return true;
	return false;
}

bool tlsa_matches_any(const struct tlsa *record, const struct chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i] && tlsa_matches(record, chains->items[i]))
			return true;
	return false;
}

void tlsa_clear(struct tlsa *record)
{
	free(record->data);
	*record = (struct tlsa){ .data = NULL };
}

static int params_compare(struct tlsa_params a, struct tlsa_params b)
{
	if (a.usage != b.usage)
		return a.usage < b.usage ? -1 : 1;
	if (a.selector != b.selector)
		return a.selector < b.selector ? -1 : 1;
	if (a.matching != b.matching)
		return a.matching < b.matching ? -1 : 1;
	return 0;
}

int tlsa_compare(const struct tlsa *a, const struct tlsa *b)
{
	size_t shorter = a->size < b->size ? a->size : b->size;
	int order = params_compare(a->params, b->params);

	if (order == 0 && shorter > 0)
		order = memcmp(a->data, b->data, shorter);
	if (order == 0 && a->size != b->size)
		order = a->size < b->size ? -1 : 1;
	return order;
}

char *tlsa_format(const struct tlsa *record)
{
	char *hex = xmalloc(2 * record->size + 1), *text;

	hex_format(record->data, record->size, hex);
	text = xasprintf("%u %u %u %s", record->params.usage,
			 record->params.selector, record->params.matching,
			 hex);
	free(hex);
	return text;
}

/* Reads a decimal octet and the blanks after it. */
static bool read_octet(const char **text, uint8_t *value)
{
	const char *p = *text;
	unsigned number = 0;

	for (; isdigit((unsigned char)*p); p++) {
		number = number * 10 + (unsigned)(*p - '0');
		if (number > 255)
			return false;
	}
	if (p == *text || (*p && *p != ' ' && *p != '\t'))
		return false;
	*text = p + strspn(p, " \t");
	*value = (uint8_t)number;
	return true;
}

/* "311 " or "3 1 1 "; leaves TEXT at the data. */
static bool read_params(const char **text, struct tlsa_params *params)
{
	const char *p = *text;
	size_t digits = strspn(p, "0123456789");
	size_t blanks = strspn(p + digits, " \t");

	if (digits == 3 && blanks && isxdigit((unsigned char)p[digits + blanks])
	    && !strpbrk(p + digits + blanks, " \t")) {
		params->usage = (uint8_t)(p[0] - '0');
		params->selector = (uint8_t)(p[1] - '0');
		params->matching = (uint8_t)(p[2] - '0');
		*text = p + digits + blanks;
		return true;
	}
	return read_octet(text, &params->usage) &&
	       read_octet(text, &params->selector) &&
	       read_octet(text, &params->matching);
}

bool tlsa_parse(const char *text, struct tlsa *record)
{
	size_t digits;

	*record = (struct tlsa){ .data = NULL };
	if (!read_params(&text, &record->params))
		return false;
	digits = strspn(text, HEX_DIGITS);
	if (text[digits] || digits % 2 || digits / 2 > TLSA_DATA_MAX)
		return false;
	record->size = digits / 2;
	record->data = xmalloc(record->size);
	hex_parse(text, record->size, record->data);
	return true;
}
