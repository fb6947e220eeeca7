/* SPDX-License-Identifier: MIT */
#include "command/first.h"

#include "support/capture.h"
#include "support/run.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static bool is_to_come(void)
{
	return first_is_to_come(&host->world, &host->config);
}

TEST(until_links_and_state_are_there)
{
	struct world *real = &host->fixture->real;

	assert_true(is_to_come());
	host_pass(host, "init", EXIT_DONE);
	assert_false(is_to_come());
	assert_int_equal(real->rename(real, host->fixture->places.state,
				      "targets", "away"), 0);
	assert_true(is_to_come());
	assert_int_equal(real->rename(real, host->fixture->places.state,
				      "away", "targets"), 0);
	assert_false(is_to_come());
	host->config.dane_directory = lent("/nowhere/at/all");
	assert_true(is_to_come());
}

/* In the order of the README: no service before its record. */
TEST(the_order)
{
	char *text, *publish, *services, *timer, *check;

	capture_begin();
	first_tell_next(&host->config);
	text = capture_end();
	assert_non_null(strstr(text, host->config.dane_directory));
	publish = strstr(text, "1. alnitak --wait");
	services = strstr(text, "2. the services");
	timer = strstr(text, "3. certbot's hooks");
	check = strstr(text, "4. alnitak check");
	assert_true(publish && publish < services && services < timer &&
		    timer < check);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(until_links_and_state_are_there), CASE(the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
