/* SPDX-License-Identifier: MIT */
#include "run/rests.h"

#include "support/passes.h"

#include <sys/stat.h>
#include <unistd.h>

/* Of all that a pass knows of a target, what keeps it from being noted. */

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->fixture->faults.files_are_old = true;
	begin_settled(host);
	return 0;
}

static bool is_noted(struct pass *pass)
{
	struct stat info;

	unlinkat(host->fixture->places.state, RESTS_NAME, 0);
	rests_note(pass);
	return fstatat(host->fixture->places.state, RESTS_NAME, &info, 0) == 0;
}

/* Another value of this, whatever it is. */
static void expect_unnoted(struct pass *pass, void *value, int line)
{
	unsigned char *octet = value;

	octet[0] ^= 1;
	if (is_noted(pass))
		fail_msg("line %d", line);
	octet[0] ^= 1;
}

/* As at the end of a pass, when all was found at rest. */
static void open_noted(struct pass *pass)
{
	assert_int_equal(run_open(pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	run_pass(pass);
	assert_true(is_noted(pass));
}

TEST(what_is_not_quiet_is_not_noted)
{
#define EXPECT_UNNOTED(field) expect_unnoted(&pass, &(field), __LINE__)
	struct pass pass;
	struct target *target;
	struct state *saved;

	open_noted(&pass);
	target = &pass.targets.items[0];
	saved = target->state;
	EXPECT_UNNOTED(target->done);
	EXPECT_UNNOTED(target->failure);
	EXPECT_UNNOTED(target->damage);
	EXPECT_UNNOTED(target->reload_failure);
	EXPECT_UNNOTED(target->unsaved);
	EXPECT_UNNOTED(target->action.step);
	EXPECT_UNNOTED(target->action.reason);
	EXPECT_UNNOTED(saved->transient);
	EXPECT_UNNOTED(saved->restored);
	EXPECT_UNNOTED(saved->removal);
	EXPECT_UNNOTED(saved->has_released);
	EXPECT_UNNOTED(saved->has_settled);
	EXPECT_UNNOTED(saved->alarm.text);
	EXPECT_UNNOTED(saved->alarm.told);
	EXPECT_UNNOTED(pass.rests.is_used);
	/* The clock was set meanwhile. */
	host->now.wall_ms += HOUR_MS;
	assert_false(is_noted(&pass));
	host->now.wall_ms -= HOUR_MS;
	assert_true(is_noted(&pass));
	run_close(&pass);
}

TEST(what_is_not_clear_is_not_noted)
{
	struct pass pass;
	struct facts *facts;
	struct state *saved;
	struct chain *shown, *live;

	open_noted(&pass);
	facts = &pass.targets.items[0].facts;
	saved = pass.targets.items[0].state;
	shown = facts->shown;
	live = facts->live;
	EXPECT_UNNOTED(facts->returned.count);
	EXPECT_UNNOTED(facts->held_unread);
	EXPECT_UNNOTED(facts->disk_trouble);
	EXPECT_UNNOTED(facts->certbot_runs);
	facts->shown = NULL;
	assert_false(is_noted(&pass));
	facts->shown = shown;
	facts->live = NULL;
	assert_false(is_noted(&pass));
	facts->live = live;
	/* What cannot be written so that it can be read. */
	live = facts->released;
	live->not_before_seconds = -live->not_before_seconds;
	assert_false(is_noted(&pass));
	live->not_before_seconds = -live->not_before_seconds;
	/* By what an older state calls it nothing is found in what is held. */
	saved->released = live->leaf;
	assert_false(is_noted(&pass));
	saved->released = live->version;
	assert_true(is_noted(&pass));
	/* Who wants records where it led may be read. */
	ledger_add_alias(saved->ledgers[0], "elsewhere.test.");
	assert_false(is_noted(&pass));
	run_close(&pass);
#undef EXPECT_UNNOTED
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(what_is_not_quiet_is_not_noted),
		CASE(what_is_not_clear_is_not_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
