/* SPDX-License-Identifier: MIT */
#include "act/notify.h"

#include "base/xalloc.h"
#include "support/program.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct notice notice = {
	.event = ALARM_STAND, .targets = lent("mail web"),
	.subject = lent("alnitak: mail and 1 more are still in trouble"),
	.text = lent("mail: stuck\nweb: stuck\n"),
	.since = lent("2027-01-15 08:00:00 UTC"),
};

static char *run_script(const char *script)
{
	char *arguments[] = { lent("/bin/sh"), lent("-c"), lent(script),
			      NULL };
	const struct config config = { .notify = arguments };

	return notify_run(&real, &config, &notice, 20000);
}

static void expect_well(const char *script)
{
	char *fault = run_script(script);

	if (fault)
		fail_msg("%s", fault);
}

TEST(what_it_is_told)
{
	expect_well("test \"$(cat)\" = 'Subject: alnitak: mail and 1 more are "
		    "still in trouble\n\nmail: stuck\nweb: stuck'");
	expect_well("test \"$ALNITAK_EVENT\" = stand");
	expect_well("test \"$ALNITAK_TARGET\" = 'mail web'");
	expect_well("test \"$ALNITAK_SUBJECT\" = 'alnitak: mail and 1 more "
		    "are still in trouble'");
	expect_well("test \"$ALNITAK_TEXT\" = 'mail: stuck\nweb: stuck\n'");
	expect_well("test \"$ALNITAK_SINCE\" = '2027-01-15 08:00:00 UTC'");
}

/* Nothing of the environment that certbot or a timer gave us. */
TEST(environment)
{
	char *arguments[] = { lent("/bin/true"), NULL };
	const struct config config = { .notify = arguments,
				       .notify_user = lent("nobody") };

	assert_null(notify_run(&fake, &config, &notice, 1234));
	assert_string_equal(told.environment,
			    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			    "/usr/bin:/sbin:/bin\nLANG=C\n"
			    "ALNITAK_EVENT=stand\nALNITAK_TARGET=mail web\n"
			    "ALNITAK_SUBJECT=alnitak: mail and 1 more are "
			    "still in trouble\n"
			    "ALNITAK_TEXT=mail: stuck\nweb: stuck\n\n"
			    "ALNITAK_SINCE=2027-01-15 08:00:00 UTC\n");
	assert_string_equal(told.user, "nobody");
	assert_int_equal(told.timeout_ms, 1234);
}

static void expect_fault(char *fault, const char *part)
{
	assert_non_null(fault);
	if (!strstr(fault, part))
		fail_msg("\"%s\" lacks \"%s\"", fault, part);
	free(fault);
}

TEST(failures)
{
	char *arguments[] = { lent("/nonexistent"), NULL };
	const struct config config = { .notify = arguments };

	expect_fault(run_script("echo one; echo no mail >&2; exit 75"),
		     "notify: /bin/sh: exit status 75: no mail");
	expect_fault(run_script("kill -TERM $$"), "ended by signal 15");
	expect_fault(notify_run(&real, &config, &notice, 1000),
		     "notify: /nonexistent: cannot be started: No such file");
	canned = (struct program){ .timed_out = true, .status = 137,
				   .output = lent("waiting\n") };
	expect_fault(notify_run(&fake, &config, &notice, 30000),
		     "not done after 30 s, killed: waiting");
}

/* What runs as root must be root's alone to change. */
TEST(a_program_that_others_can_change)
{
	char directory[] = "/tmp/alnitak-test-XXXXXX";
	char *path;
	FILE *file;

	assert_non_null(mkdtemp(directory));
	path = xasprintf("%s/notify", directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("#!/bin/sh\n", file);
	fclose(file);
	assert_int_equal(chmod(path, 0775), 0);

	char *arguments[] = { path, NULL };
	struct config config = { .notify = arguments };

	expect_fault(notify_run(&fake, &config, &notice, 1000),
		     "not started: others than root can change /tmp/alnitak-");
	assert_int_equal(told.runs, 0);
	config.notify_user = lent("nobody");
	assert_null(notify_run(&fake, &config, &notice, 1000));
	assert_int_equal(told.runs, 1);
	unlink(path);
	rmdir(directory);
	free(path);
}

#define CASE(name) CASE_WITH(name, program_open, program_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_it_is_told), CASE(environment), CASE(failures),
		CASE(a_program_that_others_can_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
