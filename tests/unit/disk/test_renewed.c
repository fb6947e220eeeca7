/* SPDX-License-Identifier: MIT */
#include "disk/renewed.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "unit.h"

#define LIVE "/etc/letsencrypt/live/"

static void expect(const char *lineage, const char *domains, const char *name,
		   const char *want)
{
	struct renewed renewed = { lineage, domains };

	assert_string_equal(renewed_domains(&renewed, "/etc/letsencrypt",
					    name), want);
}

TEST(whose)
{
	static const struct {
		const char *lineage, *name;
		bool its;
	} rows[] = {
		{ LIVE "a.test", "a.test", true },
		{ LIVE "a.test/", "a.test", true },
		{ LIVE "a.test//", "a.test", true },
		{ LIVE "a.test", "b.test", false },
		{ LIVE "a.test-0001", "a.test", false },
		{ LIVE "a.test", "a.test-0001", false },
		{ LIVE "a.test/x", "a.test", false },
		{ LIVE "x/../a.test", "a.test", false },
		{ "/staging/live/a.test", "a.test", false },
		{ "a.test", "a.test", false },
		{ "", "a.test", false },
		{ NULL, "a.test", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(rows[i].lineage, "a.test b.test", rows[i].name,
		       rows[i].its ? "a.test b.test" : "");
	expect(LIVE "a.test", NULL, "a.test", "");
}

/* Hooks run with whatever somebody put into the environment. */
TEST(hostile)
{
	char *large = xcalloc(RENEWED_DOMAINS_MAX + 2, 1);
	static const char *const good[] = {
		"", "a.test", "*.a.test xn--bcher-kva.test 2001:db8::1",
		"192.0.2.1", "_x.a-b.test",
	};
	const char *const bad[] = {
		"$(reboot)", "a;b", "a\nPATH=/tmp", "a/../b", "\303\244",
		"a\tb", "-rf a.test", "a.test --help", large,
	};

	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	memset(large, 'a', RENEWED_DOMAINS_MAX + 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		expect(LIVE "a.test", good[i], "a.test", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(LIVE "a.test", bad[i], "a.test", "");
	large[RENEWED_DOMAINS_MAX] = '\0';
	expect(LIVE "a.test", large, "a.test", large);
	free(large);
}

TEST(environment)
{
	struct renewed renewed;

	assert_int_equal(setenv("RENEWED_LINEAGE", LIVE "a.test", 1), 0);
	assert_int_equal(unsetenv("RENEWED_DOMAINS"), 0);
	renewed = renewed_from_environment();
	assert_string_equal(renewed.lineage, LIVE "a.test");
	assert_null(renewed.domains);
	assert_int_equal(setenv("RENEWED_DOMAINS", "a.test", 1), 0);
	assert_int_equal(unsetenv("RENEWED_LINEAGE"), 0);
	renewed = renewed_from_environment();
	assert_null(renewed.lineage);
	assert_string_equal(renewed.domains, "a.test");
	assert_int_equal(unsetenv("RENEWED_DOMAINS"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
