/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "run/rests.h"
#include "support/passes.h"

#include <stdlib.h>

/* Two targets that rest, and what the one has to know of the other. */

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->fixture->faults.files_are_old = true;
	host->config.recheck_seconds = 4 * 24 * 3600;
	begin_settled(host);
	return 0;
}

static void pass_often(void)
{
	for (int i = 0; i < 9; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS);
	}
}

static void open_pass(struct pass *pass)
{
	assert_int_equal(run_open(pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
}

static void expect_rest(bool first, bool second)
{
	struct pass pass;

	open_pass(&pass);
	assert_int_equal(pass.targets.items[0].rests != NULL, first);
	assert_int_equal(pass.targets.items[1].rests != NULL, second);
	run_close(&pass);
}

/* The same octets in another file. */
static void put_anew(const char *path)
{
	char *script = xasprintf("cd %s && cp -dp %s copy && mv copy %s",
				 host->fixture->root, path, path);

	assert_int_equal(system(script), 0);
	free(script);
}

static void expect_unwatched(const struct state *state)
{
	assert_true(state->has_settled);
	for (size_t i = 0; i < state->ledger_count; i++) {
		const struct ledger *ledger = state->ledgers[i];

		for (size_t k = 0; k < ledger->address_count; k++)
			assert_int_equal(ledger->addresses[k].current, 0);
	}
}

/* Each would be asked for by the other. */
TEST(those_who_share_an_owner)
{
	static const char *const paths[] = {
		"state/targets/" HOST_SECOND ".json",
		"state/targets/" NAME ".json",
	};
	const struct target *other;
	struct pass pass;

	host_add_second(host, HOST_OWNER);
	pass_often();
	for (size_t i = 0; i < COUNT(paths); i++) {
		expect_rest(true, true);
		put_anew(paths[i]);
		open_pass(&pass);
		other = &pass.targets.items[i];
		assert_null(other->rests);
		assert_non_null(other->state);
		assert_false(other->done);
		run_close(&pass);
		host_pass(host, "run", EXIT_DONE);
	}
}

/* The first gives up what both had there: what the second needs must be known
 * before. */
TEST(those_who_shared_an_owner)
{
	struct tlsa_set first = { 0 };

	host_add_second(host, HOST_OWNER);
	pass_often();
	expect_rest(true, true);
	host_add_record(host, 1, &first);
	assert_int_equal(fake_net.served.count, 2);
	fake_net.elsewhere = "_25._tcp.other.example.com.";
	host->spec.owner = lent(fake_net.elsewhere);
	host->both[0].specs = &host->spec;
	pass_often();
	assert_int_equal(fake_net.served.count, 1);
	assert_false(tlsa_set_contains(&fake_net.served, &first.records[0]));
	tlsa_set_clear(&first);
	host->spec.owner = lent(HOST_OWNER);
}

/* Nobody looks at it as at what is under way, so that its ledger must not say
 * what was served at some moment: another watch would believe that. */
TEST(who_is_woken_by_an_alias_is_not_watched)
{
	const char *other = "_25._tcp.other.example.com.";
	struct pass pass;

	fake_net.elsewhere = other;
	host_add_second(host, other);
	pass_often();
	fake_net.alias = other;
	host_renew(host, 2);
	expect_rest(false, true);
	open_pass(&pass);
	run_pass(&pass);
	assert_null(pass.targets.items[1].rests);
	assert_int_equal(pass.targets.items[1].action.step, STEP_NOTHING);
	expect_unwatched(pass.targets.items[1].state);
	run_close(&pass);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(those_who_share_an_owner),
		CASE(those_who_shared_an_owner),
		CASE(who_is_woken_by_an_alias_is_not_watched),
	};

	return RUN_BOTH_WAYS(tests);
}
