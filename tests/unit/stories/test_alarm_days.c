/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"

/*
 * A renewal that finds its primary unwilling, from the hook that sees it first
 * to the day when somebody has mended it: who is told, where, and how often.
 */

static char *notify[] = { lent("/notify"), NULL };

static size_t count_in(const char *text, const char *word)
{
	size_t n = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		n++;
	return n;
}

/* Its reason is in the output of each failing run, once. */
static void expect_run(struct host *host, const char *command,
		       enum exit_status want)
{
	char *text;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	host_pass(host, command, want);
	text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	if (count_in(text, "error: " NAME ": ") != (want == EXIT_FAILED) ||
	    (want == EXIT_FAILED && !strstr(text, "192.0.2.1 says no")))
		fail_msg("%s: %s", command, text);
	free(text);
}

static void expect_told(struct host *host, unsigned notices,
			const char *subject)
{
	if (host->notices != notices || !strstr(host->notice, subject))
		fail_msg("%u: %s", host->notices, host->notice);
}

/* A day of runs, one every half an hour. */
static void live_a_day(struct host *host)
{
	for (int i = 0; i < 48; i++) {
		pass_time(host, HOUR_MS / 2);
		expect_run(host, "run", EXIT_FAILED);
	}
}

static void test_from_a_hook_to_the_end(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host->config.notify = notify;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	fake_net.manner = FAKE_REFUSES;
	expect_run(host, "deploy", EXIT_FAILED);
	expect_told(host, 1, NAME " is in trouble\n");
	expect_run(host, "post", EXIT_FAILED);
	for (unsigned day = 1; day <= 5; day++) {
		expect_told(host, day, day == 1 ? NAME " is in trouble\n" :
						  NAME " is still in trouble");
		live_a_day(host);
	}
	/* Two more renewals by certbot, of something else. */
	for (int i = 0; i < 2; i++) {
		host_pass(host, "pre", EXIT_DONE);
		expect_run(host, "post", EXIT_FAILED);
	}
	expect_told(host, 6, NAME " is still in trouble");
	fake_net.manner = FAKE_OBEYS;
	expect_run(host, "run", EXIT_DONE);
	expect_told(host, 7, NAME " is out of trouble\n");
	for (int i = 0; i < 100; i++) {
		pass_time(host, HOUR_MS);
		expect_run(host, "run", EXIT_DONE);
	}
	expect_told(host, 7, NAME " is out of trouble\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(from_a_hook_to_the_end, host_open, host_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
