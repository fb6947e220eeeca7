/* SPDX-License-Identifier: MIT */
#include "reload.h"

#include "bounds.h"
#include "support_program.h"
#include "xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(struct world *world, const char *command,
		  enum reload_verdict want, const char *part)
{
	const struct config_target target = {
		.name = (char *)(uintptr_t)"mail.example.com",
		.reload = (char *)(uintptr_t)command,
	};
	char *detail;
	enum reload_verdict verdict = reload_run(world, &target, &detail);

	if (verdict != want)
		fail_msg("%s: %d (%s)", command, verdict,
			 detail ? detail : "");
	if (part) {
		assert_non_null(detail);
		if (!strstr(detail, part))
			fail_msg("\"%s\" lacks \"%s\"", detail, part);
	} else {
		assert_null(detail);
	}
	free(detail);
}

static void test_commands(void **state)
{
	(void)state;
	check(&real, "true", RELOAD_OK, NULL);
	check(&real, "true | true && :", RELOAD_OK, NULL);
	check(&real, "echo first; echo gone wrong >&2; exit 3", RELOAD_FAILED,
	      "exit status 3: gone wrong");
	check(&real, "false", RELOAD_FAILED, "exit status 1");
	check(&real, "kill -TERM $$", RELOAD_FAILED, "ended by signal 15");
	check(&real, "/nonexistent/program", RELOAD_FAILED, "127");
}

/* Nothing of the environment that certbot or cron gave us. */
static void test_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("RENEWED_DOMAINS", "leak", 1), 0);
	check(&real, "test \"$ALNITAK_TARGET\" = mail.example.com",
	      RELOAD_OK, NULL);
	check(&real, "test \"$PATH\" = /usr/local/sbin:/usr/local/bin:"
	      "/usr/sbin:/usr/bin:/sbin:/bin", RELOAD_OK, NULL);
	check(&real, "test \"$LANG\" = C", RELOAD_OK, NULL);
	check(&real, "test -z \"$RENEWED_DOMAINS$HOME$USER\"", RELOAD_OK,
	      NULL);
	assert_int_equal(unsetenv("RENEWED_DOMAINS"), 0);
}

static void test_no_command(void **state)
{
	(void)state;
	check(&fake, NULL, RELOAD_OK, NULL);
	assert_int_equal(told.runs, 0);
}

static void test_timeout(void **state)
{
	(void)state;
	canned = (struct program){ .timed_out = true, .status = 137,
				   .output = (char *)(uintptr_t)"waiting\n" };
	check(&fake, "sleep 1000", RELOAD_TIMEOUT, "60 s, killed: waiting");
	assert_int_equal(told.runs, 1);
	assert_int_equal(told.timeout_ms, RELOAD_TIMEOUT_MS);
	assert_null(told.user);
}

static void test_not_started(void **state)
{
	(void)state;
	canned = (struct program){ .error = ENOMEM };
	check(&fake, "true", RELOAD_NOT_STARTED, "Cannot allocate memory");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, program_open, program_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commands), TEST(test_environment),
		TEST(test_no_command), TEST(test_timeout),
		TEST(test_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
