/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "support_capture.h"
#include "support_run.h"
#include "xalloc.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, COMMAND_RUN, EXIT_DONE);
	return 0;
}

static char *status(bool json, enum exit_status want)
{
	struct options options = { .command = COMMAND_STATUS, .json = json };
	char *text;

	capture_begin();
	assert_int_equal(command_status(&host->world, &host->config,
					&options), want);
	text = capture_end();
	return text;
}

static void test_at_rest(void **state)
{
	char *text = status(false, EXIT_DONE);

	(void)state;
	assert_non_null(strstr(text, NAME ": at rest\n"));
	free(text);
}

static void test_waiting(void **state)
{
	char *text;

	(void)state;
	host_renew(host, 2);
	host_pass(host, COMMAND_RUN, EXIT_DONE);
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

static void test_it_only_looks(void **state)
{
	unsigned updates = fake_net.updates;

	(void)state;
	host_renew(host, 2);
	free(status(false, EXIT_DONE));
	assert_served(host->fixture, 2);	/* the links were at rest */
	assert_int_equal(fake_net.updates, updates);
	host->lock_error = -EAGAIN;
	free(status(false, EXIT_DONE));
}

static void test_damaged_state(void **state)
{
	char *text;

	(void)state;
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	text = status(false, EXIT_STATE);
	assert_non_null(strstr(text, NAME));
	free(text);
	text = status(true, EXIT_STATE);
	json_t *json = json_loads(text, 0, NULL);

	assert_int_equal(json_array_size(json), 1);
	json_decref(json);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, open_all, host_close)
		TEST(at_rest),
		TEST(waiting),
		TEST(it_only_looks),
		TEST(damaged_state),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
