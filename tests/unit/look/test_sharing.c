/* SPDX-License-Identifier: MIT */
#include "look/gather.h"
#include "look/attach.h"
#include "look/sharing.h"
#include "look/survey_all.h"
#include "run/run.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/passes.h"

#define END "_dane.example.net."
#define OLD_END "_old.example.net."
#define SECOND_OWNER "_443._tcp.mail.example.com."

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	fake_net.alias = END;
	fake_net.elsewhere = OLD_END;
	return 0;
}

/* Of the first N targets. */
static void load_facts(struct pass *pass, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct target *target = &pass->targets.items[i];

		facts_load(&target->facts, &pass->source, target->config,
			   target->state, &host->now);
	}
}

/* ---- Where the records go --------------------------------------------- */

TEST(rollover_by_an_alias)
{
	struct state *saved;

	begin_settled(host);
	saved = host_state(host);
	assert_int_equal(saved->published_count, 1);
	assert_string_equal(saved->published[0].owner, END);
	assert_int_equal(saved->ledger_count, 2);
	/* At rest nobody looks: a survey is not taken in once more. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(saved->ledgers[i]->addresses[0].current, 0);
	state_free(saved);
	begin_pending(host);
	finish_rollover(host);
}

/* Where aliases led before is asked about in the first survey already. */
TEST(no_extra_survey)
{
	unsigned before;

	begin_settled(host);
	assert_int_equal(fake_net.surveys, 3);	/* name; end; as published */
	before = fake_net.surveys;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	expect_waits(host, "run", REASON_CACHES);
	assert_int_equal(fake_net.surveys - before, 2);
}

TEST(servers_that_disagree)
{
	begin_settled(host);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	fake_net.stale_alias = OLD_END;
	expect_waits(host, "run", REASON_SERVER);
	pass_time(host, 5 * HOUR_MS);
	expect_waits(host, "run", REASON_SERVER);
	fake_net.stale_alias = NULL;
	expect_waits(host, "run", REASON_CACHES);
	finish_rollover(host);
}

/* The operator points the alias elsewhere while nobody looks. */
TEST(alias_moves_at_rest)
{
	struct tlsa_set one = { 0 };
	struct state *saved;

	fake_net.alias = OLD_END;
	host_pass(host, "run", EXIT_DONE);
	host_add_record(host, 1, &one);
	assert_true(tlsa_set_equal(&fake_net.served_elsewhere, &one));
	pass_time(host, 24 * 10 * HOUR_MS);
	fake_net.alias = END;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	expect_waits(host, "run", REASON_OLD_ALIAS);
	expect_served(host, true, true);
	assert_true(tlsa_set_equal(&fake_net.served_elsewhere, &one));
	pass_time(host, fake_net.ttl_seconds * 1000);
	expect_waits(host, "run", REASON_OLD_ALIAS);
	assert_true(tlsa_set_equal(&fake_net.served_elsewhere, &one));
	for (int i = 0; i < 50 && fake_net.served_elsewhere.count; i++) {
		pass_time(host, HOUR_MS / 4);
		host_pass(host, "run", EXIT_DONE);
	}
	assert_int_equal(fake_net.served_elsewhere.count, 0);
	fake_net.emptied = false;
	finish_rollover(host);
	tlsa_set_clear(&one);
	/* Once no cache can know of it, its ledger goes. */
	pass_time(host, 240 * HOUR_MS);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 1);
	for (int i = 0; i < 50; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS / 4);
	}
	saved = host_state(host);
	assert_int_equal(saved->ledger_count, 2);
	state_free(saved);
}

/* The name gets its own records again, and the end loses them last. */
TEST(alias_goes_away)
{
	fake_net.alias = OLD_END;
	host_pass(host, "run", EXIT_DONE);
	pass_time(host, 24 * HOUR_MS);
	fake_net.alias = NULL;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	expect_waits(host, "run", REASON_OLD_ALIAS);
	expect_served(host, true, true);
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	for (int i = 0; i < 50 && fake_net.served_elsewhere.count; i++) {
		pass_time(host, HOUR_MS / 4);
		host_pass(host, "run", EXIT_DONE);
	}
	fake_net.emptied = false;
	finish_rollover(host);
}

TEST(loop)
{
	struct action action;

	fake_net.alias = HOST_OWNER;
	action = host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_ALIAS);
	assert_int_equal(fake_net.updates, 0);
}

/* One owner that nothing may be published at does not keep the other from
 * it, nor does it get anything along with that. */
TEST(only_where_it_may_be)
{
	struct config_spec specs[2] = { host->spec, host->spec };

	specs[1].owner = lent(SECOND_OWNER);
	host->target.specs = specs;
	host->target.spec_count = 2;
	fake_net.elsewhere = SECOND_OWNER;
	for (int hidden = 0; hidden < 2; hidden++) {
		fake_net.alias = hidden ? NULL : HOST_OWNER;
		fake_net.hidden = hidden;
		tlsa_set_clear(&fake_net.served_elsewhere);
		host_pass(host, "run", EXIT_FAILED);
		assert_int_equal(fake_net.served_elsewhere.count, 1);
		assert_int_equal(fake_net.served.count, 0);
		assert_false(fake_net.wrong_guard);
	}
	host->target.specs = &host->spec;
	host->target.spec_count = 1;
}

