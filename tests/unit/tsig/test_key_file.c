/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_vectors.h"

#include "tsig/key.h"
#include "unit.h"

#define S VECTOR_SECRET

static enum tsig_key_error parse(const char *text, const char *name,
				 struct tsig_key **key, unsigned *line)
{
	const struct tsig_key_options options = { name, false };

	return tsig_key_parse(text, strlen(text), &options, key, line);
}

/* All of them the key "k." with the secret of the vectors. */
static const char *const good[] = {
	/* keymgr -t */
	"# hmac-sha256:k:" S "\n"
	"key:\n  - id: k\n    algorithm: hmac-sha256\n    secret: " S "\n",
	"key:\n- secret: '" S "'\n  id: \"K.\"\n  algorithm: HMAC-SHA256\n",
	"key: # ours\n\n  -\n    id : k # this\n    # that\n"
	"    algorithm: 'hmac-sha256' # one\n    secret: \"" S "\" #\n",
	"key:\r\n\t- id: k\r\n\t  algorithm: hmac-sha256\r\n\t  secret: " S,
	"key:\n  - id: k\n    secret:   MDEyMzQ1Njc4OTAx MjM0NTY3ODkwMTIz"
	"NDU2Nzg5MDE= \nkey:\n    algorithm: hmac-sha256\n",
	/* knsupdate -y */
	"hmac-sha256:k:" S,
	"hmac-sha256:k:" S "\n",
	"\n# comment\n  HMAC-SHA256:K.:" S " # comment\r\n\n",
	/* nsd.conf, one of several keys in another order */
	"key:\n\tname: k\n\talgorithm: hmac-sha256\n\tsecret: \"" S "\"\n",
	"# of NSD\nkey: # ours\n\n# it\n  secret: " S "\n  name: \"K.\"\n"
	"  algorithm: 'hmac-sha256'\n",
	/* pdnsutil list-tsig-keys, generate-tsig-key */
	"k. hmac-sha256. " S "\n",
	"\n# ours\n  k\thmac-sha256\t" S "  \r\n",
	"Create new TSIG key k hmac-sha256 " S "\n",
	/* Windows, and a quote where it does no harm */
	"\xef\xbb\xbf" "hmac-sha256:k:" S,
	"\xef\xbb\xbfkey \"k\" {\r\n\talgorithm hmac-sha256;\r\n"
	"\tsecret \"" S "\";\r\n};\r\n",
	"# it\xe2\x80\x99s ours\nhmac-sha256:k:" S,
	/* YAML as editors and Ansible write it */
	"---\nkey:\n  - id: k\n    algorithm: hmac-sha256\n    secret: " S,
	"# managed\n--- # ours\r\nkey:\n  name: k\n"
	"  algorithm: hmac-sha256\n  secret: " S "\n",
	/* certbot-dns-rfc2136 */
	"# Target DNS server\ndns_rfc2136_server = 192.0.2.1\n"
	"# Target DNS port\ndns_rfc2136_port = 53\n"
	"# TSIG key name\ndns_rfc2136_name = k.\n"
	"# TSIG key secret\ndns_rfc2136_secret = " S "\n"
	"# TSIG key algorithm\ndns_rfc2136_algorithm = HMAC-SHA256\n"
	"dns_rfc2136_sign_query = false\n",
	"dns_rfc2136_secret='" S "'#\ndns_rfc2136_name=\"k\" # x\n"
	"\tdns_rfc2136_algorithm=hmac-sha256# y",
	"email = a@example.com\ndns_rfc2136_name=k\ndns_other_secret = x=y\n"
	"dns_rfc2136_algorithm=HMAC-SHA256\ndns_rfc2136_secret=" S,
};

TEST(good)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct tsig_key *key;
		unsigned line = 77;
		enum tsig_key_error error = parse(good[i], NULL, &key, &line);

		if (error != TSIG_KEY_OK)
			fail_msg("case %zu: %d, line %u", i, error, line);
		assert_int_equal(line, 0);
		assert_string_equal(tsig_key_name(key), "k.");
		assert_int_equal(tsig_key_algorithm(key), TSIG_HMAC_SHA256);
		assert_int_equal(tsig_key_secret(key).size, 32);
		assert_memory_equal(tsig_key_secret(key).data,
				    VECTOR_SECRET_TEXT, 32);
		tsig_key_free(key);
	}
}

