/* SPDX-License-Identifier: MIT */
#include "tsig/algorithm.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#define MD5_SHORT_NAME "hmac-md5"

static const struct {
	const char *name;
	char digest[12];	/* as libcrypto calls it */
	size_t mac_size;
} algorithms[] = {
	[TSIG_HMAC_MD5] = { "hmac-md5.sig-alg.reg.int", "MD5", 16 },
	[TSIG_HMAC_SHA1] = { "hmac-sha1", "SHA1", 20 },
	[TSIG_HMAC_SHA224] = { "hmac-sha224", "SHA2-224", 28 },
	[TSIG_HMAC_SHA256] = { "hmac-sha256", "SHA2-256", 32 },
	[TSIG_HMAC_SHA384] = { "hmac-sha384", "SHA2-384", 48 },
	[TSIG_HMAC_SHA512] = { "hmac-sha512", "SHA2-512", 64 },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

const char *tsig_algorithm_name(enum tsig_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

size_t algorithm_mac_size(enum tsig_algorithm algorithm)
{
	return algorithms[algorithm].mac_size;
}

static bool text_is(const char *text, size_t size, const char *name)
{
	return size == strlen(name) && strncasecmp(text, name, size) == 0;
}

/* NAME with "-BITS" behind it. */
static bool text_is_truncated(const char *text, size_t size, const char *name)
{
	size_t length = strlen(name);

	if (size < length + 2 || strncasecmp(text, name, length) != 0 ||
	    text[length] != '-')
		return false;
	for (size_t i = length + 1; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

enum tsig_key_error algorithm_from_text(const char *text, size_t size,
					enum tsig_algorithm *algorithm)
{
	if (size == 0)
		return TSIG_KEY_NO_ALGORITHM;
	if (text[size - 1] == '.')
		size--;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		if (text_is(text, size, algorithms[i].name)) {
			*algorithm = (enum tsig_algorithm)i;
			return TSIG_KEY_OK;
		}
		if (text_is_truncated(text, size, algorithms[i].name))
			return TSIG_KEY_TRUNCATED_ALGORITHM;
	}
	if (text_is_truncated(text, size, MD5_SHORT_NAME))
		return TSIG_KEY_TRUNCATED_ALGORITHM;
	*algorithm = TSIG_HMAC_MD5;
	return text_is(text, size, MD5_SHORT_NAME) ?
		TSIG_KEY_OK : TSIG_KEY_UNKNOWN_ALGORITHM;
}

static bool hmac_run(EVP_MAC_CTX *context, enum tsig_algorithm algorithm,
		     struct octets secret, const struct octets *data,
		     size_t count, uint8_t *mac)
{
	char digest[sizeof(algorithms[0].digest)];
	OSSL_PARAM parameters[2];
	size_t size = 0;

	memcpy(digest, algorithms[algorithm].digest, sizeof(digest));
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
							 digest, 0);
	parameters[1] = OSSL_PARAM_construct_end();
	if (!EVP_MAC_init(context, secret.data, secret.size, parameters))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!EVP_MAC_update(context, data[i].data, data[i].size))
			return false;
	return EVP_MAC_final(context, mac, &size, TSIG_MAC_MAX) &&
		size == algorithms[algorithm].mac_size;
}

bool algorithm_hmac(enum tsig_algorithm algorithm, struct octets secret,
		    const struct octets *data, size_t count,
		    uint8_t mac[TSIG_MAC_MAX])
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	bool done = context && hmac_run(context, algorithm, secret, data,
					count, mac);

	EVP_MAC_CTX_free(context);
	EVP_MAC_free(hmac);
	return done;
}