/* What was asked for another's sake counts for whom it turns out to concern. */
TEST(the_first_survey_counts)
{
	struct target *target;
	struct pass pass;

	host_add_second(host, END);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 2);
	target = &pass.targets.items[0];
	survey_all(&pass, TRANSPORT_UDP);
	attach_facts(&pass, target);
	assert_int_equal(target->facts.owner_count, 2);
	assert_non_null(target->facts.owners[1].seen);
	assert_int_equal(target->facts.owners[1].ledger->address_count, 2);
	run_close(&pass);
}

/* ---- Who shares the end ----------------------------------------------- */

/* Two targets, one by its name, one by an alias of it: one set of both. */
TEST(shared_end)
{
	struct tlsa_set before, gone = { 0 };

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, SECOND_OWNER);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.updates, 1);
	assert_int_equal(fake_net.served.count, 2);
	assert_false(fake_net.wrong_guard);
	before = tlsa_set_copy(&fake_net.served);
	pass_time(host, 24 * HOUR_MS);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	for (int i = 0; i < 30; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS / 4);
	}
	host_add_record(host, 1, &gone);
	tlsa_set_remove_all(&before, &gone);
	host_add_record(host, 2, &before);
	assert_true(tlsa_set_equal(&before, &fake_net.served));
	tlsa_set_clear(&before);
	tlsa_set_clear(&gone);
}

/*
 * Both need the issuer's record, the second one published none of its own and
 * is at rest: when the first gives it up, it must stay for the second.
 */
TEST(needs_of_a_target_at_rest)
{
	struct tlsa_set shared = { 0 };
	struct owner_facts *owner;
	struct pass pass;

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, HOST_OWNER);
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 2);
	pass.targets.items[1].done = true;
	owner = &pass.targets.items[0].facts.owners[0];
	sharing_find_others(&pass, &pass.targets.items[0], owner);
	assert_false(owner->others.needs_unknown);
	shared = tlsa_set_copy(&fake_net.served);
	tlsa_set_remove_all(&shared, &owner->published);
	assert_int_equal(shared.count, 1);
	assert_true(tlsa_set_equal(&owner->others.needs, &shared));
	tlsa_set_clear(&shared);
	run_close(&pass);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

/* Each wants another kind of record at one owner: the first message has all
 * kinds for both, since clients may look at one kind only. */
TEST(kinds_of_two)
{
	struct tlsa_params hash = { 3, 1, 2 };
	struct others *others;
	struct pass pass;

	fake_net.alias = NULL;
	host_add_second(host, HOST_OWNER);
	host->second_spec.params = hash;
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.updates, 1);
	assert_int_equal(fake_net.served.count, 4);
	tlsa_set_clear(&fake_net.served);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 2);
	others = &pass.targets.items[0].facts.owners[0].others;
	for (int i = 0; i < 2; i++)
		sharing_find_others(&pass, &pass.targets.items[0],
				    &pass.targets.items[0].facts.owners[0]);
	assert_int_equal(others->param_count, 1);
	assert_true(tlsa_params_equal(others->params[0], hash));
	assert_int_equal(others->needs.count, 2);
	assert_int_equal(others->lack_count, 0);
	run_close(&pass);
}

/* Where a target has no part any more, what another needs is the other's. */
TEST(left_to_another)
{
	struct owner_facts *owner;
	struct pass pass;

	fake_net.alias = NULL;
	host_add_second(host, HOST_OWNER);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 2);
	owner = &pass.targets.items[0].facts.owners[0];
	tlsa_set_add_all(&owner->published, &fake_net.served);
	sharing_find_others(&pass, &pass.targets.items[0], owner);
	assert_int_equal(owner->published.count, 2);
	owner->param_count = 0;
	pass.targets.items[1].facts.config_settled = true;
	sharing_find_others(&pass, &pass.targets.items[0], owner);
	assert_false(owner->others.unsettled);
	pass.targets.items[1].facts.config_settled = false;
	sharing_find_others(&pass, &pass.targets.items[0], owner);
	assert_true(owner->others.unsettled);
	assert_int_equal(owner->published.count, 1);
	assert_false(tlsa_set_contains(&owner->others.needs,
				       &owner->published.records[0]));
	run_close(&pass);
}

