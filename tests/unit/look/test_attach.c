/* SPDX-License-Identifier: MIT */
#include "look/attach.h"

#include "look/survey_all.h"
#include "support/passes.h"

TEST(no_zone)
{
	struct target *target = &opened.targets.items[0];
	fake_net.no_zone = true;
	survey_all(&opened, TRANSPORT_UDP);
	attach_facts(&opened, target);
	assert_non_null(target->facts.owners[0].seen);
	assert_int_equal(target->facts.owners[0].seen->count, 0);
	assert_int_equal(target->state->ledgers[0]->address_count, 0);
}

/* Each ledger takes each survey in once. */
static void test_ledger_takes_it_once(void **state)
{
	struct target *target = &opened.targets.items[0];
	const struct survey_owner *seen;
	struct ledger *ledger;
	struct host *host = *state;

	host_add_record(host, 1, &fake_net.served);
	survey_all(&opened, TRANSPORT_UDP);
	seen = seen_find(&opened.seen, HOST_OWNER);
	assert_non_null(seen);
	ledger = attach_ledger(&opened.seen, target, seen);
	assert_int_equal(ledger->address_count, 2);
	target->unsaved = false;
	opened.seen.when.wall_ms += 1000;
	assert_ptr_equal(attach_ledger(&opened.seen, target, seen), ledger);
	assert_false(target->unsaved);
	opened.seen.number++;
	attach_ledger(&opened.seen, target, seen);
	assert_true(target->unsaved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, opened_open, opened_close)
		CASE(no_zone),
		CASE(ledger_takes_it_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
