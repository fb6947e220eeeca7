/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/xalloc.h"
#include "support/passes.h"

/* One of two targets at an owner is removed, or both are. */

#define SECOND_OWNER "_443._tcp.mail.example.com."

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static enum exit_status remove_first(size_t n)
{
	enum exit_status status;
	struct pass pass;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("remove"), RUN_PLAIN), EXIT_DONE);
	for (size_t i = 0; i < n; i++) {
		pass.targets.items[i].state->removal = REMOVAL_DELETES;
		pass.targets.items[i].unsaved = true;
	}
	run_pass(&pass);
	status = run_status(&pass);
	run_close(&pass);
	return status;
}

/* One alone would leave the other's record without a match for what it
 * presents; so that waits, and both go at once. */
TEST(two_that_leave_together)
{
	fake_net.alias = SECOND_OWNER;
	host_add_second(host, SECOND_OWNER);
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.served.count, 2);
	assert_int_equal(remove_first(1), EXIT_FAILED);
	assert_int_equal(fake_net.served.count, 2);
	assert_int_equal(remove_first(2), EXIT_DONE);
	assert_int_equal(fake_net.served.count, 0);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

/* Until the first is out of service nothing begins without its record; then
 * the second goes on as if it had never been there. */
TEST(nothing_begins_beside_one_that_leaves)
{
	struct tlsa_set *served = &fake_net.served;

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, "_1._tcp.mail.example.com.");
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	fake_net.elsewhere = "_1._tcp.mail.example.com.";
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(remove_first(1), EXIT_DONE);
	assert_int_equal(served->count, 0);
	host->second_spec.owner = lent(SECOND_OWNER);
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(served->count, 0);
	for (int i = 0; i < 12 && !served->count; i++) {
		pass_time(host, HOUR_MS / 6);
		remove_first(0);
	}
	assert_int_equal(served->count, 1);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

/* No service there presents the first any more: its record alone goes, and
 * the second's stands, seen by all, until the end and after it. */
TEST(one_that_stays)
{
	struct tlsa_set *served = &fake_net.served, first = { 0 };

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, SECOND_OWNER);
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	host_pass(host, "run", EXIT_DONE);
	host_add_record(host, 1, &first);
	assert_int_equal(remove_first(1), EXIT_FAILED);
	assert_int_equal(served->count, 2);
	host->both[0].spec_count = 0;
	for (int i = 0; i < 12; i++) {
		pass_time(host, HOUR_MS / 6);
		remove_first(0);
		assert_int_equal(served->count, 1);
		assert_false(tlsa_set_contains(served, &first.records[0]));
	}
	tlsa_set_clear(&first);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(two_that_leave_together),
		CASE(nothing_begins_beside_one_that_leaves),
		CASE(one_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
