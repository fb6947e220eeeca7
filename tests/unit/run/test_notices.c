/* SPDX-License-Identifier: MIT */
#include "run/notices.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "run/damage.h"
#include "support/passes.h"

static struct host *host;
static char *notify[] = { lent("/notify"), NULL };

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	host->config.notify = notify;
	host->config.notify_user = lent("nobody");
	return 0;
}

/* .. COUNT times in all, the last time of SUBJECT. */
static void expect_notices(unsigned count, const char *subject)
{
	char *first = xasprintf("Subject: alnitak: " NAME " %s\n\n", subject);

	if (host->notices != count ||
	    (count && strstr(host->notice, first) != host->notice))
		fail_msg("%u: %s", host->notices,
			 host->notice ? host->notice : "nothing");
	free(first);
}

static void break_it(void)
{
	fake_net.manner = FAKE_REFUSES;
	host_renew(host, 2);
}

TEST(begin_and_end)
{
	break_it();
	host_pass(host, "deploy", EXIT_FAILED);
	expect_notices(1, "is in trouble");
	assert_non_null(strstr(host->notice, "192.0.2.1 says no"));
	host_pass(host, "run", EXIT_FAILED);
	expect_notices(1, "is in trouble");
	fake_net.manner = FAKE_OBEYS;
	host_pass(host, "run", EXIT_DONE);
	expect_notices(2, "is out of trouble");
	assert_non_null(strstr(host->notice, "192.0.2.1 says no"));
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(host->notices, 2);
}

TEST(nobody_to_be_told)
{
	host->config.notify = NULL;
	break_it();
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(host->notices, 0);
	/* Whoever begins to listen hears what stands. */
	host->config.notify = notify;
	host_pass(host, "run", EXIT_FAILED);
	expect_notices(1, "is in trouble");
}

TEST(who_looks_tells_nobody)
{
	struct pass pass;

	break_it();
	host_pass(host, "status", EXIT_DONE);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_DRY), EXIT_DONE);
	run_pass(&pass);
	run_close(&pass);
	assert_int_equal(host->notices, 0);
}

/* Until it works, and then not again. */
TEST(a_command_that_fails)
{
	host->notify_status = 1;
	break_it();
	for (unsigned i = 1; i <= 3; i++) {
		host_pass(host, "run", EXIT_FAILED);
		expect_notices(i, "is in trouble");
	}
	host->notify_status = 0;
	host_pass(host, "run", EXIT_FAILED);
	expect_notices(4, "is in trouble");
	host->notify_status = 1;
	fake_net.manner = FAKE_OBEYS;
	for (unsigned i = 5; i <= 7; i++) {
		host_pass(host, "run", EXIT_DONE);
		expect_notices(i, "is out of trouble");
	}
	host->notify_status = 0;
	host_pass(host, "run", EXIT_DONE);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(host->notices, 8);
}

/* pre looks at the links only, and so ends nothing. */
TEST(pre_says_nothing_of_the_end)
{
	break_it();
	host_pass(host, "run", EXIT_FAILED);
	fake_net.manner = FAKE_OBEYS;
	host_pass(host, "pre", EXIT_DONE);
	expect_notices(1, "is in trouble");
}

static char *read_file(const char *path)
{
	struct world *real = &host->fixture->real;
	char *text;
	size_t size;

	assert_int_equal(real->file_read(real, WORLD_CWD, path, 100000, &text,
					 &size, NULL), 0);
	return text;
}

/* One file in the state directory keeps what the state cannot. */
TEST(a_damaged_state)
{
	char *path = xasprintf("%s/targets/" NAME ".json",
			       host->fixture->state_path);
	char *good = read_file(path);

	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	for (int i = 0; i < 3; i++) {
		host_pass(host, "run", EXIT_STATE);
		expect_notices(1, "is in trouble");
	}
	assert_non_null(strstr(host->notice, "cannot be used"));
	host_pass(host, "pre", EXIT_STATE);
	assert_int_equal(host->notices, 1);
	pass_time(host, 24 * HOUR_MS);
	host_pass(host, "run", EXIT_STATE);
	expect_notices(2, "is still in trouble");
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			good);
	host_pass(host, "run", EXIT_DONE);
	expect_notices(3, "is out of trouble");
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(host->notices, 3);
	free(good);
	free(path);
}

