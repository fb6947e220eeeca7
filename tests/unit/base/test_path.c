/* SPDX-License-Identifier: MIT */
#include "base/path.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(relative)
{
	static const struct {
		const char *from, *to, *want;
	} cases[] = {
		{ "/etc/alnitak/dane/x", "/etc/letsencrypt",
		  "../../../letsencrypt" },
		{ "/a/b", "/a/b", "." },
		{ "/a/b", "/a", ".." },
		{ "/a", "/a/b/c", "b/c" },
		{ "/", "/a", "a" },
		{ "/a/b", "/", "../.." },
		{ "/", "/", "." },
		{ "/ab/c", "/a/c", "../../a/c" },
		{ "/a/c", "/ab/c", "../../ab/c" },
		{ "//a///b/", "/a/./c//", "../c" },
		{ "/a/b/../c", "/a/x/..", ".." },
		{ "/../../a", "/b", "../b" },
		{ "/a/..b", "/a/...", "../..." },
		{ "relative", "/a", NULL },
		{ "/a", "relative", NULL },
		{ "", "/a", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = path_relative(cases[i].from, cases[i].to);

		if (cases[i].want)
			assert_string_equal(text, cases[i].want);
		else
			assert_null(text);
		free(text);
	}
}

TEST(join)
{
	static const struct {
		const char *directory, *path, *want;
	} rows[] = {
		{ "/etc/le/live/n", "../../archive/n/cert1.pem",
		  "/etc/le/archive/n/cert1.pem" },
		{ "/etc/le/live/n", "/srv//certs/./x", "/srv/certs/x" },
		{ "/a/", "b//c/", "/a/b/c" },
		{ "/a", "..", "" },
		{ "/a", "../../../b", "/b" },
		{ "/a", "", "/a" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *path = path_join(rows[i].directory, rows[i].path);

		assert_string_equal(path, rows[i].want);
		free(path);
	}
}

TEST(directory)
{
	static const char *const rows[][2] = {
		{ "/a/b", "/a" }, { "/a/b/c", "/a/b" }, { "/a", "/" },
		{ "a", "." },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *directory = path_directory(rows[i][0]);

		assert_string_equal(directory, rows[i][1]);
		free(directory);
	}
}

TEST(after)
{
	assert_string_equal(path_after("/a/b/c", "/a"), "b/c");
	assert_string_equal(path_after("/a", ""), "a");
	assert_null(path_after("/a", "/a"));
	assert_null(path_after("/ab/c", "/a"));
	assert_null(path_after("/b/c", "/a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
