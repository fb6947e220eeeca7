/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tsig/key_text.h"
#include "unit.h"

static struct text text(const char *string)
{
	return (struct text){ string, strlen(string), 7 };
}

static void assert_text(struct text found, const char *wanted)
{
	assert_int_equal(found.size, strlen(wanted));
	assert_memory_equal(found.at, wanted, found.size);
}

TEST(lines)
{
	const char file[] = "one \n\ntwo";
	struct scanner scanner = { file, file + strlen(file), 1 };
	struct text line = scanner_line(&scanner);

	assert_text(line, "one ");
	assert_int_equal(line.line, 1);
	assert_text(scanner_line(&scanner), "");
	line = scanner_line(&scanner);
	assert_text(line, "two");
	assert_int_equal(line.line, 3);
	assert_ptr_equal(scanner.at, scanner.end);
}

TEST(words)
{
	const char file[] = "Ab-1_.c:x";
	struct scanner scanner = { file, file + strlen(file), 1 };
	struct text rest = text("a \tb");

	assert_text(scanner_word(&scanner), "Ab-1_.c");
	assert_int_equal(*scanner.at, ':');
	assert_text(scanner_word(&scanner), "");
	assert_text(text_cut_word(&rest), "a");
	assert_text(text_cut_word(&rest), "b");
	assert_text(text_cut_word(&rest), "");
	assert_true(text_is(text("KEY"), "key"));
	assert_false(text_is(text("keys"), "key"));
	assert_text(text_trim(text(" \t a b\r")), "a b");
}

TEST(splits)
{
	struct text before, behind;

	assert_true(text_split(text("a:b:c"), ':', &before, &behind));
	assert_text(before, "a");
	assert_text(behind, "b:c");
	assert_int_equal(behind.line, 7);
	assert_false(text_split(text("abc"), ':', &before, &behind));
	assert_text(before, "abc");
}

TEST(values)
{
	static const char *const cases[][2] = {
		{ " a b # c", "a b" }, { "'a # b' # c", "a # b" },
		{ "\"a\"", "a" }, { "", "" }, { " # c", "" }, { "''", "" },
	};
	struct text value;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(text_value(text(cases[i][0]), &value));
		assert_text(value, cases[i][1]);
		assert_int_equal(text_is_empty(text(cases[i][0])),
				 !*cases[i][1]);
	}
	assert_false(text_value(text("'a"), &value));
	assert_false(text_value(text("'a' b"), &value));
	assert_false(text_is_empty(text("'a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
