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
	fake_net.probe = PROBE_ALL_NEW;
	return 0;
}

static char *check(struct options options, enum exit_status want)
{
	options.command = COMMAND_CHECK;
	capture_begin();
	assert_int_equal(command_check(&host->world, &host->config, &options),
			 want);
	return capture_end();
}

static void test_all_good(void **state)
{
	unsigned updates = fake_net.updates;
	char *text = check((struct options){ 0 }, EXIT_DONE);

	(void)state;
	assert_null(strstr(text, "BAD"));
	assert_non_null(strstr(text, "good  certificate: version 1"));
	assert_non_null(strstr(text, "good  links: "));
	assert_non_null(strstr(text, "good  " HOST_OWNER " at "));
	assert_non_null(strstr(text, "good  services: "));
	assert_int_equal(fake_net.updates, updates);
	free(text);
}

static void test_a_record_is_gone(void **state)
{
	char *text;

	(void)state;
	tlsa_set_clear(&fake_net.served);
	text = check((struct options){ 0 }, EXIT_FAILED);
	assert_non_null(strstr(text, "BAD   " HOST_OWNER " at "));
	free(text);
}

/* Nobody waits for it, and nobody shall forget it. */
static void test_an_ignored_server(void **state)
{
	char *text;

	(void)state;
	fake_net.ignored = true;
	text = check((struct options){ 0 }, EXIT_DONE);
	assert_non_null(strstr(text, HOST_OWNER " at 192.0.2.2 : not asked"));
	free(text);
}

static void test_a_service_presents_another(void **state)
{
	char *text;

	(void)state;
	fake_net.probe = PROBE_NOT_YET;
	text = check((struct options){ 0 }, EXIT_FAILED);
	assert_non_null(strstr(text, "BAD   services: "));
	free(text);
}

static void test_no_zone(void **state)
{
	char *text;

	(void)state;
	fake_net.no_zone = true;
	text = check((struct options){ 0 }, EXIT_FAILED);
	assert_non_null(strstr(text, "BAD   " HOST_OWNER ": "));
	free(text);
}

static void test_named_targets(void **state)
{
	char known[] = NAME, unknown[] = "nobody";
	char *both[] = { known, unknown };
	char *text;
	json_t *json;

	(void)state;
	free(check((struct options){ .arguments = both, .argument_count = 2 },
		   EXIT_USAGE));
	text = check((struct options){ .arguments = both, .argument_count = 1,
				       .json = true }, EXIT_DONE);
	json = json_loads(text, 0, NULL);
	assert_true(json_array_size(json_object_get(json, NAME)) >= 4);
	json_decref(json);
	free(text);
}

static void test_damaged_state(void **state)
{
	char *text;

	(void)state;
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	text = check((struct options){ 0 }, EXIT_FAILED);
	assert_non_null(strstr(text, "BAD   state: "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, open_all, host_close)
		TEST(all_good),
		TEST(a_record_is_gone),
		TEST(an_ignored_server),
		TEST(a_service_presents_another),
		TEST(no_zone),
		TEST(named_targets),
		TEST(damaged_state),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
