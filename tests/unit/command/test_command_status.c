/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"

#include <fcntl.h>
#include <unistd.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static char *status_of(struct options options, enum exit_status want)
{
	char *text;

	options.command = command_find("status");
	capture_begin();
	assert_int_equal(command_status(&host->world, &host->config,
					&options), want);
	text = capture_end();
	return text;
}

static char *status(bool json, enum exit_status want)
{
	return status_of((struct options){ .json = json }, want);
}

TEST(at_rest)
{
	char *text = status(false, EXIT_DONE);

	assert_non_null(strstr(text, NAME ": at rest; "));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

TEST(waiting)
{
	char *text;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	text = status(false, EXIT_DONE);
	assert_ptr_equal(strstr(text, NAME ": published, waiting for caches "
				"until 2027-01-15 "), text);
	assert_non_null(strstr(text, "), then release; "));
	free(text);
	text = status_of((struct options){ .details = true }, EXIT_DONE);
	assert_non_null(strstr(text, "\n    now      caches empty   2027-01-15 "
			       ));
	assert_non_null(strstr(text, "\n    done     published      2027-01-15 "
			       ));
	assert_non_null(strstr(text, HOST_OWNER ": 2 of 2 addresses "));
	assert_non_null(strstr(text, "so no cache holds a set without "));
	free(text);
	text = status(true, EXIT_DONE);
	json_t *json = json_loads(text, 0, NULL);

	assert_int_equal(json_array_size(json), 1);
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(json, 0), "reason")), "caches");
	json_decref(json);
	free(text);
}

static json_t *only(char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	json_t *one = json_incref(json_array_get(json, 0));

	json_decref(json);
	free(text);
	return one;
}

static int64_t until_ms(bool moves)
{
	json_t *report = only(status(true, EXIT_DONE));
	int64_t ms = json_integer_value(json_object_get(report, "until_ms"));

	assert_int_equal(json_is_true(json_object_get(report, "until_moves")),
			 moves);
	json_decref(report);
	return ms;
}

/* The second server has it since, and no run has noted that. */
TEST(counted_from_the_next_run)
{
	int64_t first_ms;
	char *text;

	host_renew(host, 2);
	host_add_record(host, 1, &fake_net.stale);
	fake_net.lagging = true;
	host_pass(host, "run", EXIT_DONE);
	fake_net.lagging = false;
	pass_time(host, HOUR_MS);
	first_ms = until_ms(true);
	pass_time(host, 60000);
	assert_int_equal(until_ms(true), first_ms + 60000);
	text = status(false, EXIT_DONE);
	assert_non_null(strstr(text, " at the earliest, counted from the "
			       "next run, then release; "));
	free(text);
	host_pass(host, "run", EXIT_DONE);
	first_ms = until_ms(false);
	pass_time(host, 60000);
	assert_int_equal(until_ms(false), first_ms);
	tlsa_set_clear(&fake_net.stale);
}

/* A run left it: it is shown, gone since or not, until a run ends it. */
TEST(a_standing_alarm)
{
	json_t *json, *alarm;
	char *text;

	fake_net.manner = FAKE_REFUSES;
	host_renew(host, 2);
	host_pass(host, "run", EXIT_FAILED);
	fake_net.manner = FAKE_OBEYS;
	text = status(false, EXIT_FAILED);
	assert_ptr_equal(strstr(text, NAME ": ALARM since 2027-01-15 08:00:00 "
				"UTC: "), text);
	free(text);
	text = status_of((struct options){ .details = true }, EXIT_FAILED);
	assert_non_null(strstr(text, "  alarm     since 2027-01-15 08:00:00 "
			       "UTC: " NAME ": "));
	assert_non_null(strstr(text, "192.0.2.1 says no\n"));
	free(text);
	text = status(true, EXIT_FAILED);
	json = json_loads(text, 0, NULL);
	alarm = json_object_get(json_array_get(json, 0), "alarm");
	assert_string_equal(json_string_value(json_object_get(alarm, "since")),
			    "2027-01-15T08:00:00.000Z");
	assert_int_equal(json_integer_value(json_object_get(alarm,
			 "since_ms")), 1800000000000);
	assert_non_null(strstr(json_string_value(json_object_get(alarm,
			       "text")), "192.0.2.1 says no"));
	json_decref(json);
	free(text);
	host_pass(host, "run", EXIT_DONE);
	text = status(true, EXIT_DONE);
	json = json_loads(text, 0, NULL);
	assert_true(json_is_null(json_object_get(json_array_get(json, 0),
						 "alarm")));
	json_decref(json);
	free(text);
}

/* At the end, and the targets' exit status is not touched. */
TEST(what_is_wrong_with_this_host)
{
	char *text;

	host->config.status_file = lent("/nowhere/status.json");
	host->now.boot_ms += 3600000;
	host->now.wall_ms += 3600000;
	text = status(false, EXIT_DONE);
	assert_ptr_equal(strstr(text, NAME ": at rest; "), text);
	assert_non_null(strstr(text, "\nthis host: last run: there was none "
			       "since this machine started"));
	assert_null(strstr(text, "state directory"));
	free(text);
	text = status(true, EXIT_DONE);
	assert_null(strstr(text, "this host"));
	free(text);
	host->config.status_file = NULL;
}

