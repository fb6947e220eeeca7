/* SPDX-License-Identifier: MIT */
#include "command/passes.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

static struct host *host;
static unsigned begun, told;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	begun = told = 0;
	return 0;
}

static void count_begin(struct pass *pass, const struct options *options)
{
	(void)pass, (void)options;
	begun++;
}

static void count_tell(const struct pass *pass, const struct options *options)
{
	assert_int_equal(pass->targets.count, 1);
	(void)options;
	told++;
}

static const struct passing passing = { count_begin, count_tell };

TEST(an_errand)
{
	struct options options = { .command = command_find("run") };

	assert_int_equal(passes_run(&host->world, &host->config, &options,
				    &passing), EXIT_DONE);
	assert_int_equal(begun, 1);
	assert_int_equal(told, 1);
	host->lock_error = -EAGAIN;
	assert_int_equal(passes_run(&host->world, &host->config, &options,
				    &passing), EXIT_BUSY);
	assert_int_equal(begun, 1);
}

/* It is begun in each pass, and told of the first and the last. */
TEST(an_errand_that_waits)
{
	struct options options = { .command = command_find("run"),
				   .wait = true, .wait_ms = INT64_MAX };

	passes_run(&host->world, &host->config, &options, &passing);
	host_renew(host, 2);
	begun = told = 0;
	assert_int_equal(passes_run(&host->world, &host->config, &options,
				    &passing), EXIT_DONE);
	assert_true(begun > 2);
	assert_int_equal(told, 2);
}

/* Who is not named is not waited for. */
TEST(only_for_those_named)
{
	char *names[] = { lent("other.test") };
	struct options options = { .command = command_find("remove"),
				   .wait = true, .wait_ms = INT64_MAX,
				   .arguments = names, .argument_count = 1 };

	assert_int_equal(passes_run(&host->world, &host->config, &options,
				    &passing), EXIT_DONE);
	host_renew(host, 2);
	begun = 0;
	passes_run(&host->world, &host->config, &options, &passing);
	assert_int_equal(begun, 1);
}

TEST(a_plan)
{
	struct options options = { .command = command_find("run"),
				   .dry_run = true };
	const struct passing plan = { NULL, passes_print_plan };
	char *text;

	host_pass(host, "run", EXIT_DONE);
	capture_begin();
	passes_run(&host->world, &host->config, &options, &plan);
	text = capture_end();
	assert_non_null(strstr(text, NAME ": "));
	free(text);
	options.dry_run = false;
	capture_begin();
	passes_run(&host->world, &host->config, &options, &plan);
	text = capture_end();
	assert_null(strstr(text, NAME ": at rest"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(an_errand),
		CASE(an_errand_that_waits),
		CASE(only_for_those_named),
		CASE(a_plan),
	};

	return RUN_BOTH_WAYS(tests);
}
