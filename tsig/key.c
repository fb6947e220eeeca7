/* SPDX-License-Identifier: MIT */
#include "tsig/key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define DIGITS_MAX ((KEY_SECRET_MAX + 2) / 3 * 4)	/* of base64 */

/* Indexed by enum tsig_key_error. */
static const char *const error_texts[] = {
	[TSIG_KEY_OK] = "the key is good",
	[TSIG_KEY_NONE] = "the file has no key; write one with tsig-keygen",
	[TSIG_KEY_SYNTAX] = "this is not written as tsig-keygen, keymgr -t or "
		"certbot-dns-rfc2136 would have it, nor as NSD or pdnsutil, "
		"nor is it a line ALGORITHM:NAME:SECRET; give the key a file "
		"of its own, or write it anew with tsig-keygen",
	[TSIG_KEY_TYPOGRAPHY] = "the line has typographic quotes or "
		"blanks; write straight ones, \"...\", and plain spaces",
	[TSIG_KEY_NOT_TEXT] = "the file is not a text; name a key file",
	[TSIG_KEY_OLD_FORMAT] = "the two files of dnssec-keygen (.key, "
		".private) are not read; write the key in the form of "
		"tsig-keygen",
	[TSIG_KEY_TOO_LARGE] = "the file has more than 64 KiB; name a key file",
	[TSIG_KEY_TOO_MANY] = "the file has more than 64 keys; give the key "
		"that is needed a file of its own",
	[TSIG_KEY_REPEATED] = "the key says this twice; remove one of the two",
	[TSIG_KEY_NO_NAME] = "the key has no name; add the one that the server "
		"has for it",
	[TSIG_KEY_BAD_NAME] = "the key's name is no domain name of letters, "
		"digits and - _ + / @ *; correct it",
	[TSIG_KEY_DUPLICATE_NAME] = "the file has two keys of this name; "
		"remove one of them",
	[TSIG_KEY_SEVERAL] = "the file has several keys; choose one with "
		"FILE#NAME, or leave only that one in the file",
	[TSIG_KEY_NOT_THERE] = "the file has no key of the name asked for; "
		"correct the name or the file",
	[TSIG_KEY_NO_ALGORITHM] = "the key has no algorithm, and programs "
		"differ in the one they assume; add the one that the server "
		"has for it, such as hmac-sha256",
	[TSIG_KEY_UNKNOWN_ALGORITHM] = "the key's algorithm is unknown; use "
		"hmac-sha256, or hmac-sha1, -sha224, -sha384 or -sha512",
	[TSIG_KEY_TRUNCATED_ALGORITHM] = "the key's algorithm cuts the MAC "
		"short; use it without -BITS, here and on the server",
	[TSIG_KEY_MD5] = "hmac-md5 is not allowed; replace the key by one with "
		"hmac-sha256",
	[TSIG_KEY_NOT_OFFERED] = "OpenSSL does not offer the key's algorithm "
		"on this host; replace the key by one with hmac-sha256",
	[TSIG_KEY_NO_SECRET] = "the key has no secret; add it",
	[TSIG_KEY_BAD_BASE64] = "the key's secret is not correct base64; copy "
		"it again, with any = at its end",
	[TSIG_KEY_EMPTY_SECRET] = "the key's secret is empty; make a new key "
		"with tsig-keygen",
	[TSIG_KEY_SHORT_SECRET] = "the key's secret has less than 128 bits; "
		"make a new key with tsig-keygen",
	[TSIG_KEY_LONG_SECRET] = "the key's secret has more than 4096 bits; "
		"make a new key with tsig-keygen",
	[TSIG_KEY_NO_MEMORY] = "there is no memory left for the key",
};

const char *tsig_key_error_text(enum tsig_key_error error)
{
	return error_texts[error];
}

const char *tsig_key_name(const struct tsig_key *key)
{
	return key->name;
}

enum tsig_algorithm tsig_key_algorithm(const struct tsig_key *key)
{
	return key->algorithm;
}

struct octets tsig_key_secret(const struct tsig_key *key)
{
	return (struct octets){ key->secret, key->secret_size };
}

