/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "support/tsig_vectors.h"

#include "tsig/key.h"
#include "unit.h"

#define S VECTOR_SECRET
#define ALGORITHM "algorithm hmac-sha256; "
#define SECRET "secret \"" S "\"; "

static enum tsig_key_error parse(const char *text, struct tsig_key **key,
				 unsigned *line)
{
	const struct tsig_key_options options = { NULL, false };

	return tsig_key_parse(text, strlen(text), &options, key, line);
}

/* All of them the key "k." with the secret of the vectors. */
static const char *const good[] = {
	/* tsig-keygen */
	"key \"k\" {\n\talgorithm hmac-sha256;\n\tsecret \"" S "\";\n};\n",
	"key k{algorithm hmac-sha256;secret " S ";};",
	"key \"K.\" { secret " S "; algorithm \"HMAC-SHA256\"; };",
	"KEY k { Algorithm hmac-sha256.; SECRET \"" S "\" ; } ;",
	"\r\n\tkey \"k\"\r\n{\r\n" ALGORITHM "\r\n" SECRET "\r\n}\r\n;\r\n",
	"# key x {\n// key y {\n/* key z { } */ key k { " ALGORITHM SECRET
	"}; # end",
	"/**/key/* { } */k/*\n*/{/*;*/" ALGORITHM "# };\n" SECRET "// };\n};//",
	"/* * / // \" */ key k { " ALGORITHM SECRET "};",
	"key \"k\" { " ALGORITHM "secret \"MDEyMzQ1Njc4OTAxMjM0\t"
	"NTY3ODkwMTIzNDU2Nzg5 MDE=\"; };",
	"key k#comment\n{ algorithm hmac-sha256#}\n; " SECRET "};",
};

TEST(good)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct tsig_key *key;
		unsigned line = 77;
		enum tsig_key_error error = parse(good[i], &key, &line);

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

/* Two slashes in a secret without quotes begin no comment. */
TEST(slashes_in_secret)
{
	struct tsig_key *key;
	unsigned line;

	assert_int_equal(parse("key k { " ALGORITHM
			       "secret AAAA//AAAAAAAAAAAAAAAAA/; };",
			       &key, &line), TSIG_KEY_OK);
	assert_int_equal(tsig_key_secret(key).size, 18);
	tsig_key_free(key);
}

