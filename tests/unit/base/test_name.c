/* SPDX-License-Identifier: MIT */
#include "base/name.h"

#include "unit.h"
#include <stdio.h>
#include <string.h>

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define A63 A60 "aaa"

TEST(parses)
{
	static const struct {
		const char *text, *name;
		size_t labels;
	} cases[] = {
		{ ".", ".", 0 },
		{ "test", "test.", 1 },
		{ "_25._TCP.Mail.Example.COM", "_25._tcp.mail.example.com.",
		  5 },
		{ "example.com.", "example.com.", 2 },
		{ "a\\.b.test", "a\\.b.test.", 2 },
		{ "a\\046b.test", "a\\.b.test.", 2 },
		{ "\\065\\090.test", "az.test.", 2 },
		{ "\\A.test", "a.test.", 2 },
		{ "a\\000b.test", "a\\000b.test.", 2 },
		{ "a\\\\.test", "a\\\\.test.", 2 },
		{ "a\\\\\\.b.test", "a\\\\\\.b.test.", 2 },
		{ "a b.test", "a\\032b.test.", 2 },
		{ "\\255.test", "\\255.test.", 2 },
		{ "*.test", "*.test.", 2 },
		{ "a\\.", "a\\..", 1 },
		{ A63 ".test", A63 ".test.", 2 },
		{ A63 "." A63 "." A63 "." A60 "a",
		  A63 "." A63 "." A63 "." A60 "a.", 4 },
	};
	char *name, *again;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		name = name_parse(cases[i].text);
		assert_non_null(name);
		assert_string_equal(name, cases[i].name);
		assert_int_equal(name_labels(name), cases[i].labels);
		again = name_parse(name);
		assert_string_equal(again, name);
		free(again);
		free(name);
	}
}

TEST(refuses)
{
	static const char *const texts[] = {
		"", "..", ".test", "a..b", "test..", "a\\", "a\\25", "a\\2",
		"a\\256.test", "a\\999",
		A63 "a.test", A63 "." A63 "." A63 "." A60 "aa",
		A63 "." A63 "." A63 "." A60 "aa.",
		A63 "." A63 "." A63 "." A63 "." A63,
	};
	char *name;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		name = name_parse(texts[i]);
		if (name)
			fail_msg("accepted %s as %s", texts[i], name);
	}
}

/* 255 octets on the wire are 1010 of text when each needs an escape. */
TEST(longest_text)
{
	char text[2048] = "", *name;
	size_t i, n = 0;

	for (i = 0; i < 253; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      i % 64 == 63 ? "." : "\\001");
	name = name_parse(text);
	assert_non_null(name);
	assert_int_equal(name_labels(name), 4);
	free(name);
	snprintf(text + n, sizeof(text) - n, "\\001");
	assert_null(name_parse(text));
}

TEST(no_text_is_too_long)
{
	size_t size = 1000 * 1000;
	char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, 'a', size);
	text[size] = '\0';
	assert_null(name_parse(text));
	free(text);
}

TEST(parent)
{
	static const struct {
		const char *name, *parent;
	} cases[] = {
		{ "a.test.", "test." },
		{ "test.", "." },
		{ "a\\.b.test.", "test." },
		{ "a\\\\.test.", "test." },
		{ "a\\046b.test.", "test." },
		{ "a\\..", "." },
	};
	size_t i;

	assert_null(name_parent("."));
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(name_parent(cases[i].name),
				    cases[i].parent);
}

TEST(is_wildcard)
{
	assert_true(name_is_wildcard("*.test."));
	assert_true(name_is_wildcard("*._tcp.a.test."));
	assert_false(name_is_wildcard("a.*.test."));
	assert_false(name_is_wildcard("*a.test."));
	assert_false(name_is_wildcard("."));
}

TEST(is_within)
{
	static const struct {
		const char *name, *ancestor;
		bool within;
	} cases[] = {
		{ "a.test.", "a.test.", true },
		{ "_25._tcp.a.test.", "a.test.", true },
		{ "a.test.", ".", true },
		{ ".", ".", true },
		{ ".", "test.", false },
		{ "test.", "a.test.", false },
		{ "evila.test.", "a.test.", false },
		{ "b\\.a.test.", "a.test.", false },
		{ "b\\\\.a.test.", "a.test.", true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		assert_int_equal(name_is_within(cases[i].name,
						cases[i].ancestor),
				 cases[i].within);
}

TEST(undotted)
{
	static const char *const rows[][2] = {
		{ "mail.example.com.", "mail.example.com" },
		{ "com", "com" }, { ".", "." }, { "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = name_undotted(rows[i][0]);

		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parses),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_longest_text),
		cmocka_unit_test(test_no_text_is_too_long),
		cmocka_unit_test(test_parent),
		cmocka_unit_test(test_undotted),
		cmocka_unit_test(test_is_wildcard),
		cmocka_unit_test(test_is_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
