/* SPDX-License-Identifier: MIT */
#include "act/reload.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/program.h"
#include "unit.h"

#include <sys/stat.h>

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

/* TEXT with DIRECTORY in place of each @. */
static char *fill(const char *text, const char *directory)
{
	const char *mark = strchr(text, '@');
	char *rest, *filled;

	if (!mark)
		return xstrdup(text);
	rest = fill(mark + 1, directory);
	filled = xasprintf("%.*s%s%s", (int)(mark - text), text, directory,
			   rest);
	free(rest);
	return filled;
}

/* Each program that the shell would start by its path. */
TEST(others_can_change)
{
	static const struct {
		const char *command;
		bool bad;
	} rows[] = {
		{ "@/bad", true }, { "  @/bad now", true }, { "'@/bad'", true },
		{ "\"@/bad\" x", true }, { "true && @/bad", true },
		{ "@/good; @/bad", true }, { "(@/bad)", true },
		{ "@/good | @/bad>/dev/null", true },
		{ "{ @/bad; }", true }, { "true\n@/bad", true },
		{ "@/good", false }, { "true @/bad", false },
		{ "@/good <@/bad", false }, { "", false }, { ";", false },
		{ "'@/good", false },
	};
	char *directory = test_directory_make();
	char *bad = xasprintf("%s/bad", directory);

	test_file_write(directory, "bad", "#!/bin/sh\n");
	test_file_write(directory, "good", "#!/bin/sh\n");
	assert_int_equal(chmod(bad, 0777), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *command = fill(rows[i].command, directory);
		char *fault = reload_fault(&real, command);

		if (!fault == rows[i].bad)
			fail_msg("%s: %s", command, fault ? fault : "good");
		if (fault)
			check(&real, command, RELOAD_NOT_STARTED, bad);
		free(fault);
		free(command);
	}
	free(bad);
	test_directory_remove(directory);
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
		CASE(others_can_change), CASE(not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
