/* SPDX-License-Identifier: MIT */
#include "act/publish.h"

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

TEST(shared_owner_is_one_change)
{

	host_add_second(host, HOST_OWNER);
	one_pass(EXIT_DONE);
	assert_int_equal(fake_net.updates, 1);
	assert_int_equal(fake_net.served.count, 2);
	assert_false(fake_net.wrong_guard);
}

/* The first is renewed: the second's record is none of its business. */
TEST(other_targets_records_stay)
{
	struct tlsa_set before;
	struct tlsa_set gone = { 0 };

	host_add_second(host, HOST_OWNER);
	one_pass(EXIT_DONE);
	before = tlsa_set_copy(&fake_net.served);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	for (int i = 0; i < 20; i++) {
		one_pass(EXIT_DONE);
		host->now.wall_ms += 600000;
		host->now.boot_ms += 600000;
	}
	host_add_record(host, 1, &gone);
	tlsa_set_remove_all(&before, &gone);
	host_add_record(host, 2, &before);
	assert_true(tlsa_set_equal(&before, &fake_net.served));
	tlsa_set_clear(&before);
	tlsa_set_clear(&gone);
}

static unsigned promised;

static void note_promise(void)
{
	struct state *saved = host_state(host);

	promised = (unsigned)saved->published_count;
	assert_int_equal(saved->ledger_count, 1);
	state_free(saved);
}

/* On the disk when the message leaves: what is published, and what caches
 * may hold of the time before. */
TEST(promise_before_deed)
{
	promised = 0;
	fake_net.before_update = note_promise;
	one_pass(EXIT_DONE);
	assert_int_equal(promised, 1);
}

static unsigned renames;

static int refuse_later_renames(struct world *world, int dir, const char *from,
				const char *to)
{
	struct faults *faults = world->self;

	if (streq(to, NAME ".json") && renames++ > 0)
		return -ENOSPC;
	return faults->real->rename(faults->real, dir, from, to);
}

TEST(no_promise_no_deed)
{
	renames = 0;
	host->world.rename = refuse_later_renames;
	one_pass(EXIT_FAILED);
	assert_int_equal(fake_net.updates, 0);
}

/* ---- External programs ------------------------------------------------ */

TEST(exec)
{
	static const struct {
		int status;
		enum exit_status want;
	} rows[] = {
		{ 0, EXIT_DONE }, { 1, EXIT_DONE }, { 200, EXIT_DONE },
		{ 2, EXIT_FAILED }, { 127, EXIT_FAILED },
	};
	static char *arguments[] = { lent("/bin/publish"), NULL };

	host->target.api = API_EXEC;
	host->target.exec_arguments = arguments;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		host->reloads = 0;
		host->reload_status = rows[i].status;
		one_pass(rows[i].want);
		/* Once in a pass, whatever it says. */
		assert_int_equal(host->reloads, 1);
	}
	assert_int_equal(fake_net.updates, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(shared_owner_is_one_change),
		CASE(other_targets_records_stay),
		CASE(promise_before_deed),
		CASE(no_promise_no_deed),
		CASE(exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