void tsig_key_free(struct tsig_key *key)
{
	OPENSSL_clear_free(key, sizeof(*key));
}

static bool name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr(".-_+/@*", c));
}

enum tsig_key_error tsig_key_name_read(struct text text,
				       char name[KEY_NAME_TEXT_SIZE])
{
	struct wire_name wire;

	if (text.size == 0)
		return TSIG_KEY_NO_NAME;
	if (!wire_name_from_text(&wire, text.at, text.size))
		return TSIG_KEY_BAD_NAME;
	for (size_t i = 0; i < text.size; i++) {
		name[i] = wire_lower(text.at[i]);
		if (!name_character(name[i]))
			return TSIG_KEY_BAD_NAME;
	}
	if (name[text.size - 1] != '.')
		name[text.size++] = '.';
	name[text.size] = '\0';
	return TSIG_KEY_OK;
}

/*
 * Libcrypto decodes more than RFC 4648 4 allows: what it reads must come out
 * the same when written again.
 */
static bool digits_decode(struct tsig_key *key, const uint8_t *digits,
			  size_t size)
{
	uint8_t again[DIGITS_MAX + 1];
	size_t padding = 0;
	int decoded = EVP_DecodeBlock(key->secret, digits, (int)size);
	bool same;

	while (padding < 2 && padding < size &&
	       digits[size - 1 - padding] == '=')
		padding++;
	if (decoded < 0 || (size_t)decoded < padding)
		return false;
	key->secret_size = (size_t)decoded - padding;
	same = EVP_EncodeBlock(again, key->secret, (int)key->secret_size) ==
		(int)size && CRYPTO_memcmp(again, digits, size) == 0;
	OPENSSL_cleanse(again, sizeof(again));
	return same;
}

static enum tsig_key_error secret_read(struct tsig_key *key, struct text base64)
{
	uint8_t digits[DIGITS_MAX];
	size_t size = 0;
	bool fits = true, good;

	for (size_t i = 0; fits && i < base64.size; i++) {
		if (base64.at[i] == ' ' || base64.at[i] == '\t')
			continue;
		fits = size < DIGITS_MAX;
		if (fits)
			digits[size++] = (uint8_t)base64.at[i];
	}
	good = fits && size > 0 && digits_decode(key, digits, size);
	OPENSSL_cleanse(digits, sizeof(digits));
	if (size == 0)
		return TSIG_KEY_EMPTY_SECRET;
	if (!fits || (good && key->secret_size > KEY_SECRET_MAX))
		return TSIG_KEY_LONG_SECRET;
	if (!good)
		return TSIG_KEY_BAD_BASE64;
	return key->secret_size < KEY_SECRET_MIN ?
		TSIG_KEY_SHORT_SECRET : TSIG_KEY_OK;
}

/* A FIPS provider has no MD5: better known now than at the first UPDATE. */
static bool algorithm_offered(const struct tsig_key *key)
{
	uint8_t mac[TSIG_MAC_MAX];

	return algorithm_hmac(key->algorithm, tsig_key_secret(key), NULL, 0,
			      mac);
}

enum tsig_key_error tsig_key_new(const char *name,
				 enum tsig_algorithm algorithm,
				 struct text base64, struct tsig_key **key)
{
	struct tsig_key *made = OPENSSL_zalloc(sizeof(*made));
	const char *algorithm_name = tsig_algorithm_name(algorithm);
	enum tsig_key_error error;

	*key = NULL;
	if (!made)
		return TSIG_KEY_NO_MEMORY;
	made->algorithm = algorithm;
	memcpy(made->name, name, strlen(name) + 1);
	error = secret_read(made, base64);
	if (error == TSIG_KEY_OK && !algorithm_offered(made))
		error = TSIG_KEY_NOT_OFFERED;
	if (error == TSIG_KEY_OK &&
	    (!wire_name_from_text(&made->wire_name, name, strlen(name)) ||
	     !wire_name_from_text(&made->wire_algorithm, algorithm_name,
				  strlen(algorithm_name))))
		error = TSIG_KEY_BAD_NAME;
	if (error == TSIG_KEY_OK)
		*key = made;
	else
		tsig_key_free(made);
	return error;
}
