/* SPDX-License-Identifier: MIT */
#include "look/given_up.h"

#include "run/run.h"
#include "support/chains.h"
#include "support/passes.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

/* It is known what services of the first N targets present. */
static void prove(size_t n)
{
	struct pass pass;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	for (size_t i = 0; i < n; i++) {
		struct state *state = pass.targets.items[i].state;

		state->unproven = false;
		assert_int_equal(state_save(&host->world, pass.targets.dir,
					    state), 0);
	}
	run_close(&pass);
}

/* Each of two targets wants a kind of its own; the first N are proven. */
static void begin_with_two_kinds(size_t n)
{
	host_add_second(host, HOST_OWNER);
	host->second_spec.params = (struct tlsa_params){ 3, 1, 2 };
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.served.count, 4);
	prove(n);
	pass_time(host, 24 * HOUR_MS);
}

/* Of two kinds one is given up by both: neither keeps it for the other. */
TEST(nobody_wants_it_any_more)
{
	begin_with_two_kinds(2);
	host->second_spec.params = (struct tlsa_params){ 3, 1, 1 };
	for (int i = 0; i < 4; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, 2 * HOUR_MS);
	}
	assert_int_equal(fake_net.served.count, 2);
	for (size_t i = 0; i < fake_net.served.count; i++)
		assert_int_equal(fake_net.served.records[i].params.matching,
				 1);
}

TEST(not_all_of_it_is_ours)
{
	struct tlsa_set more = cast_set("x:312");

	begin_with_two_kinds(2);
	tlsa_set_add_all(&fake_net.served, &more);
	tlsa_set_clear(&more);
	host->second_spec.params = (struct tlsa_params){ 3, 1, 1 };
	for (int i = 0; i < 4; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, 2 * HOUR_MS);
	}
	assert_int_equal(fake_net.served.count, 5);
}

/* While B waits for its release all kinds stay. */
TEST(not_in_the_middle)
{
	begin_with_two_kinds(2);
	host_renew(host, 2);
	host->second_spec.params = (struct tlsa_params){ 3, 1, 1 };
	host_pass(host, "run", EXIT_DONE);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.served.count, 6);
	for (int i = 0; i < 30; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS / 4);
	}
	assert_int_equal(fake_net.served.count, 2);
}

/* The first has its own services proven before it deletes anything; nobody has
 * the second's proven for it. */
TEST(others_are_not_proven)
{
	begin_with_two_kinds(1);
	host->second_spec.params = (struct tlsa_params){ 3, 1, 1 };
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.served.count, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(nobody_wants_it_any_more),
		CASE(not_all_of_it_is_ours),
		CASE(not_in_the_middle), CASE(others_are_not_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
