/* SPDX-License-Identifier: MIT */
#include "act/reload.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/program.h"
#include "unit.h"

static void check(struct world *world, const char *command,
		  enum reload_verdict want, const char *part)
{
	const struct config_target target = {
		.name = lent("mail.example.com"),
		.reload = lent(command),
	};
	char *detail;
	enum reload_verdict verdict = reload_run(world, &target,
						 RELOAD_TIMEOUT_MS, &detail);

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

TEST(commands)
{
	check(&real, "true", RELOAD_OK, NULL);
	check(&real, "true | true && :", RELOAD_OK, NULL);
	check(&real, "echo first; echo gone wrong >&2; exit 3", RELOAD_FAILED,
	      "exit status 3: gone wrong");
	check(&real, "false", RELOAD_FAILED, "exit status 1");
	check(&real, "kill -TERM $$", RELOAD_FAILED, "ended by signal 15");
	check(&real, "/nonexistent/program", RELOAD_FAILED, "127");
}

/* Nothing of the environment that certbot or cron gave us. */
TEST(environment)
{
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

TEST(no_command)
{
	check(&fake, NULL, RELOAD_OK, NULL);
	assert_int_equal(told.runs, 0);
}

TEST(timeout)
{
	canned = (struct program){ .timed_out = true, .status = 137,
				   .output = lent("waiting\n") };
	check(&fake, "sleep 1000", RELOAD_TIMEOUT, "60 s, killed: waiting");
	assert_int_equal(told.runs, 1);
	assert_int_equal(told.timeout_ms, RELOAD_TIMEOUT_MS);
	assert_null(told.user);
}

TEST(not_started)
{
	canned = (struct program){ .error = ENOMEM };
	check(&fake, "true", RELOAD_NOT_STARTED, "Cannot allocate memory");
}

#define CASE(name) CASE_WITH(name, program_open, program_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(commands), CASE(environment),
		CASE(no_command), CASE(timeout),
		CASE(not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