#define KNOT(rest) "key:\n  - id: k\n" rest
#define INI "dns_rfc2136_name = k\n"

static const struct {
	const char *text;
	enum tsig_key_error error;
	unsigned line;
} bad[] = {
	{ "", TSIG_KEY_NONE, 0 },
	{ " \n\t\r\n", TSIG_KEY_NONE, 0 },
	{ "# hmac-sha256:k:" S "\n", TSIG_KEY_NONE, 0 },
	{ "key:\n", TSIG_KEY_NONE, 0 },
	{ "email = a@example.com\n", TSIG_KEY_NONE, 0 },
	{ "hello", TSIG_KEY_SYNTAX, 1 },
	{ "\n-----BEGIN PRIVATE KEY-----\nAAAA\n", TSIG_KEY_SYNTAX, 2 },
	{ "\177ELF\2\1\1", TSIG_KEY_SYNTAX, 1 },
	{ "\xef\xbb\xbfkey k", TSIG_KEY_SYNTAX, 1 },
	{ "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: " S,
	  TSIG_KEY_OLD_FORMAT, 1 },
	{ "k. IN KEY 512 3 163 " S "\n", TSIG_KEY_OLD_FORMAT, 1 },
	{ "# ours\nk.\t3600 IN\tKEY 512 3 163 " S, TSIG_KEY_OLD_FORMAT, 2 },
	{ "k. IN TXT " S "\n", TSIG_KEY_SYNTAX, 1 },
	{ "---\n", TSIG_KEY_NONE, 0 },
	{ "---\n---\n", TSIG_KEY_SYNTAX, 2 },
	{ "--- x\n", TSIG_KEY_SYNTAX, 1 },
	{ "---\nkey:\n  - id k\n", TSIG_KEY_SYNTAX, 3 },
	/* Knot */
	{ "key:\nid: k\n", TSIG_KEY_SYNTAX, 2 },
	{ "key:\n  - id: k\n  colour: blue\n", TSIG_KEY_SYNTAX, 3 },
	{ "key:\n  - id: \"k\n", TSIG_KEY_SYNTAX, 2 },
	{ "key:\n  - id: \"k\" k\n", TSIG_KEY_SYNTAX, 2 },
	{ "key:\n  - id k\n", TSIG_KEY_SYNTAX, 2 },
	{ "key:\n  - key:\n", TSIG_KEY_SYNTAX, 2 },
	{ KNOT("    id: l\n"), TSIG_KEY_REPEATED, 3 },
	{ KNOT("acl:\n"), TSIG_KEY_SYNTAX, 3 },
	{ "key:\n  - algorithm: hmac-sha256\n    secret: " S "\n",
	  TSIG_KEY_NO_NAME, 2 },
	{ "key:\n  - id:\n    secret: " S "\n", TSIG_KEY_NO_NAME, 2 },
	{ "key:\n  - id: .\n", TSIG_KEY_BAD_NAME, 2 },
	{ KNOT("    secret: " S "\n"), TSIG_KEY_NO_ALGORITHM, 2 },
	{ KNOT("    algorithm:\n    secret: " S "\n"),
	  TSIG_KEY_NO_ALGORITHM, 3 },
	{ KNOT("    algorithm: hmac-sha256\n"), TSIG_KEY_NO_SECRET, 2 },
	{ KNOT("    algorithm: hmac-sha256\n    secret: ''\n"),
	  TSIG_KEY_EMPTY_SECRET, 4 },
	{ KNOT("    algorithm: hmac-sha256\n    secret: AAAA\n"),
	  TSIG_KEY_SHORT_SECRET, 4 },
	{ KNOT("    algorithm: hmac-sha256\n    secret: " S "A\n"),
	  TSIG_KEY_BAD_BASE64, 4 },
	{ KNOT("    algorithm: hmac-md5\n    secret: " S "\n"),
	  TSIG_KEY_MD5, 3 },
	{ KNOT("    algorithm: hmac-sha512-256\n    secret: " S "\n"),
	  TSIG_KEY_TRUNCATED_ALGORITHM, 3 },
	{ KNOT("  - id: K.\n"), TSIG_KEY_DUPLICATE_NAME, 3 },
	{ KNOT("  - id: l\n"), TSIG_KEY_SEVERAL, 0 },
	/* NSD */
	{ "key:\n  name: k\n  id: k\n", TSIG_KEY_SYNTAX, 3 },
	{ "key:\n  name: k\n  name: k\n", TSIG_KEY_REPEATED, 3 },
	{ "key:\n  name: k\nserver:\n", TSIG_KEY_SYNTAX, 3 },
	{ "key:\n  name: k\n  algorithm\n", TSIG_KEY_SYNTAX, 3 },
	{ "key:\n  algorithm: hmac-sha256\n", TSIG_KEY_NO_NAME, 1 },
	{ "key:\n  name: k\n  secret: " S "\nkey:\n  name: l\n",
	  TSIG_KEY_SEVERAL, 0 },
	/* pdnsutil */
	{ "k. hmac-sha256. " S " x\n", TSIG_KEY_SYNTAX, 1 },
	{ "k. hmac-sha256.", TSIG_KEY_SYNTAX, 1 },
	{ "k. hmac-md5. " S "\n", TSIG_KEY_MD5, 1 },
	{ "k. hmac-sha256. " S "\nl. hmac-sha256 " S, TSIG_KEY_SEVERAL, 0 },
	{ "k. hmac-sha256. " S "\nhello\n", TSIG_KEY_SYNTAX, 2 },
	/* Typographic quotes, and blanks that look like others */
	{ "key\xc2\xa0k {\n};\n", TSIG_KEY_TYPOGRAPHY, 1 },
	{ KNOT("    algorithm:\xe2\x80\x89hmac-sha256\n    secret: " S),
	  TSIG_KEY_TYPOGRAPHY, 3 },
	{ "hmac-sha256:k:" S "\xe2\x80\x8b", TSIG_KEY_TYPOGRAPHY, 1 },
	{ "\n\xef\xbb\xbfkey k {};", TSIG_KEY_TYPOGRAPHY, 2 },
	{ "key \xe2\x80\x9ck\xe2\x80\x9d {\n\talgorithm hmac-sha256;\n"
	  "\tsecret \"" S "\";\n};\n", TSIG_KEY_TYPOGRAPHY, 1 },
	{ "key k {\n\talgorithm hmac-sha256;\n\tsecret \xe2\x80\x9d" S
	  "\xe2\x80\x9d;\n};\n", TSIG_KEY_TYPOGRAPHY, 3 },
	{ KNOT("    algorithm: hmac-sha256\n    secret: \xe2\x80\x98" S
	       "\xe2\x80\x99\n"), TSIG_KEY_TYPOGRAPHY, 4 },
	{ "hmac-sha256:k:\xe2\x80\x9e" S, TSIG_KEY_TYPOGRAPHY, 1 },
	{ "hmac-sha256:k:\xe2\x80\xa6" S, TSIG_KEY_BAD_BASE64, 1 },
	{ "# \xe2\x80\x9c\nhello\n", TSIG_KEY_SYNTAX, 2 },
	{ "\xef\xbb\xbf", TSIG_KEY_NONE, 0 },
	/* algorithm:name:secret */
	{ "k:" S, TSIG_KEY_NO_ALGORITHM, 1 },
	{ ":k:" S, TSIG_KEY_NO_ALGORITHM, 1 },
	/* .. and what looks like it: NSD's whole configuration */
	{ "\nserver:\n  verbosity: 1\nkey:\n  name: k\n  secret: " S
	  "\nzone:\n  name: k\n", TSIG_KEY_SYNTAX, 2 },
	{ "hmac-sha256::" S, TSIG_KEY_NO_NAME, 1 },
	{ "hmac-sha256:k:", TSIG_KEY_EMPTY_SECRET, 1 },
	{ "hmac-sha256:k:#" S, TSIG_KEY_EMPTY_SECRET, 1 },
	{ "hmac-sha256:k:" S ":", TSIG_KEY_SYNTAX, 1 },
	{ "hmac-sha256:k:" S "\nhello\n", TSIG_KEY_SYNTAX, 2 },
	{ "sha256:k:" S, TSIG_KEY_UNKNOWN_ALGORITHM, 1 },
	{ "hmac-md5:k:" S, TSIG_KEY_MD5, 1 },
	{ "hmac-md5:k:" S " # \xef\xbb\xbf" "k", TSIG_KEY_MD5, 1 },
	{ "hmac-sha256:k:" S "\n\nhmac-sha1:k.:" S,
	  TSIG_KEY_DUPLICATE_NAME, 3 },
	{ "hmac-sha256:k:" S "\nhmac-sha256:l:" S "\n", TSIG_KEY_SEVERAL, 0 },
	/* certbot: where it would take hmac-md5, nothing is taken */
	{ INI "dns_rfc2136_secret = " S "\n", TSIG_KEY_NO_ALGORITHM, 1 },
	{ INI "dns_rfc2136_algorithm =\n", TSIG_KEY_NO_ALGORITHM, 2 },
	{ INI "dns_rfc2136_algorithm = HMAC-MD5\ndns_rfc2136_secret = " S,
	  TSIG_KEY_MD5, 2 },
	{ INI "dns_rfc2136_algorithm = HMAC-SHA256\n", TSIG_KEY_NO_SECRET, 1 },
	{ INI "dns_rfc2136_algorithm = HMAC-SHA256\ndns_rfc2136_secret =\n",
	  TSIG_KEY_EMPTY_SECRET, 3 },
	{ INI "dns_rfc2136_algorithm = HMAC-SHA256,\ndns_rfc2136_secret=" S,
	  TSIG_KEY_UNKNOWN_ALGORITHM, 2 },
	{ "email = x\ndns_rfc2136_secret = " S "\n", TSIG_KEY_NO_NAME, 2 },
	{ INI INI, TSIG_KEY_REPEATED, 2 },
	{ INI "[section]\n", TSIG_KEY_SYNTAX, 2 },
	{ INI "dns_rfc2136_secret = '''" S "'''\n", TSIG_KEY_SYNTAX, 2 },
	{ INI "dns_rfc2136_secret = \"" S "\n", TSIG_KEY_SYNTAX, 2 },
};

