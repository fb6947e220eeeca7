/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"
#include "unit.h"

#include <jansson.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static char *explain(struct options options, enum exit_status want)
{
	char *text;

	options.command = command_find("explain");
	capture_begin();
	assert_int_equal(command_explain(&host->world, &host->config,
					 &options), want);
	text = capture_end();
	return text;
}

TEST(at_rest)
{
	char *text = explain((struct options){ 0 }, EXIT_DONE);

	assert_non_null(strstr(text, NAME ": at rest\n"));
	assert_non_null(strstr(text, "journal:\n"));
	assert_non_null(strstr(text, "  publish: "));
	free(text);
}

TEST(waiting)
{
	char *words[] = { lent(NAME) };
	char *text;
	json_t *json;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	text = explain((struct options){ .arguments = words,
					 .argument_count = 1 }, EXIT_DONE);
	assert_non_null(strstr(text, "so no cache holds a set without a match "
			       "from then on: "));
	free(text);
	text = explain((struct options){ .json = true }, EXIT_DONE);
	json = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(json), 1);
	json_decref(json);
	free(text);
}

/* It has an object, too, with what was done before. */
TEST(damaged_state)
{
	const json_t *only;
	json_t *json;
	char *text;

	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			"{");
	text = explain((struct options){ .json = true }, EXIT_STATE);
	json = json_loads(text, 0, NULL);
	only = json_array_get(json, 0);
	assert_string_equal(json_string_value(json_object_get(only, "step")),
			    "failed");
	assert_true(json_array_size(json_object_get(only, "journal")) > 0);
	json_decref(json);
	free(text);
}

TEST(an_unknown_name)
{
	char *words[] = { lent("nobody") };
	char *text = explain((struct options){ .arguments = words,
					       .argument_count = 1 },
			     EXIT_USAGE);

	assert_string_equal(text, "");
	free(text);
}

/* The lock is not taken, and nothing is changed. */
TEST(it_only_looks)
{
	unsigned updates;
	char *text;

	host_renew(host, 2);
	host_pass(host, "run", EXIT_DONE);
	updates = fake_net.updates;
	host->lock_error = -EAGAIN;
	text = explain((struct options){ 0 }, EXIT_DONE);
	assert_int_equal(fake_net.updates, updates);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(at_rest, open_all, host_close),
		CASE_WITH(waiting, open_all, host_close),
		CASE_WITH(damaged_state, open_all, host_close),
		CASE_WITH(an_unknown_name, open_all, host_close),
		CASE_WITH(it_only_looks, open_all, host_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
