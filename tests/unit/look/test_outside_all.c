/* SPDX-License-Identifier: MIT */
#include "look/outside_all.h"

#include "look/attach.h"
#include "look/survey_all.h"
#include "support/passes.h"

static struct address resolver = { .family = 4, .bytes = { 192, 0, 2, 9 },
				   .port = 53 };

static struct target *survey(struct host *host)
{
	struct target *target = &opened.targets.items[0];

	host_add_record(host, 1, &fake_net.served);
	survey_all(&opened, TRANSPORT_TCP);
	attach_facts(&opened, target);
	return target;
}

/* Without it no question is more. */
static void test_nobody_is_configured(void **state)
{
	struct target *target = survey(*state);

	outside_all(&opened);
	attach_facts(&opened, target);
	assert_int_equal(fake_net.outside_asked, 0);
	assert_null(target->facts.owners[0].outside);
}

static void test_asked_about_what_was_surveyed(void **state)
{
	struct host *host = *state;
	struct target *target = survey(host);
	const struct owner_facts *owner = &target->facts.owners[0];

	host->config.outside = &resolver;
	host->config.outside_count = 1;
	fake_net.outside = tlsa_set_copy(&fake_net.served);
	fake_net.outside_seconds = 300;
	target->unsaved = false;
	outside_all(&opened);
	attach_facts(&opened, target);
	assert_int_equal(fake_net.outside_asked, 1);
	assert_non_null(owner->outside);
	assert_string_equal(owner->outside->name, HOST_OWNER);
	assert_int_equal(owner->outside->count, 1);
	assert_false(owner->outside->answers[0].is_late);
	assert_false(target->unsaved);
	survey_drop(&opened.targets, &opened.seen);
	assert_null(owner->outside);
	assert_int_equal(opened.seen.outside.count, 0);
}

/* A set of others, in no ledger yet: that is late, and kept. */
static void test_what_is_late_is_kept(void **state)
{
	struct host *host = *state;
	struct target *target = survey(host);
	const struct ledger *ledger = target->state->ledgers[0];
	size_t before = ledger->version_count;

	host->config.outside = &resolver;
	host->config.outside_count = 1;
	host_add_record(host, 2, &fake_net.outside);
	fake_net.outside_seconds = 300;
	target->unsaved = false;
	outside_all(&opened);
	attach_facts(&opened, target);
	assert_true(target->facts.owners[0].outside->answers[0].is_late);
	assert_true(target->unsaved);
	assert_int_equal(ledger->version_count, before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, opened_open, opened_close)
		CASE(nobody_is_configured),
		CASE(asked_about_what_was_surveyed),
		CASE(what_is_late_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
