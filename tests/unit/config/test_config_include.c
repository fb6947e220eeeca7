/* SPDX-License-Identifier: MIT */
#include "config/config_include.h"

#include "base/xalloc.h"
#include "unit.h"

/* A directory; what is not listed here is asked for by the tests. */
static const char *directory;

static char *list(void *self, const char *path, struct texts *names)
{
	static const char *const entries[] = {
		"b.conf", "a.conf", ".hidden.conf", "a.conf~", "1x", "2x",
	};

	(void)self;
	if (!streq(path, directory))
		return xasprintf("%s is not %s", path, directory);
	for (size_t i = 0; i < COUNT(entries); i++)
		texts_add(names, entries[i]);
	return NULL;
}

static const struct config_reader reader = { .list = list };

/* PATTERN in FROM is WANT; the directory listed is WHERE. */
static void finds(const char *from, const char *pattern, const char *where,
		  const char *want)
{
	struct texts paths = { .items = NULL };
	char *fault, *have;

	directory = where;
	fault = config_include_find(&reader, from, pattern, &paths);
	if (fault)
		fail_msg("%s: %s", pattern, fault);
	have = texts_join(&paths);
	if (want)
		assert_string_equal(have, want);
	else
		assert_null(have);
	free(have);
	texts_clear(&paths);
}

TEST(places)
{
	finds("/etc/m.conf", "x.conf", NULL, "/etc/x.conf");
	finds("/etc/m.conf", "d/x.conf", NULL, "/etc/d/x.conf");
	finds("/etc/m.conf", "../x", NULL, "/etc/../x");
	finds("/etc/m.conf", "/srv/x", NULL, "/srv/x");
	finds("m.conf", "x", NULL, "x");
	finds("/m.conf", "x", NULL, "/x");
	finds("/etc/m.conf", "d/*.conf", "/etc/d/",
	      "/etc/d/a.conf, /etc/d/b.conf");
	finds("/etc/m.conf", "/*.conf", "/", "/a.conf, /b.conf");
	finds("m.conf", "*.conf", ".", "a.conf, b.conf");
}

TEST(patterns)
{
	finds("/m", "?x", "/", "/1x, /2x");
	finds("/m", "[2-9]x", "/", "/2x");
	finds("/m", "*", "/", "/1x, /2x, /a.conf, /a.conf~, /b.conf");
	finds("/m", "*.cf", "/", NULL);
	/* Where the file is may have such characters. */
	finds("/[x]/m", "?x", "/[x]/", "/[x]/1x, /[x]/2x");
	finds("/[x]/m", "x", NULL, "/[x]/x");
}

TEST(faults)
{
	static const char *const bad[] = {
		"", "/", "d/", "*/x", "d?/x", "[d]/*", "a\\*", "\xff",
	};
	struct texts paths = { .items = NULL };

	directory = "/elsewhere/";
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *fault = config_include_find(&reader, "/m", bad[i],
						  &paths);

		if (!fault)
			fail_msg("%s is no fault", bad[i]);
		free(fault);
	}
	free(config_include_find(&reader, "/m", "*.conf", &paths));
	free(config_include_find(NULL, "/m", "x", &paths));
	assert_int_equal(paths.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
