/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "tsig/key.h"

#include <openssl/evp.h>

/* Key files of all four forms. */
const char fuzz_corpus[] = "key_file";

#define BASE64_SIZE ((KEY_SECRET_MAX + 2) / 3 * 4 + 1)

enum form { FORM_BIND, FORM_KNOT, FORM_COLON, FORM_CERTBOT };

static bool keys_equal(const struct tsig_key *a, const struct tsig_key *b)
{
	struct octets left = tsig_key_secret(a), right = tsig_key_secret(b);

	return streq(tsig_key_name(a), tsig_key_name(b)) &&
	       tsig_key_algorithm(a) == tsig_key_algorithm(b) &&
	       wire_name_equal(&a->wire_name, &b->wire_name) &&
	       left.size == right.size &&
	       memcmp(left.data, right.data, left.size) == 0;
}

static char *write_form(enum form form, const struct tsig_key *key)
{
	const char *algorithm = tsig_algorithm_name(tsig_key_algorithm(key));
	const char *name = tsig_key_name(key);
	struct octets secret = tsig_key_secret(key);
	unsigned char base64[BASE64_SIZE];

	EVP_EncodeBlock(base64, secret.data, (int)secret.size);
	switch (form) {
	case FORM_BIND:
		return xasprintf("key \"%s\" { algorithm %s; secret \"%s\"; };",
				 name, algorithm, base64);
	case FORM_KNOT:
		return xasprintf("key:\n  - id: \"%s\"\n    algorithm: %s\n"
				 "    secret: %s\n", name, algorithm, base64);
	case FORM_COLON:
		return xasprintf("%s:%s:%s\n", algorithm, name, base64);
	case FORM_CERTBOT:
		return xasprintf("dns_rfc2136_name = \"%s\"\n"
				 "dns_rfc2136_algorithm = %s\n"
				 "dns_rfc2136_secret = \"%s\"\n",
				 name, algorithm, base64);
	}
	return NULL;
}

static void check_round_trips(const struct tsig_key *key)
{
	const struct tsig_key_options options = { tsig_key_name(key), true };

	for (enum form form = FORM_BIND; form <= FORM_CERTBOT; form++) {
		char *text = write_form(form, key);
		struct tsig_key *again;
		unsigned line;

		must(tsig_key_parse(text, strlen(text), &options, &again,
				    &line) == TSIG_KEY_OK);
		invariant(keys_equal(key, again));
		tsig_key_free(again);
		free(text);
	}
}

/* The secret stands in the file as it is written, but for blanks. */
static void check_secret(const struct tsig_key *key, const uint8_t *data,
			 size_t size)
{
	struct octets secret = tsig_key_secret(key);
	unsigned char base64[BASE64_SIZE];
	char *tight = xmalloc(size);
	size_t count = 0;

	EVP_EncodeBlock(base64, secret.data, (int)secret.size);
	for (size_t i = 0; i < size; i++)
		if (data[i] != ' ' && data[i] != '\t')
			tight[count++] = (char)data[i];
	invariant(memmem(tight, count, base64, strlen((char *)base64)));
	free(tight);
}

static void check_key(const struct tsig_key *key, bool allow_md5)
{
	const char *name = tsig_key_name(key);
	size_t size = strlen(name), secret = tsig_key_secret(key).size;

	invariant(size > 0 && size < KEY_NAME_TEXT_SIZE);
	invariant(name[size - 1] == '.');
	invariant(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
			 ".-_+/@*") == size);
	invariant(secret >= KEY_SECRET_MIN && secret <= KEY_SECRET_MAX);
	invariant(allow_md5 || tsig_key_algorithm(key) != TSIG_HMAC_MD5);
	check_round_trips(key);
}

static unsigned lines_of(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

/* NAME: the key that is asked for. */
static enum tsig_key_error try_file(const uint8_t *data, size_t size,
				    const char *name, bool allow_md5)
{
	const struct tsig_key_options options = { name, allow_md5 };
	struct tsig_key *key;
	unsigned line;
	enum tsig_key_error error = tsig_key_parse((const char *)data, size,
						   &options, &key, &line);

	invariant((error == TSIG_KEY_OK) == (key != NULL));
	invariant(line <= lines_of(data, size));
	invariant(error != TSIG_KEY_OK || line == 0);
	invariant(*tsig_key_error_text(error));
	if (key) {
		check_key(key, allow_md5);
		check_secret(key, data, size);
	}
	if (key && name)
		invariant(streq(tsig_key_name(key), name));
	tsig_key_free(key);
	return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum tsig_key_error strict = try_file(data, size, NULL, false);
	enum tsig_key_error loose = try_file(data, size, NULL, true);

	/* What else is allowed changes nothing but that. */
	invariant(strict == loose || strict == TSIG_KEY_MD5);
	try_file(data, size, "k.", true);
	try_file(data, size, "alnitak.example.", false);
	return 0;
}
