/* SPDX-License-Identifier: MIT */
#include "command/check_host.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

#define MINUTE_MS INT64_C(60000)

static struct host *host;
static struct checkup checkup;
static struct options options;
static struct dir_space space;
static char *path;

static int tell_space(struct world *world, int dir, struct dir_space *told)
{
	(void)world;
	(void)dir;
	*told = space;
	return 0;
}

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	options = (struct options){ 0 };
	space = (struct dir_space){ UINT64_MAX / 2, UINT64_MAX, false };
	host->world.dir_space = tell_space;
	path = xasprintf("%s/status.json", host->fixture->root);
	host->config.status_file = path;
	return 0;
}

static int close_all(void **state)
{
	checkup_clear(&checkup);
	free(path);
	return host_close(state);
}

static void look(bool from_afar)
{
	struct last_run run;

	checkup_clear(&checkup);
	last_run_read(&run, &host->world, &host->config);
	check_host(&checkup, checkup_begin(&checkup, CHECKUP_HOST),
		   &host->world, &host->config, &options, &run);
	if (from_afar)
		check_from_afar(&checkup, &host->world, &host->config,
				&options, &run);
	last_run_clear(&run);
	/* No run tells of any. */
	for (size_t i = 0; i < checkup.sections[0].count; i++)
		assert_true(checkup.sections[0].findings[i].untold);
}

static void expect(size_t section, const char *subject,
		   enum checkup_level level, const char *what)
{
	const struct checkup_section *in = &checkup.sections[section];

	for (size_t i = 0; i < in->count; i++) {
		if (!streq(in->findings[i].subject, subject))
			continue;
		assert_int_equal(in->findings[i].level, level);
		if (!strstr(in->findings[i].detail, what))
			fail_msg("%s", in->findings[i].detail);
		return;
	}
	fail_msg("nothing about %s", subject);
}

static void expect_space(enum checkup_level level, const char *what)
{
	look(false);
	expect(0, "state directory", level, what);
	expect(0, "dane directory", level, what);
}

TEST(room)
{
	expect_space(CHECKUP_GOOD, "MiB free");
	space.free_octets = 16 * 1024 * 1024 - 1;
	expect_space(CHECKUP_WARNING, "KiB free, want 16384");
	space.free_octets = 1024 * 1024 - 1;
	expect_space(CHECKUP_BAD, "1023 KiB free, want 16384: with a full disk "
		     "nothing can be renewed; make room there");
	space.free_octets = UINT64_MAX / 2;
	space.free_files = 255;
	expect_space(CHECKUP_WARNING, "room for 255 files, want 256");
	space.free_files = 15;
	expect_space(CHECKUP_BAD, "without inodes");
	space.read_only = true;
	expect_space(CHECKUP_BAD, "mounted read-only");
}

TEST(room_that_cannot_be_seen)
{
	host->config.state_directory = lent("/none");
	look(false);
	expect(0, "state directory", CHECKUP_UNKNOWN, "not looked at: No such");
}

/* By its age; and where another clock wrote it. */
TEST(last_run)
{
	static const struct {
		int64_t minutes;
		enum checkup_level level;
		const char *what;
	} rows[] = {
		{ 0, CHECKUP_GOOD, "it ended 0 s ago, at 2027-01-15 08:00:00" },
		{ 15, CHECKUP_GOOD, "it ended 15 min ago" },
		{ 16, CHECKUP_UNKNOWN, "want less than 15 min; " },
		{ 60, CHECKUP_UNKNOWN, "want less than" },
		{ 61, CHECKUP_BAD, "it ended 1 h 1 min ago" },
		{ -1, CHECKUP_GOOD, "it ended 0 s ago" },
		{ -2, CHECKUP_UNKNOWN, "still to come: this clock was set" },
	};

	host_pass(host, "run", EXIT_DONE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		host->now.wall_ms = HOST_BEGIN + rows[i].minutes * MINUTE_MS;
		look(false);
		expect(0, "last run", rows[i].level, rows[i].what);
	}
	assert_string_equal(checkup.figures[0].label, "last run");
	assert_true(checkup.figures[0].critical_seconds == 3600);
	options.max_age_ms = 4 * MINUTE_MS;
	host->now.wall_ms = HOST_BEGIN + 2 * MINUTE_MS;
	look(false);
	expect(0, "last run", CHECKUP_UNKNOWN, "want less than 1 min");
}

/* The first run comes two minutes after the boot. */
TEST(no_run)
{
	host->now.boot_ms = MINUTE_MS;
	look(false);
	expect(0, "last run", CHECKUP_UNKNOWN, "there was none since this "
	       "machine started");
	host->now.boot_ms = 16 * MINUTE_MS;
	look(false);
	expect(0, "last run", CHECKUP_BAD, "there was none since");
	test_file_write(host->fixture->root, "status.json", "{");
	look(false);
	expect(0, "last run", CHECKUP_UNKNOWN, "status.json: it is no JSON");
	host->config.status_file = NULL;
	look(false);
	expect(0, "last run", CHECKUP_NOTE, "no `status_file` is set");
}

/* ---- Not root ---------------------------------------------------------- */

TEST(as_the_last_run_saw_it)
{
	char *one[] = { NULL };

	host_pass(host, "run", EXIT_DONE);
	look(true);
	assert_int_equal(checkup.count, 2);
	assert_string_equal(checkup.sections[1].name, NAME);
	expect(1, "certificate in service", CHECKUP_GOOD, "expires 20");
	expect(1, "state", CHECKUP_GOOD, NAME ": ");
	expect(1, "servers and services", CHECKUP_NOTE, "root may look");
	assert_int_equal(checkup.figure_count, 2);
	options.critical_ms = INT64_MAX / 2;
	look(true);
	expect(1, "certificate in service", CHECKUP_BAD, "expires 20");
	options.arguments = one;
	options.argument_count = 1;
	one[0] = lent("other");
	look(true);
	assert_int_equal(checkup.count, 1);
}

TEST(an_alarm_from_afar)
{
	fake_net.manner = FAKE_REFUSES;
	host_pass(host, "run", EXIT_FAILED);
	look(true);
	expect(1, "alarm", CHECKUP_BAD, "since 2027-01-15 08:00:00 UTC: ");
}

/* New in the configuration; and gone from it. */
TEST(others_than_the_last_run_had)
{
	host_pass(host, "run", EXIT_DONE);
	host->target.name = lent("other");
	look(true);
	assert_int_equal(checkup.count, 3);
	expect(1, "state", CHECKUP_UNKNOWN, "the last run says nothing of it");
	assert_string_equal(checkup.sections[2].name, NAME);
}

TEST(errands)
{
	look(false);
	expect(0, "errands", CHECKUP_GOOD, "by processes without rights");
	fake_net.errand_rights = "open files, act as root";
	look(false);
	expect(0, "errands", CHECKUP_WARNING, "can open files, act as root, "
	       "want nothing of it: use a kernel");
	fake_net.errand_rights = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(errands),
		CASE(room),
		CASE(room_that_cannot_be_seen),
		CASE(last_run),
		CASE(no_run),
		CASE(as_the_last_run_saw_it),
		CASE(an_alarm_from_afar),
		CASE(others_than_the_last_run_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
