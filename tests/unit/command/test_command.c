/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

#include <stdio.h>

/* Every row says what must be said, and that no word has two meanings. */
TEST(rows_are_complete)
{
	unsigned given = 0;

	for (const struct command *row = commands; row->word; row++) {
		assert_true(row->word[0] && row->execute);
		assert_ptr_equal(command_find(row->word), row);
		if (row->alias)
			assert_ptr_equal(command_find(row->alias), row);
		/* What completes them is typed as an argument. */
		assert_true(row->arguments ||
			    row->completes == COMPLETES_NOTHING);
		/* The help has a column of 14 and a line of 79. */
		if (row->help)
			assert_between(strlen(row->help), 10, 79 - 18);
		assert_true(strlen(row->word) + (row->arguments ?
			    1 + strlen(row->arguments) : 0) <= 15);
		given |= row->takes;
	}
	assert_int_equal(given, TAKES_JSON | TAKES_WAIT | TAKES_KINDS |
				TAKES_LIMITS | TAKES_DETAILS | TAKES_KEEPING |
				TAKES_NOTICES);
	assert_null(command_find(""));
	assert_null(command_find("ru"));
	assert_null(command_find("runs"));
}

/* Rights are safety, so they are said twice: here and in the table. */
static const struct {
	const char *command;
	struct calling want;
} all_rights[] = {
	{ "run", { .rest = REST_UNLESS_CERTBOT, .work_ms = 210000,
		   .time_ms = 240000 } },
	{ "init", { .local_only = true, .recreates = true,
		    .rest = REST_UNLESS_CERTBOT, .lock_wait_ms = 20000,
		    .work_ms = 35000, .time_ms = 45000 } },
	{ "pre", { .local_only = true, .pins = true, .is_hook = true,
		   .rest = REST_UNLESS_CERTBOT, .lock_wait_ms = 600000,
		   .work_ms = 35000, .time_ms = 45000 } },
	{ "deploy", { .is_hook = true, .hears_certbot = true,
		      .rest = REST_NEVER, .lock_wait_ms = 15000,
		      .work_ms = 35000, .time_ms = 45000 } },
	{ "post", { .is_hook = true, .rest = REST_ALWAYS,
		    .lock_wait_ms = 15000, .work_ms = 35000,
		    .time_ms = 45000 } },
	{ "status", { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
		      .work_ms = 210000, .time_ms = 240000 } },
	{ "explain", { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
		       .work_ms = 210000, .time_ms = 240000 } },
	{ "check", { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
		     .work_ms = 210000, .time_ms = 240000 } },
	{ "print", { .only_looks = true, .local_only = true } },
	{ "configtest", { .only_looks = true, .work_ms = 210000,
			  .time_ms = 240000 } },
	{ "setup", { .only_looks = true, .local_only = true } },
	{ "remove", { .rest = REST_UNLESS_CERTBOT, .lock_wait_ms = 20000,
		      .work_ms = 210000, .time_ms = 240000 } },
	{ "complete", { .only_looks = true, .local_only = true } },
};

TEST(rights)
{
	size_t i = 0;

	for (const struct command *row = commands; row->word; row++, i++) {
		const struct calling *have = &row->calling;
		const struct calling *want = &all_rights[i].want;

		assert_true(i < COUNT(all_rights));
		assert_string_equal(row->word, all_rights[i].command);
		assert_int_equal(have->only_looks, want->only_looks);
		assert_int_equal(have->local_only, want->local_only);
		assert_int_equal(have->recreates, want->recreates);
		assert_int_equal(have->pins, want->pins);
		assert_int_equal(have->is_hook, want->is_hook);
		assert_int_equal(have->hears_certbot, want->hears_certbot);
		assert_int_equal(have->rest, want->rest);
		assert_int_equal(have->lock_wait_ms, want->lock_wait_ms);
		assert_int_equal(have->work_ms, want->work_ms);
		assert_int_equal(have->time_ms, want->time_ms);
		/* Whoever has the lock has it for less than half of what pre
		 * waits, and certbot a minute for its hooks. */
		assert_true(have->time_ms < 600000 / 2);
		assert_true(!have->is_hook || have->pins ||
			    have->lock_wait_ms + have->time_ms <= 60000);
	}
	assert_int_equal(i, COUNT(all_rights));
}

/* Each command does what its name says, told by what it leaves behind. */
static void test_dispatch(void **state)
{
	static const struct {
		const char *command;
		const char *output;	/* a part of it */
		bool asks;
	} rows[] = {
		{ "init", "", false },
		{ "pre", "", false },
		{ "deploy", "", true },
		{ "post", "", false },
		{ "run", "", false },
		{ "status", NAME ": at rest", false },
		{ "explain", "journal:", false },
		{ "check", "every one presents the certificate", true },
		{ "print", HOST_OWNER " IN TLSA 3 1 1 ", false },
		{ "configtest", "alnitak.conf: good", false },
		{ "setup", "update-policy {", false },
		{ "remove", NAME ": being removed, waiting ", true },
		{ "complete", "word configtest ", false },
	};
	struct host *host = *state;
	char *names[] = { lent(NAME) };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct command *row = command_find(rows[i].command);
		struct options options = { .command = row, .arguments = names,
			.argument_count = streq(row->word, "remove") };
		unsigned before = fake_net.surveys;
		char *text;

		capture_begin();
		assert_int_equal(row->execute(&host->world,
				 row->needs_no_config ? NULL : &host->config,
				 &options), EXIT_DONE);
		text = capture_end();
		if (!strstr(text, rows[i].output))
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(fake_net.surveys > before, rows[i].asks);
		assert_false(rows[i].asks && row->calling.local_only);
		free(text);
	}
	assert_int_equal(COUNT(rows), COUNT(all_rights));
}

TEST(nearest)
{
	assert_string_equal(command_nearest("stauts"), "status");
	assert_string_equal(command_nearest("depoly"), "deploy");
	assert_string_equal(command_nearest("prehok"), "prehook");
	assert_null(command_nearest(""));
	assert_null(command_nearest("xyz"));
	assert_null(command_nearest("a word that is longer than any command"));
	/* What people do not type is not what they meant. */
	assert_null(command_nearest("complet"));
}

TEST(list)
{
	char *json = command_list(TAKES_JSON), *wait = command_list(TAKES_WAIT);
	char *both = command_list(TAKES_JSON | TAKES_WAIT);

	assert_string_equal(json, "status, explain, check and print");
	assert_string_equal(wait, "run, deploy, status and remove");
	assert_string_equal(both, "run, deploy, status, explain, check, print "
			    "and remove");
	free(json);
	free(wait);
	free(both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_list),
		cmocka_unit_test_setup_teardown(test_dispatch, host_open,
						host_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
