/* SPDX-License-Identifier: MIT */
#include "command/check_target.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

#include <stdio.h>
#include <sys/stat.h>

#define DAY_MS (24 * HOUR_MS)

static struct host *host;
static struct pass pass;
static struct checkup checkup;
static struct check_limits limits;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	limits = (struct check_limits){ 0, 0 };
	return 0;
}

static void look(void)
{
	const struct trials none = { NULL, 0 };

	checkup_clear(&checkup);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("check"), RUN_PLAIN), EXIT_DONE);
	run_look(&pass);
	check_target(&checkup, &pass, &pass.targets.items[0], &none, &limits);
	run_close(&pass);
}

static int close_all(void **state)
{
	checkup_clear(&checkup);
	return host_close(state);
}

/* The finding about SUBJECT has this LEVEL and says WHAT. */
static void expect(const char *subject, enum checkup_level level,
		   const char *what)
{
	const struct checkup_section *section = &checkup.sections[0];

	for (size_t i = 0; i < section->count; i++) {
		const struct checkup_finding *finding = &section->findings[i];

		if (!streq(finding->subject, subject))
			continue;
		assert_int_equal(finding->level, level);
		if (!strstr(finding->detail, what))
			fail_msg("%s: %s", subject, finding->detail);
		return;
	}
	fail_msg("nothing about %s", subject);
}

/* Those of 90 days, and of six: a quarter and an eighth. */
TEST(limits_follow_the_lifetime)
{
	static const struct {
		int64_t lifetime_ms, left_ms;
		enum checkup_level level;
	} rows[] = {
		{ 90 * DAY_MS, 30 * DAY_MS, CHECKUP_GOOD },
		{ 90 * DAY_MS, 23 * DAY_MS, CHECKUP_GOOD },
		{ 90 * DAY_MS, 22 * DAY_MS, CHECKUP_WARNING },
		{ 90 * DAY_MS, 11 * DAY_MS, CHECKUP_BAD },
		{ 160 * HOUR_MS, 80 * HOUR_MS, CHECKUP_GOOD },
		{ 160 * HOUR_MS, 40 * HOUR_MS, CHECKUP_GOOD },
		{ 160 * HOUR_MS, 39 * HOUR_MS, CHECKUP_WARNING },
		{ 160 * HOUR_MS, 19 * HOUR_MS, CHECKUP_BAD },
		{ 160 * HOUR_MS, 0, CHECKUP_BAD },
		{ 160 * HOUR_MS, -1, CHECKUP_BAD },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct check_limits own =
			check_limits_for(&limits, rows[i].lifetime_ms);

		assert_int_equal(check_level_left(&own, rows[i].left_ms),
				 rows[i].level);
	}
}

TEST(limits_that_are_given)
{
	const struct check_limits given = { 30 * DAY_MS, 10 * DAY_MS };
	struct check_limits own = check_limits_for(&given, 90 * DAY_MS);

	assert_true(own.warning_ms == given.warning_ms);
	assert_true(own.critical_ms == given.critical_ms);
	assert_int_equal(check_level_left(&own, 29 * DAY_MS),
			 CHECKUP_WARNING);
	assert_int_equal(check_level_left(&own, 9 * DAY_MS), CHECKUP_BAD);
	/* What has ended is bad whatever anybody says. */
	own = (struct check_limits){ 1, 1 };
	assert_int_equal(check_level_left(&own, 0), CHECKUP_BAD);
}

/* Certbot has not renewed; then it has, and the wait is long. */
TEST(little_is_left)
{
	host_pass(host, "run", EXIT_DONE);
	look();
	expect("certificate", CHECKUP_GOOD, "version 1, expires 20");
	assert_int_equal(checkup.figure_count, 1);
	assert_string_equal(checkup.figures[0].label, NAME);
	assert_true(checkup.figures[0].value_seconds > 0);
	limits.warning_ms = INT64_C(100000) * DAY_MS;
	look();
	expect("certificate", CHECKUP_WARNING, "certbot has not renewed it");
	host_renew(host, 2);
	limits.critical_ms = limits.warning_ms;
	look();
	expect("certificate", CHECKUP_GOOD, "version 2, expires 20");
	expect("certificate in service", CHECKUP_BAD, "alnitak explain");
}

TEST(not_managed)
{
	char *path;

	/* The directories are made, and no state. */
	host_pass(host, "run", EXIT_DONE);
	path = xasprintf("%s/targets/" NAME ".json", host->fixture->state_path);
	assert_int_equal(remove(path), 0);
	free(path);
	look();
	expect("state", CHECKUP_BAD, "alnitak init");
	expect("certificate", CHECKUP_GOOD, "version 1");
	assert_int_equal(checkup.figure_count, 0);
}

/* What to do is said. */
TEST(a_service_reads_something_else)
{
	host_pass(host, "run", EXIT_DONE);
	fake_net.probe = PROBE_SAW_OTHER;
	look();
	expect("services", CHECKUP_BAD, "it presents something; let it load "
	       "the files in ");
	expect("services", CHECKUP_BAD, "/" NAME ", and reload it");
	fake_net.probe = PROBE_NO_ANSWER;
	look();
	expect("services", CHECKUP_BAD, "it presents something");
}

/* What a renewal will want to run. */
TEST(programs)
{
	char path[] = "/none/publish";
	char *arguments[] = { path, NULL };
	char *reload = xasprintf("%s/reload now", host->fixture->root);

	test_file_write(host->fixture->root, "reload", "#!/bin/sh\n");
	reload[strlen(reload) - 4] = '\0';
	assert_int_equal(chmod(reload, 0777), 0);
	reload[strlen(reload)] = ' ';
	host_pass(host, "run", EXIT_DONE);
	host->target.api = API_EXEC;
	host->target.exec_arguments = arguments;
	host->target.reload = reload;
	look();
	expect("program", CHECKUP_BAD, "/none/publish: is not there");
	expect("reload", CHECKUP_BAD, "reload now\": ");
	free(reload);
}

/* The cause stands before what the last run said of it. */
TEST(alarm_is_last)
{
	const struct checkup_section *section;

	fake_net.manner = FAKE_REFUSES;
	host_pass(host, "run", EXIT_FAILED);
	look();
	section = &checkup.sections[0];
	assert_string_equal(section->findings[section->count - 1].subject,
			    "alarm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(limits_follow_the_lifetime),
		CASE(limits_that_are_given),
		CASE(little_is_left),
		CASE(not_managed),
		CASE(a_service_reads_something_else),
		CASE(programs),
		CASE(alarm_is_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
