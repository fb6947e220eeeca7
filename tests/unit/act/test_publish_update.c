/* SPDX-License-Identifier: MIT */
#include "act/publish_update.h"

#include "base/xalloc.h"
#include "support/run.h"

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static void one_pass(enum exit_status want)
{
	host_pass(host, "run", want);
}

TEST(without_a_key)
{
	struct state *saved;

	free(host->config.key);
	host->config.key = NULL;
	one_pass(EXIT_FAILED);
	assert_int_equal(fake_net.updates, 0);
	saved = host_state(host);
	assert_non_null(strstr(saved->alarm.text, "key"));
	assert_int_equal(saved->published_count, 0);
	/* Nor may any server have it, for all that is known. */
	assert_int_equal(saved->ledger_count, 1);
	for (size_t v = 0; v < saved->ledgers[0]->version_count; v++)
		assert_int_equal(saved->ledgers[0]->versions[v].set.count, 0);
	state_free(saved);
}

/* An addition sets the TTL of the whole set: it keeps what it has. */
TEST(ttl)
{
	one_pass(EXIT_DONE);
	assert_int_equal(fake_net.last_ttl_seconds,
			 host->config.record_ttl_seconds);
	fake_net.ttl_seconds = 86400;
	host_renew(host, 2);
	one_pass(EXIT_DONE);
	assert_int_equal(fake_net.last_ttl_seconds, 86400);
}

TEST(unanswered_keeps_the_promise)
{
	struct state *saved;

	fake_net.manner = FAKE_LOSES_ANSWER;
	one_pass(EXIT_DONE);
	saved = host_state(host);
	assert_int_equal(saved->published_count, 1);
	state_free(saved);
	assert_int_equal(fake_net.updates, 1);
}

/* Anybody can send a reply that is not signed, or is badly: what it says was
 * not done may have been, and is ours. */
TEST(unproven_keeps_the_promise)
{
	static const enum update_verdict unproven[] = {
		UPDATE_BAD_KEY, UPDATE_BAD_SIGNATURE, UPDATE_UNAUTHENTICATED,
		UPDATE_SERVER_FAILED,
	};

	for (size_t i = 0; i < COUNT(unproven); i++) {
		struct state *saved;

		host_close(state);
		open_all(state);
		fake_net.manner = FAKE_SAYS;
		fake_net.says = unproven[i];
		one_pass(EXIT_FAILED);
		assert_int_equal(fake_net.served.count, 1);
		saved = host_state(host);
		assert_true(state_has_published(saved, HOST_OWNER,
						fake_net.served.records));
		state_free(saved);
	}
}

/* Nor does what is said the second time tell of the first. */
TEST(doubt_keeps_the_promise)
{
	for (int doubtful = 0; doubtful < 2; doubtful++) {
		struct state *saved;

		host_close(state);
		open_all(state);
		fake_net.manner = FAKE_SAYS;
		fake_net.says = UPDATE_UNREACHABLE;
		fake_net.doubtful = doubtful;
		one_pass(EXIT_FAILED);
		saved = host_state(host);
		assert_int_equal(state_has_published(saved, HOST_OWNER,
						     fake_net.served.records),
				 doubtful);
		state_free(saved);
	}
	fake_net.doubtful = false;
}

/* What somebody else put there meanwhile is not ours to delete one day; but a
 * record of the leaf is about nobody else. */
TEST(lost_race_is_no_promise)
{
	struct state *saved;

	host->spec.params = (struct tlsa_params){ 2, 1, 1 };
	fake_net.manner = FAKE_RACES;
	one_pass(EXIT_DONE);
	assert_int_equal(fake_net.updates, 1);
	assert_int_equal(fake_net.served.count, 1);
	saved = host_state(host);
	assert_int_equal(saved->published_count, 0);
	state_free(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(without_a_key),
		CASE(ttl),
		CASE(unanswered_keeps_the_promise),
		CASE(unproven_keeps_the_promise),
		CASE(doubt_keeps_the_promise),
		CASE(lost_race_is_no_promise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
