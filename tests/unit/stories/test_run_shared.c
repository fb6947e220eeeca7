/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "support/passes.h"

/* What two targets need at an owner that both have. */

#define OWN "_443._tcp.mail.example.com."

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

/* Whom no probe holds up has his turn before NAME, which has its own owner,
 * too: there stands the record of A. */
static void share(struct config_spec *specs)
{
	struct config_target first;

	host_add_second(host, HOST_OWNER);
	specs[0] = specs[1] = host->spec;
	specs[0].owner = lent(OWN);
	first = host->both[1];
	host->both[1] = host->both[0];
	host->both[0] = first;
	host->both[0].allows_strangers = true;
	host->both[1].specs = specs;
	host->both[1].spec_count = 2;
	fake_net.elsewhere = OWN;
	host_add_record(host, 1, &fake_net.served_elsewhere);
}

static bool any_without_a;

static void look_for_a(void)
{
	struct tlsa_set one = { 0 };

	host_add_record(host, 1, &one);
	any_without_a |= fake_net.served.count &&
			 !tlsa_set_contains(&fake_net.served, &one.records[0]);
	tlsa_set_clear(&one);
}

/* NAME was taken to have B in service when nobody could be asked; that it may
 * be A is found in the round in which the other one would publish. */
TEST(all_are_heard_before_a_set_begins)
{
	struct config_spec specs[2];

	share(specs);
	host_renew(host, 2);
	host_pass(host, "pre", EXIT_DONE);
	fake_net.before_survey = look_for_a;
	host_pass(host, "run", EXIT_DONE);
	assert_false(any_without_a);
	assert_int_equal(fake_net.served.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(all_are_heard_before_a_set_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