TEST(it_only_looks)
{
	unsigned updates;

	host->config.follow_live = true;
	host_pass(host, "run", EXIT_DONE);
	updates = fake_net.updates;
	host_renew(host, 2);
	free(status(false, EXIT_DONE));
	assert_served(host->fixture, 2);	/* the links were at rest */
	assert_int_equal(fake_net.updates, updates);
	host->lock_error = -EAGAIN;
	free(status(false, EXIT_DONE));
}

TEST(damaged_state)
{
	char *text;

	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	text = status(false, EXIT_STATE);
	assert_non_null(strstr(text, NAME));
	free(text);
	text = status(true, EXIT_STATE);
	json_t *json = json_loads(text, 0, NULL);

	assert_int_equal(json_array_size(json), 1);
	assert_non_null(strstr(json_string_value(json_object_get(
		json_object_get(json_array_get(json, 0), "alarm"), "text")),
		NAME));
	json_decref(json);
	free(text);
}

TEST(named_targets)
{
	char *known[] = { lent(NAME) }, *unknown[] = { lent("nobody") };
	char *text = status_of((struct options){
		.arguments = known, .argument_count = 1 }, EXIT_DONE);

	assert_non_null(strstr(text, NAME ": at rest"));
	free(text);
	text = status_of((struct options){
		.arguments = unknown, .argument_count = 1 }, EXIT_USAGE);
	assert_string_equal(text, "");
	free(text);
}

/* Nobody else advances it here: the time runs out, and that is a failure. Each
 * line is told once, however often it was looked. */
TEST(waiting_in_vain)
{
	int64_t begun_ms;
	char *text;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	begun_ms = host->now.boot_ms;
	text = status_of((struct options){ .wait = true, .wait_ms = 30000 },
			 EXIT_FAILED);
	assert_between(host->now.boot_ms - begun_ms, 30000, 32000);
	assert_true(host->sleeps > 0);
	assert_ptr_equal(strstr(text, NAME ": published, waiting for caches"),
			 text);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

/* As `alnitak status --wait | head -1`: nobody reads what is to come. */
TEST(waiting_for_a_reader_that_is_gone)
{
	struct options options = { .command = command_find("status"),
				   .wait = true, .wait_ms = INT64_MAX };
	FILE *kept = stdout;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	stdout = fopen("/dev/full", "w");
	assert_non_null(stdout);
	assert_int_equal(command_status(&host->world, &host->config, &options),
			 EXIT_FAILED);
	fclose(stdout);
	stdout = kept;
	assert_int_equal(host->sleeps, 1);
}

/* All of it: a terminal hands on what was written piece by piece, and says EIO
 * where nobody has it open any more. */
static void read_terminal(int parent, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while (used < size - 1 &&
	       (got = read(parent, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
}

/* There the line stands once, however often it was drawn anew, as seconds go
 * by; and nothing is left of that at the end. */
TEST(on_a_terminal)
{
	struct options options = { .command = command_find("status"),
				   .wait = true, .wait_ms = 4000 };
	int parent = posix_openpt(O_RDWR | O_NOCTTY), kept, child;
	char text[4096] = "", *left;

	assert_true(parent >= 0 && !grantpt(parent) && !unlockpt(parent));
	child = open(ptsname(parent), O_RDWR | O_NOCTTY);
	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_true(child >= 0 && dup2(child, STDOUT_FILENO) >= 0);
	assert_int_equal(command_status(&host->world, &host->config, &options),
			 EXIT_FAILED);
	fflush(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	close(kept);
	close(child);
	read_terminal(parent, text, sizeof(text));
	close(parent);
	assert_ptr_equal(strstr(text, "\033[?7l" NAME ": published, "), text);
	assert_non_null(strstr(text, "\033[?7h\033[1A\033[J\033[?7l" NAME));
	left = strrchr(text, '\033');
	assert_ptr_equal(strstr(left, "\033[J" NAME ": published, "), left);
}

TEST(nothing_to_wait_for)
{
	char *text = status_of((struct options){ .wait = true,
						 .wait_ms = INT64_MAX },
			       EXIT_DONE);

	assert_int_equal(host->sleeps, 0);
	assert_non_null(strstr(text, NAME ": at rest"));
	free(text);
}

/* Who left the configuration too early has an object as well. */
TEST(a_stray)
{
	json_t *json;
	const json_t *only;
	char *text;

	host->config.target_count = 0;
	text = status(true, EXIT_FAILED);
	json = json_loads(text, 0, NULL);
	only = json_array_get(json, 0);
	assert_int_equal(json_array_size(json), 1);
	assert_string_equal(json_string_value(json_object_get(only, "reason")),
			    "configuration");
	assert_non_null(strstr(json_string_value(json_object_get(only,
			       "line")), NAME ": no longer in the "));
	json_decref(json);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(at_rest),
		CASE(waiting),
		CASE(counted_from_the_next_run),
		CASE(a_standing_alarm),
		CASE(what_is_wrong_with_this_host),
		CASE(it_only_looks),
		CASE(damaged_state),
		CASE(a_stray),
		CASE(named_targets),
		CASE(waiting_in_vain),
		CASE(waiting_for_a_reader_that_is_gone),
		CASE(on_a_terminal),
		CASE(nothing_to_wait_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
