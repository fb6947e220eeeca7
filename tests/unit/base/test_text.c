/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/xalloc.h"
#include "unit.h"

static void expect(const struct texts *texts, const char *want)
{
	char *joined = xstrdup("");

	for (size_t i = 0; i < texts->count; i++) {
		char *more = xasprintf("%s%s ", joined, texts->items[i]);

		free(joined);
		joined = more;
	}
	assert_string_equal(joined, want);
	free(joined);
}

TEST(sorted_once_and_cleared)
{
	static const char *const words[] = { "b", "a", "c", "a", "b", "a" };
	struct texts texts = { 0 }, once = { 0 };

	texts_sort(&texts);
	texts_drop_repeats(&texts);
	assert_int_equal(texts.count, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		texts_add(&texts, words[i]);
		texts_add_once(&once, words[i]);
	}
	expect(&texts, "b a c a b a ");
	expect(&once, "b a c ");
	assert_true(texts_has(&once, "c"));
	assert_false(texts_has(&once, "d"));
	texts_sort(&texts);
	expect(&texts, "a a a b b c ");
	texts_drop_repeats(&texts);
	expect(&texts, "a b c ");
	texts_clear(&texts);
	texts_clear(&once);
	assert_null(texts.items);
	assert_int_equal(texts.count, 0);
	texts_clear(&texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_once_and_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