/* It leaves the configuration as it is. */
TEST(a_damaged_state_of_nobody)
{
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	host_pass(host, "run", EXIT_STATE);
	expect_notices(1, "is in trouble");
	host->target.name = lent("other");
	host_pass(host, "run", EXIT_FAILED);
	assert_non_null(strstr(host->notice, NAME " is out of trouble"));
	host->target.name = lent(NAME);
}

/* What cannot be kept is told at every run: better than at none. */
TEST(a_state_that_cannot_be_saved)
{
	break_it();
	for (unsigned i = 1; i <= 2; i++) {
		struct pass pass;

		assert_int_equal(run_open(&pass, &host->world, &host->config,
					  called("run"), RUN_PLAIN),
				 EXIT_DONE);
		host->fixture->faults.failing = host->fixture->faults.calls +
						1;
		host->fixture->faults.dead = true;
		run_pass(&pass);
		assert_int_equal(run_status(&pass), EXIT_FAILED);
		run_close(&pass);
		expect_notices(i, "is in trouble");
		fixture_calm(host->fixture);
	}
}

/* A directory where a temporary file would be. */
static void block(const char *name, bool on)
{
	struct world *real = &host->fixture->real;
	char *path = xasprintf("%s/%s", host->fixture->state_path, name);

	assert_int_equal(on ? real->dir_make(real, WORLD_CWD, path, 0700) :
			 real->dir_remove(real, WORLD_CWD, path), 0);
	free(path);
}

static void block_both(bool on)
{
	block("targets/." NAME ".json.tmp", on);
	block("." DAMAGE_NAME ".tmp", on);
}

/* Nothing can be written into the state directory, but beside the status file:
 * as on a full disk. */
TEST(no_room_for_the_state)
{
	char *status = xasprintf("%s/status.json", host->fixture->root);

	host->config.status_file = status;
	host_renew(host, 2);
	block_both(true);
	for (int i = 0; i < 3; i++) {
		host_pass(host, "run", EXIT_FAILED);
		expect_notices(1, "is in trouble");
	}
	assert_non_null(strstr(host->notice, "cannot write its state"));
	block_both(false);
	for (int i = 0; i < 2; i++) {
		host_pass(host, "run", EXIT_DONE);
		expect_notices(2, "is out of trouble");
	}
	host->config.status_file = NULL;
	free(status);
}

TEST(a_stray)
{
	struct state *saved;

	host->target.name = lent("other");
	host_pass(host, "run", EXIT_FAILED);
	assert_non_null(strstr(host->notice, NAME ": no longer in the "
			       "configuration"));
	host->target.name = lent(NAME);
	host_pass(host, "run", EXIT_DONE);
	/* And "other" is nobody's any more. */
	expect_notices(host->notices, "and 1 more are out of trouble");
	saved = host_state(host);
	assert_null(saved->alarm.told);
	state_free(saved);
}

/* certbot waits for deploy: what is left of its time may be too short. */
static void take_all_time(void)
{
	host->now.boot_ms += 45000;
	host->now.wall_ms += 45000;
}

TEST(no_time_left)
{
	break_it();
	fake_net.before_update = take_all_time;
	host_pass(host, "deploy", EXIT_FAILED);
	assert_int_equal(host->notices, 0);
	fake_net.before_update = NULL;
	host_pass(host, "post", EXIT_FAILED);
	expect_notices(1, "is in trouble");
}

/* `check`, which finds LEVEL of SUBJECT in the section NAME. */
static void check_of(const char *subject, const char *name,
		     enum checkup_level level)
{
	struct checkup checkup = { NULL, 0, NULL, 0 };
	struct checkup_section *section = checkup_begin(&checkup, name);
	struct pass pass;

