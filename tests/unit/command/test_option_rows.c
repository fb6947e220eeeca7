/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(by_letter)
{
	assert_string_equal(option_find_letter('n')->word, "dry-run");
	assert_null(option_find_letter('z'));
	assert_null(option_find_letter('\0'));
}

/* The beginning of one alone will do; a whole word is no beginning. */
TEST(by_word)
{
	assert_string_equal(option_find_word("keep", 4)->word, "keep-records");
	assert_string_equal(option_find_word("log", 3)->word, "log");
	assert_null(option_find_word("lo", 2));
	assert_null(option_find_word("", 0));
	assert_true(option_begins_with(option_find_letter('n'), "dry", 3));
	assert_false(option_begins_with(option_find_letter('n'), "dry", 0));
	assert_false(option_begins_with(option_find_letter('n'), "drx", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_letter),
		cmocka_unit_test(test_by_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
