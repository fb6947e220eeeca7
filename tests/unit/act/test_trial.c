/* SPDX-License-Identifier: MIT */
#include "act/trial.h"

#include "base/xalloc.h"
#include "support/run.h"

static struct host *host;
static struct pass pass;
static struct trials trials;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host_pass(host, "run", EXIT_DONE);
	return 0;
}

static void run_trials(bool wanted)
{
	trials_clear(&trials);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("check"), RUN_PLAIN), EXIT_DONE);
	run_look(&pass);
	trials_run(&pass, &wanted, &trials);
	run_close(&pass);
}

static int close_all(void **state)
{
	trials_clear(&trials);
	return host_close(state);
}

/* Sent, and nothing else was: no lock, no record that anybody has. */
TEST(changes_nothing)
{
	unsigned updates = fake_net.updates;
	struct tlsa_set before = tlsa_set_copy(&fake_net.served);

	run_trials(true);
	assert_int_equal(trials.count, 1);
	assert_int_equal(fake_net.trials, 1);
	assert_int_equal(fake_net.updates, updates);
	assert_true(tlsa_set_equal(&before, &fake_net.served));
	assert_int_equal(trials_find(&trials, HOST_OWNER)->verdict,
			 UPDATE_DONE);
	assert_null(trials_find(&trials, "other."));
	tlsa_set_clear(&before);
}

TEST(what_the_primary_says)
{
	fake_net.trial = UPDATE_REFUSED;
	run_trials(true);
	assert_int_equal(trials.items[0].verdict, UPDATE_REFUSED);
	assert_string_equal(trials.items[0].detail,
			    "192.0.2.1 says no to a trial");
}

TEST(a_key_that_cannot_be_read)
{
	free(host->config.key);
	host->config.key = xstrdup("/none/key");
	run_trials(true);
	assert_int_equal(fake_net.trials, 0);
	assert_int_equal(trials.items[0].verdict, UPDATE_NOT_SENT);
	assert_non_null(strstr(trials.items[0].detail, "/none/key"));
}

/* Not asked for; a program publishes; nobody knows what the primary serves;
 * the records go to the end of an alias. */
TEST(not_tried)
{
	run_trials(false);
	assert_int_equal(trials.count, 0);
	host->target.api = API_EXEC;
	run_trials(true);
	assert_int_equal(trials.count, 0);
	host->target.api = API_RFC2136;
	fake_net.no_zone = true;
	run_trials(true);
	assert_int_equal(trials.count, 0);
	assert_int_equal(fake_net.trials, 0);
}

TEST(at_the_end_of_an_alias)
{
	fake_net.alias = "_25._tcp.end.example.com.";
	run_trials(true);
	assert_int_equal(trials.count, 1);
	assert_string_equal(trials.items[0].owner, fake_net.alias);
	fake_net.alias = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(changes_nothing),
		CASE(what_the_primary_says),
		CASE(a_key_that_cannot_be_read),
		CASE(not_tried),
		CASE(at_the_end_of_an_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
