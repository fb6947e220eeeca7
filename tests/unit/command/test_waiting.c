/* SPDX-License-Identifier: MIT */
#include "command/waiting.h"

#include "support/run.h"
#include "unit.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static struct waiting begin(int64_t limit_ms)
{
	struct options options = { .wait = true, .wait_ms = limit_ms };

	return waiting_begin(&host->world, &options);
}

TEST(a_little_longer_every_time)
{
	struct waiting waiting = begin(INT64_MAX);
	int64_t pause_ms = 0, longest_ms = 0;

	assert_int_equal(waiting_pause_ms(&waiting, INT64_MAX), 500);
	for (int i = 0; i < 12; i++) {
		pause_ms = waiting_pause_ms(&waiting, INT64_MAX);
		assert_true(pause_ms >= longest_ms);
		longest_ms = pause_ms;
	}
	assert_between(pause_ms, 60000, 64000);
}

TEST(until_a_wait_ends)
{
	struct waiting waiting = begin(INT64_MAX);

	assert_between(waiting_pause_ms(&waiting, host->now.wall_ms + 9000),
		       8000, 9000);
	assert_int_equal(waiting_pause_ms(&waiting, host->now.wall_ms - 1),
			 1000);
	assert_int_equal(waiting_pause_ms(&waiting,
					  host->now.wall_ms + 9000000), 60000);
}

TEST(the_limit)
{
	struct waiting waiting = begin(300);

	assert_between(waiting_pause_ms(&waiting, INT64_MAX), 1, 300);
	host->now.boot_ms += 300;
	assert_int_equal(waiting_pause_ms(&waiting, INT64_MAX), 0);
}

TEST(what_ends_it)
{
	assert_true(waiting_may_go_on(EXIT_DONE));
	assert_true(waiting_may_go_on(EXIT_FAILED));
	assert_true(waiting_may_go_on(EXIT_BUSY));
	assert_false(waiting_may_go_on(EXIT_STATE));
	assert_false(waiting_may_go_on(EXIT_CONFIG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(a_little_longer_every_time, open_all, host_close),
		CASE_WITH(until_a_wait_ends, open_all, host_close),
		CASE_WITH(the_limit, open_all, host_close),
		CASE_WITH(what_ends_it, open_all, host_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