static const struct {
	const char *text;
	enum tsig_key_error error;
	unsigned line;
} bad[] = {
	{ "key", TSIG_KEY_SYNTAX, 1 },
	{ "key {", TSIG_KEY_SYNTAX, 1 },
	{ "key \"k\"", TSIG_KEY_SYNTAX, 1 },
	{ "key \"k {\n" ALGORITHM, TSIG_KEY_SYNTAX, 1 },
	{ "key k {", TSIG_KEY_SYNTAX, 1 },
	{ "key k {\n\n" ALGORITHM, TSIG_KEY_SYNTAX, 3 },
	{ "key k { " ALGORITHM SECRET, TSIG_KEY_SYNTAX, 1 },
	{ "key k { " ALGORITHM SECRET "}", TSIG_KEY_SYNTAX, 1 },
	{ "key k { " ALGORITHM SECRET "}\nkey", TSIG_KEY_SYNTAX, 2 },
	{ "key k {\nalgorithm;\n" SECRET "};", TSIG_KEY_SYNTAX, 2 },
	{ "key k {\nalgorithm hmac-sha256\n" SECRET "};", TSIG_KEY_SYNTAX, 3 },
	{ "key k {\n" ALGORITHM "\nsecret \"" S ";\n};", TSIG_KEY_SYNTAX, 3 },
	{ "key k {\n" ALGORITHM "secret \"MDEy\nMzQ1\";\n};",
	  TSIG_KEY_SYNTAX, 2 },
	{ "key k {\n" ALGORITHM SECRET "colour blue;\n};", TSIG_KEY_SYNTAX, 2 },
	{ "key k {\n{};\n};", TSIG_KEY_SYNTAX, 2 },
	{ "\n/* no end\n*\n/", TSIG_KEY_SYNTAX, 2 },
	{ "key k {\n" ALGORITHM "/* no end\n\n", TSIG_KEY_SYNTAX, 2 },
	{ "/*\n\n*/\nkey k { colour blue; };", TSIG_KEY_SYNTAX, 4 },
	{ "/*/", TSIG_KEY_SYNTAX, 1 },
	{ "/", TSIG_KEY_SYNTAX, 1 },
	{ ";", TSIG_KEY_SYNTAX, 1 },
	{ "\noptions { };", TSIG_KEY_SYNTAX, 2 },
	{ "key k { " ALGORITHM SECRET "};\n\nzone x { };", TSIG_KEY_SYNTAX, 3 },
	{ "key k {\n" ALGORITHM "\n" ALGORITHM SECRET "};",
	  TSIG_KEY_REPEATED, 3 },
	{ "key k {\n" ALGORITHM SECRET "\n" SECRET "};", TSIG_KEY_REPEATED, 3 },
	{ "\nkey k { " ALGORITHM "};", TSIG_KEY_NO_SECRET, 2 },
	{ "\nkey k { " SECRET "};", TSIG_KEY_NO_ALGORITHM, 2 },
	{ "\nkey k {};", TSIG_KEY_NO_ALGORITHM, 2 },
	{ "key k {\nalgorithm \"\"; " SECRET "};", TSIG_KEY_NO_ALGORITHM, 2 },
	{ "key \"\" { " ALGORITHM SECRET "};", TSIG_KEY_NO_NAME, 1 },
	{ "key \"a b\" { " ALGORITHM SECRET "};", TSIG_KEY_BAD_NAME, 1 },
	{ "key\n\"k\\\" { " ALGORITHM SECRET "};", TSIG_KEY_BAD_NAME, 2 },
	{ "key k {\n" ALGORITHM "\nsecret \"\"; };", TSIG_KEY_EMPTY_SECRET, 3 },
	{ "key k {\n" ALGORITHM "\nsecret \"A\"; };", TSIG_KEY_BAD_BASE64, 3 },
	{ "key k {\n" ALGORITHM "\nsecret \"AAAA\"; };",
	  TSIG_KEY_SHORT_SECRET, 3 },
	{ "key k {\nalgorithm hmac-sha256-128; " SECRET "};",
	  TSIG_KEY_TRUNCATED_ALGORITHM, 2 },
	{ "key k {\nalgorithm hmac-sha3; " SECRET "};",
	  TSIG_KEY_UNKNOWN_ALGORITHM, 2 },
	{ "key k {\nalgorithm hmac-md5.sig-alg.reg.int; " SECRET "};",
	  TSIG_KEY_MD5, 2 },
	{ "key k { " ALGORITHM SECRET "};\nkey K. { " ALGORITHM SECRET "};",
	  TSIG_KEY_DUPLICATE_NAME, 2 },
	{ "key k { " ALGORITHM SECRET "};\nkey l { " ALGORITHM SECRET "};",
	  TSIG_KEY_SEVERAL, 0 },
};

TEST(bad)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct tsig_key *key;
		unsigned line;
		enum tsig_key_error error = parse(bad[i].text, &key, &line);

		if (error != bad[i].error || line != bad[i].line || key)
			fail_msg("case %zu: %d, line %u", i, error, line);
	}
}

/* Cut off anywhere, or with any octet changed: an answer, and no overread. */
TEST(mangled)
{
	static const char text[] =
		"/* c */ key \"k\" { # d\n" ALGORITHM SECRET "};";
	const struct tsig_key_options options = { NULL, false };
	struct tsig_key *key;
	unsigned line;

	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		char *copy = malloc(size + 1);

		memcpy(copy, text, size);
		copy = realloc(copy, size ? size : 1);
		assert_int_not_equal(tsig_key_parse(copy, size, &options, &key,
						    &line), TSIG_KEY_OK);
		assert_null(key);
		free(copy);
	}
	for (size_t i = 0; i < (sizeof(text) - 1) * 256; i++) {
		char copy[sizeof(text)];

		memcpy(copy, text, sizeof(text));
		copy[i / 256] = (char)(i % 256);
		tsig_key_parse(copy, sizeof(text) - 1, &options, &key, &line);
		tsig_key_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_slashes_in_secret),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