	checkup_add(section, level, subject, xstrdup("none there"));
	checkup_mark_untold(section, 0);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("check"), RUN_PLAIN), EXIT_DONE);
	budget_begin(&pass.budget);
	notices_send_findings(&pass, &checkup);
	run_close(&pass);
	checkup_clear(&checkup);
}

static void check(const char *name, enum checkup_level level)
{
	check_of("hooks", name, level);
}

/* An owner that was taken out has no end of its own. */
TEST(what_check_has_no_word_for_any_more)
{
	char *long_name = xasprintf("update of _25._tcp.%0240d.test.", 1);

	check_of(long_name, NAME, CHECKUP_BAD);
	expect_notices(1, "is in trouble");
	check_of(long_name, NAME, CHECKUP_BAD);
	assert_int_equal(host->notices, 1);
	check_of("certificate", NAME, CHECKUP_GOOD);
	expect_notices(2, "is out of trouble");
	/* One that was not tried this time may be the next. */
	check_of("update of " HOST_OWNER, NAME, CHECKUP_BAD);
	check_of("certificate", NAME, CHECKUP_GOOD);
	assert_int_equal(host->notices, 3);
	free(long_name);
}

TEST(what_check_finds)
{
	check(CHECKUP_HOST, CHECKUP_NOTE);
	assert_int_equal(host->notices, 0);
	check(CHECKUP_HOST, CHECKUP_WARNING);
	assert_int_equal(host->notices, 1);
	assert_non_null(strstr(host->notice, "this host: hooks: none there\n"));
	/* Runs have notes of their own. What was not looked at is no end. */
	host_pass(host, "run", EXIT_DONE);
	check(CHECKUP_HOST, CHECKUP_UNKNOWN);
	check(CHECKUP_HOST, CHECKUP_BAD);
	assert_int_equal(host->notices, 1);
	/* Who asks for one target says nothing of the others. */
	check(NAME, CHECKUP_BAD);
	assert_int_equal(host->notices, 2);
	check(NAME, CHECKUP_BAD);
	assert_int_equal(host->notices, 2);
	check(CHECKUP_HOST, CHECKUP_GOOD);
	assert_int_equal(host->notices, 3);
	assert_non_null(strstr(host->notice, "this host is out of trouble"));
	check(NAME, CHECKUP_UNKNOWN);
	assert_int_equal(host->notices, 3);
	check(NAME, CHECKUP_NOTE);
	expect_notices(4, "is out of trouble");
	check(CHECKUP_HOST, CHECKUP_GOOD);
	assert_int_equal(host->notices, 4);
}

TEST(what_check_finds_while_an_alarm_stands)
{
	break_it();
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(host->notices, 1);
	check(NAME, CHECKUP_BAD);
	assert_int_equal(host->notices, 1);
}

TEST(what_check_found_of_one_that_is_gone)
{
	const char *name = host->target.name;

	host->target.name = lent("gone");
	check(CHECKUP_HOST, CHECKUP_GOOD);
	check("gone", CHECKUP_BAD);
	assert_int_equal(host->notices, 1);
	host->target.name = lent(name);
	check(CHECKUP_HOST, CHECKUP_GOOD);
	assert_int_equal(host->notices, 2);
	assert_non_null(strstr(host->notice, "gone is out of trouble"));
	host->config.notify = NULL;
	check(CHECKUP_HOST, CHECKUP_BAD);
	assert_int_equal(host->notices, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(begin_and_end),
		CASE(nobody_to_be_told),
		CASE(who_looks_tells_nobody),
		CASE(a_command_that_fails),
		CASE(pre_says_nothing_of_the_end),
		CASE(a_damaged_state), CASE(a_damaged_state_of_nobody),
		CASE(a_state_that_cannot_be_saved),
		CASE(no_room_for_the_state),
		CASE(a_stray),
		CASE(no_time_left),
		CASE(what_check_finds),
		CASE(what_check_has_no_word_for_any_more),
		CASE(what_check_finds_while_an_alarm_stands),
		CASE(what_check_found_of_one_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
