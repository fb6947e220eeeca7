/* SPDX-License-Identifier: MIT */
#include "command/refuse.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>

TEST(what_is_wrong)
{
	FILE *kept = stderr;
	char *text = NULL;
	size_t size;

	stderr = open_memstream(&text, &size);
	assert_int_equal(refuse("-%c: \"%s\"", 'x', "y"), OPTIONS_BAD);
	fclose(stderr);
	stderr = kept;
	assert_string_equal(text, "alnitak: -x: \"y\"; see alnitak --help\n");
	free(text);
}

TEST(nothing_drives_the_terminal)
{
	char *large = xasprintf("%0100d", 7);

	assert_string_equal(refuse_text("a\033[2Jb\xc3\xa4\n").text,
			    "a?[2Jb???");
	assert_int_equal(strlen(refuse_text(large).text), SHOWN_MAX - 1);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_nothing_drives_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