TEST(bad)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct tsig_key *key;
		unsigned line;
		enum tsig_key_error error =
			parse(bad[i].text, NULL, &key, &line);

		if (error != bad[i].error || line != bad[i].line || key)
			fail_msg("case %zu: %d, line %u", i, error, line);
	}
}

#define THREE \
	"hmac-sha1:one:" S "\nhmac-md5:Two.Example:AAAA\n" \
	"hmac-sha512:three:" S "\n"

TEST(choice)
{
	static const struct {
		const char *text, *name;
		enum tsig_key_error error;
		unsigned line;
		const char *key;
	} cases[] = {
		{ THREE, "one", TSIG_KEY_OK, 0, "one." },
		{ THREE, "THREE.", TSIG_KEY_OK, 0, "three." },
		{ THREE, "two.example", TSIG_KEY_MD5, 2, NULL },
		{ THREE, "four", TSIG_KEY_NOT_THERE, 0, NULL },
		{ THREE, "two", TSIG_KEY_NOT_THERE, 0, NULL },
		{ THREE, "", TSIG_KEY_NO_NAME, 0, NULL },
		{ THREE, "a b", TSIG_KEY_BAD_NAME, 0, NULL },
		{ "hmac-sha1:one:" S, "one", TSIG_KEY_OK, 0, "one." },
		{ "hmac-sha1:one:" S, "two", TSIG_KEY_NOT_THERE, 0, NULL },
		{ "key:\n", "one", TSIG_KEY_NONE, 0, NULL },
		{ VECTOR_KEY("hmac-sha224") "key l { };", "alnitak.example.",
		  TSIG_KEY_OK, 0, "alnitak.example." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tsig_key *key;
		unsigned line;
		enum tsig_key_error error = parse(cases[i].text, cases[i].name,
						  &key, &line);

		if (error != cases[i].error || line != cases[i].line ||
		    !key != !cases[i].key)
			fail_msg("case %zu: %d, line %u", i, error, line);
		if (key)
			assert_string_equal(tsig_key_name(key), cases[i].key);
		tsig_key_free(key);
	}
}

TEST(md5_allowed)
{
	static const char text[] = "hmac-md5:k:" S;
	const struct tsig_key_options options = { NULL, true };
	struct tsig_key *key;
	unsigned line;

	assert_int_equal(tsig_key_parse(text, strlen(text), &options, &key,
					&line), TSIG_KEY_OK);
	assert_int_equal(tsig_key_algorithm(key), TSIG_HMAC_MD5);
	tsig_key_free(key);
}

static enum tsig_key_error parse_octets(const char *text, size_t size,
					unsigned *line)
{
	const struct tsig_key_options options = { NULL, false };
	struct tsig_key *key;
	enum tsig_key_error error =
		tsig_key_parse(text, size, &options, &key, line);

	tsig_key_free(key);
	return error;
}

TEST(sizes)
{
	const size_t mebibyte = 1024 * 1024;
	char *text = malloc(mebibyte);
	unsigned line;

	memset(text, 'a', mebibyte);
	assert_int_equal(parse_octets(text, mebibyte, &line),
			 TSIG_KEY_TOO_LARGE);
	assert_int_equal(parse_octets(text, TSIG_KEY_FILE_MAX + 1, &line),
			 TSIG_KEY_TOO_LARGE);
	assert_int_equal(parse_octets(text, TSIG_KEY_FILE_MAX, &line),
			 TSIG_KEY_SYNTAX);
	memcpy(text, "hmac-sha256:k:", 14);
	assert_int_equal(parse_octets(text, TSIG_KEY_FILE_MAX, &line),
			 TSIG_KEY_LONG_SECRET);
	memset(text, ' ', TSIG_KEY_FILE_MAX);
	memcpy(text + TSIG_KEY_FILE_MAX - strlen("hmac-sha256:k:" S),
	       "hmac-sha256:k:" S, strlen("hmac-sha256:k:" S));
	assert_int_equal(parse_octets(text, TSIG_KEY_FILE_MAX, &line),
			 TSIG_KEY_OK);
	free(text);
	assert_int_equal(parse_octets(NULL, 0, &line), TSIG_KEY_NONE);
}

TEST(zero_octets)
{
	static const char text[] = "hmac-sha256:k:" S "\n\0hmac-sha1:l:" S;
	unsigned line;

	assert_int_equal(parse_octets(text, sizeof(text) - 1, &line),
			 TSIG_KEY_NOT_TEXT);
	assert_int_equal(line, 2);
	assert_int_equal(parse_octets("\0", 1, &line), TSIG_KEY_NOT_TEXT);
	assert_int_equal(line, 1);
}

/* COUNT keys without a secret between HEAD and TAIL; asks for the last one. */
static enum tsig_key_error parse_many(const char *start, const char *head,
				      const char *tail, unsigned count)
{
	char *text = calloc(1, TSIG_KEY_FILE_MAX), name[16];
	size_t size = (size_t)snprintf(text, 16, "%s", start);
	struct tsig_key *key;
	enum tsig_key_error error;
	unsigned line;

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "k%u", i);
		size += (size_t)snprintf(text + size, TSIG_KEY_FILE_MAX - size,
					 "%s%s%s\n", head, name, tail);
	}
	error = parse(text, name, &key, &line);
	free(text);
	return error;
}

TEST(many)
{
	static const char *const formats[][3] = {
		{ "", "key ", "{ };" }, { "key:\n", "- id: ", "" },
		{ "", ":", ":" },
	};

	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *const *f = formats[i];

		assert_int_equal(parse_many(f[0], f[1], f[2],
					    TSIG_KEYS_PER_FILE_MAX),
				 TSIG_KEY_NO_ALGORITHM);
		assert_int_equal(parse_many(f[0], f[1], f[2],
					    TSIG_KEYS_PER_FILE_MAX + 1),
				 TSIG_KEY_TOO_MANY);
	}
}

/* Cut off anywhere, or with any octet changed: an answer, and no overread. */
TEST(mangled)
{
	unsigned line;

	for (size_t i = 0; i < COUNT(good); i++) {
		size_t size = strlen(good[i]);

		for (size_t cut = 0; cut < size; cut++) {
			char *copy = malloc(cut ? cut : 1);

			memcpy(copy, good[i], cut);
			parse_octets(copy, cut, &line);
			for (size_t k = 0; cut && k < 256; k++) {
				copy[cut / 2] = (char)k;
				parse_octets(copy, cut, &line);
			}
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_md5_allowed),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_zero_octets),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