/* The one has no issuer in its chain, and the other wants that published. */
TEST(kind_that_one_cannot_have)
{
	struct others *others;
	struct chain *chain;
	struct pass pass;
	size_t count;

	fake_net.alias = NULL;
	host_add_second(host, HOST_OWNER);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 2);
	chain = pass.targets.items[1].facts.live;
	pass.targets.items[1].state->has_released = true;
	pass.targets.items[0].facts.owners[0].params[0] =
		(struct tlsa_params){ 2, 1, 1 };
	others = &pass.targets.items[0].facts.owners[0].others;
	sharing_find_others(&pass, &pass.targets.items[0],
			    &pass.targets.items[0].facts.owners[0]);
	assert_int_equal(others->lack_count, 0);
	count = chain->count;
	chain->count = 1;
	sharing_find_others(&pass, &pass.targets.items[0],
			    &pass.targets.items[0].facts.owners[0]);
	assert_int_equal(others->lack_count, 1);
	assert_int_equal(others->lacks[0].usage, 2);
	chain->count = count;
	run_close(&pass);
}

/* It failed before its disk was read: its needs are not none. */
TEST(needs_of_a_target_without_facts)
{
	struct owner_facts *owner;
	struct pass pass;

	host_add_second(host, HOST_OWNER);
	fake_net.alias = NULL;
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	load_facts(&pass, 1);
	owner = &pass.targets.items[0].facts.owners[0];
	sharing_find_others(&pass, &pass.targets.items[0], owner);
	assert_true(owner->others.needs_unknown);
	run_close(&pass);
}

/* What both need and one message publishes is remembered by both: else each
 * would take it for the other's, and nobody ever delete it. */
TEST(shared_record_is_owned_by_both)
{
	struct pass pass;

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, SECOND_OWNER);
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	test_archive_write(host->fixture->letsencrypt_path, NAME, 1,
			   host->second);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(fake_net.served.count, 1);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	for (size_t i = 0; i < 2; i++)
		assert_true(state_has_published(pass.targets.items[i].state,
						SECOND_OWNER,
						&fake_net.served.records[0]));
	run_close(&pass);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

/* Its needs cannot be told: where nothing stands, nothing is begun. */
TEST(target_in_trouble_shares_the_end)
{
	char *live;

	fake_net.alias = SECOND_OWNER;
	host_add_second(host, HOST_OWNER);
	host->both[0].specs[0].owner = lent(SECOND_OWNER);
	live = xasprintf("%s/live/%s/cert.pem",
			 host->fixture->letsencrypt_path, HOST_SECOND);
	assert_int_equal(unlink(live), 0);
	free(live);
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(fake_net.updates, 0);
	host->second_spec.owner = lent("_1._tcp.mail.example.com.");
	host_pass(host, "run", EXIT_FAILED);
	assert_int_equal(fake_net.served.count, 1);
	host->both[0].specs[0].owner = lent(HOST_OWNER);
}

TEST(reach)
{
	struct texts names = { 0 };
	struct pass pass;
	struct ledger *ledger;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	ledger = state_ledger(pass.targets.items[0].state, HOST_OWNER);
	ledger_add_alias(ledger, END);
	ledger_add_alias(ledger, OLD_END);
	ledger = state_ledger(pass.targets.items[0].state, OLD_END);
	ledger_add_alias(ledger, HOST_OWNER);
	ledger_add_alias(ledger, "deep.test.");
	sharing_reach(&pass.seen, &pass.targets.items[0], HOST_OWNER, &names);
	assert_int_equal(names.count, 4);
	assert_true(texts_has(&names, "deep.test."));
	sharing_find_users(&pass);
	assert_int_equal(pass.sharing.count, 4);
	texts_clear(&names);
	run_close(&pass);
}

/* A name server that invents another alias at every look has no more names
 * asked about than that; where it leads now is among them. */
TEST(reach_is_bounded)
{
	struct texts names = { 0 };
	struct pass pass;
	struct ledger *ledger;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	ledger = state_ledger(pass.targets.items[0].state, HOST_OWNER);
	for (int i = 0; i < 2 * ALIASES_REMEMBERED_MAX; i++) {
		char *alias = xasprintf("x%d.example.", i);

		ledger_add_alias(ledger, alias);
		free(alias);
	}
	texts_add(&names, "other.example.");
	sharing_reach(&pass.seen, &pass.targets.items[0], HOST_OWNER, &names);
	assert_int_equal(names.count, 1 + ALIASES_REMEMBERED_MAX);
	assert_string_equal(names.items[1], HOST_OWNER);
	texts_clear(&names);
	run_close(&pass);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(rollover_by_an_alias),
		CASE(no_extra_survey),
		CASE(servers_that_disagree),
		CASE(alias_moves_at_rest),
		CASE(alias_goes_away),
		CASE(loop),
		CASE(only_where_it_may_be),
		CASE(the_first_survey_counts),
		CASE(shared_end),
		CASE(needs_of_a_target_at_rest),
		CASE(kinds_of_two), CASE(left_to_another),
		CASE(kind_that_one_cannot_have),
		CASE(needs_of_a_target_without_facts),
		CASE(shared_record_is_owned_by_both),
		CASE(target_in_trouble_shares_the_end),
		CASE(reach),
		CASE(reach_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
