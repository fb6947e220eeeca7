/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static char *status(bool json, enum exit_status want)
{
	struct options options = { .command = command_find("status"),
				   .json = json };
	char *text;

	capture_begin();
	assert_int_equal(command_status(&host->world, &host->config,
					&options), want);
	text = capture_end();
	return text;
}

TEST(at_rest)
{
	char *text = status(false, EXIT_DONE);

	assert_non_null(strstr(text, NAME ": at rest\n"));
	free(text);
}

TEST(waiting)
{
	char *text;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	text = status(false, EXIT_DONE);
	assert_non_null(strstr(text, "waiting until "));
	assert_non_null(strstr(text, HOST_OWNER));
	free(text);
	text = status(true, EXIT_DONE);
	json_t *json = json_loads(text, 0, NULL);

	assert_int_equal(json_array_size(json), 1);
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(json, 0), "reason")), "caches");
	json_decref(json);
	free(text);
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
		CASE(a_standing_alarm),
		CASE(it_only_looks),
		CASE(damaged_state),
		CASE(a_stray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
