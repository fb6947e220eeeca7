/* SPDX-License-Identifier: MIT */
#include "tell/stdout.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What became of a line printed to DESCRIPTOR, which is taken over. */
static bool arrives(int descriptor)
{
	FILE *kept = stdout;
	bool arrived;

	stdout = fdopen(descriptor, "w");
	assert_non_null(stdout);
	puts("line");
	arrived = stdout_end();
	assert_int_equal(stdout_is_lost(), !arrived);
	fclose(stdout);
	stdout = kept;
	return arrived;
}

TEST(what_arrives)
{
	assert_true(arrives(open("/dev/null", O_WRONLY)));
}

TEST(a_full_disk)
{
	assert_false(arrives(open("/dev/full", O_WRONLY)));
}

TEST(a_reader_that_is_gone)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_false(arrives(ends[1]));
}

/* With descriptor 1 closed: what the next file is that is opened, and what
 * becomes of a line. */
static void begin_closed(bool prints, bool expected)
{
	int kept = dup(STDOUT_FILENO), next;
	bool arrived;

	fflush(stdout);
	close(STDOUT_FILENO);
	stdout_begin();
	next = open("/dev/null", O_WRONLY);
	if (prints)
		puts("line");
	arrived = stdout_end();
	close(next);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	must(freopen("/dev/stdout", "a", stdout));
	assert_int_not_equal(next, STDOUT_FILENO);
	assert_int_equal(arrived, expected);
}

TEST(closed)
{
	begin_closed(true, false);
}

TEST(closed_but_nothing_to_say)
{
	begin_closed(false, true);
}

TEST(open)
{
	char *text;

	capture_begin();
	stdout_begin();
	puts("line");
	assert_true(stdout_end());
	text = capture_end();
	assert_string_equal(text, "line\n");
	free(text);
}

static int quiet(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_arrives),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_a_reader_that_is_gone),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_closed_but_nothing_to_say),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
