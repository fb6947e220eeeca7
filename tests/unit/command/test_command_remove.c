/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"

static struct host *host;
static char *names[] = { lent(NAME) };

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static const struct links held = { .place = LINKS_HELD };

/* alnitak remove NAME; what it prints has PARTS in it. */
static void remove_with(struct options options, enum exit_status want,
			const char *part)
{
	char *text;

	options.command = command_find("remove");
	options.arguments = names;
	options.argument_count = 1;
	capture_begin();
	assert_int_equal(command_remove(&host->world, &host->config, &options),
			 want);
	text = capture_end();
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
	free(text);
}

static void expect_removal(enum removal want)
{
	struct state *state = host_state(host);

	assert_int_equal(state->removal, want);
	state_free(state);
}

/* No command does anything for it any more. */
static void expect_left_alone(void)
{
	static const char *const commands_[] = {
		"run", "pre", "deploy", "post", "init",
	};
	unsigned updates = fake_net.updates, surveys = fake_net.surveys;

	for (size_t i = 0; i < COUNT(commands_); i++) {
		struct action action = host_pass(host, commands_[i],
						 EXIT_DONE);

		assert_int_equal(action.step, STEP_NOTHING);
		assert_int_equal(action.reason, REASON_REMOVED);
	}
	assert_int_equal(fake_net.updates, updates);
	assert_int_equal(fake_net.surveys, surveys);
}

/* Until the wait is over, and no longer than that may take. */
static struct action run_on(void)
{
	struct action action = { .step = STEP_WAIT };

	for (int i = 0; i < 10 && action.step == STEP_WAIT; i++) {
		pass_time(host, HOUR_MS / 6);
		action = host_pass(host, "run", EXIT_DONE);
	}
	return action;
}

TEST(at_rest)
{
	begin_settled(host);
	remove_with((struct options){ 0 }, EXIT_DONE,
		    NAME ": being removed, waiting for caches until ");
	expect_served(host, false, false);
	assert_links(host->fixture, &fixture_one);
	expect_removal(REMOVAL_DELETES);
	pass_time(host, HOUR_MS / 10);
	expect_waits(host, "run", REASON_CACHES);
	assert_links(host->fixture, &fixture_one);
	pass_time(host, HOUR_MS);
	remove_with((struct options){ 0 }, EXIT_DONE, NAME ": removed: delete "
		    "its section from the configuration, or begin anew with "
		    "alnitak init " NAME "; nobody renews combined.pem");
	assert_links(host->fixture, &fixture_rest);
	expect_removal(REMOVAL_DONE);
	host_renew(host, 2);
	expect_left_alone();
	assert_served(host->fixture, 2);
}

/* What is released goes on being so until no cache has a record. */
TEST(in_a_rollover)
{
	unsigned reloads;

	begin_pending(host);
	reloads = host->reloads;
	remove_with((struct options){ 0 }, EXIT_DONE, ", then links to live");
	expect_served(host, false, false);
	assert_links(host->fixture, &fixture_one);
	assert_int_equal(run_on().reason, REASON_REMOVED);
	assert_links(host->fixture, &fixture_rest);
	assert_served(host->fixture, 2);
	assert_int_equal(host->reloads, reloads + 1);
	expect_left_alone();
}

TEST(records_are_kept)
{
	struct links links;
	char *detail;

	begin_pending(host);
	remove_with((struct options){ .keep_records = true }, EXIT_DONE,
		    "held files, which nobody renews, valid until ");
	expect_served(host, true, true);
	assert_int_equal(links_read(&host->fixture->real_lineage, &links,
				    &detail), 0);
	assert_int_equal(links.place, held.place);
	assert_served(host->fixture, 1);
	expect_left_alone();
}

TEST(a_dry_run)
{
	begin_settled(host);
	remove_with((struct options){ .dry_run = true }, EXIT_DONE,
		    NAME ": being removed, the next run: ");
	expect_served(host, true, false);
	expect_removal(REMOVAL_NONE);
}

TEST(wait_to_the_end)
{
	begin_settled(host);
	remove_with((struct options){ .wait = true, .wait_ms = INT64_MAX },
		    EXIT_DONE, NAME ": removed: ");
	assert_links(host->fixture, &fixture_rest);
}

TEST(strangers_keep_it_waiting)
{
	begin_settled(host);
	host_add_record(host, 2, &fake_net.served);
	fake_net.served.records[0].params.usage = 2;
	remove_with((struct options){ 0 }, EXIT_FAILED, "would be left");
	assert_int_equal(fake_net.served.count, 2);
	assert_links(host->fixture, &fixture_one);
}

/* It goes on as if nothing had been asked. */
TEST(taken_back)
{
	struct options options = { .command = command_find("init"),
				   .arguments = names, .argument_count = 1 };

	begin_settled(host);
	remove_with((struct options){ 0 }, EXIT_DONE, "being removed");
	assert_int_equal(command_init(&host->world, &host->config, &options),
			 EXIT_DONE);
	expect_removal(REMOVAL_NONE);
	host_pass(host, "run", EXIT_DONE);
	expect_served(host, true, false);
}

TEST(whom)
{
	struct options options = { .command = command_find("remove") };
	char *unknown[] = { lent("other.test") };

	assert_int_equal(command_remove(&host->world, &host->config, &options),
			 EXIT_USAGE);
	options.arguments = unknown;
	options.argument_count = 1;
	assert_int_equal(command_remove(&host->world, &host->config, &options),
			 EXIT_USAGE);
	assert_int_equal(fake_net.surveys, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(at_rest),
		CASE(in_a_rollover),
		CASE(records_are_kept),
		CASE(a_dry_run),
		CASE(wait_to_the_end),
		CASE(strangers_keep_it_waiting),
		CASE(taken_back),
		CASE(whom),
	};

	return RUN_BOTH_WAYS(tests);
}
