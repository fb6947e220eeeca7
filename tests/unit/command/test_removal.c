/* SPDX-License-Identifier: MIT */
#include "command/removal.h"

#include "base/xalloc.h"
#include "support/passes.h"

static struct target *target;
static struct host *host;

static int open_one(void **state)
{
	opened_open(state);
	host = *state;
	target = &opened.targets.items[0];
	return 0;
}

static void expect(enum removal wanted, enum removal have)
{
	struct state *saved;

	removal_set(&opened, target, wanted);
	assert_null(target->failure);
	assert_int_equal(target->state->removal, have);
	saved = host_state(host);
	assert_int_equal(saved->removal, have);
	state_free(saved);
}

/* What has gone too far ends as it began; only init takes it back. */
TEST(stages)
{
	expect(REMOVAL_DELETES, REMOVAL_DELETES);
	expect(REMOVAL_KEEPS, REMOVAL_KEEPS);
	expect(REMOVAL_DELETES, REMOVAL_DELETES);
	target->state->removal = REMOVAL_LEAVES;
	removal_set(&opened, target, REMOVAL_KEEPS);
	assert_int_equal(target->state->removal, REMOVAL_LEAVES);
	expect(REMOVAL_NONE, REMOVAL_NONE);
}

TEST(a_dry_run_saves_nothing)
{
	opened.source.dry_run = true;
	host->fixture->faults.failing = host->fixture->faults.calls + 1;
	removal_set(&opened, target, REMOVAL_DELETES);
	assert_null(target->failure);
	assert_int_equal(target->state->removal, REMOVAL_DELETES);
}

TEST(a_state_that_cannot_be_used)
{
	target->state->transient = true;
	removal_set(&opened, target, REMOVAL_DELETES);
	assert_int_equal(target->state->removal, REMOVAL_NONE);
	target->state->transient = false;
}

static int no_space(struct world *world, int dir, const char *name,
		    const char *data, size_t size, unsigned mode)
{
	(void)world, (void)dir, (void)name, (void)data, (void)size, (void)mode;
	return -ENOSPC;
}

TEST(what_cannot_be_saved_is_not_begun)
{
	host->world.file_write = no_space;
	removal_set(&opened, target, REMOVAL_DELETES);
	assert_true(target->done);
	assert_non_null(strstr(target->failure, strerror(ENOSPC)));
	assert_string_equal(target->line, target->failure);
	assert_int_equal(target->state->removal, REMOVAL_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_one, opened_close)
		CASE(stages),
		CASE(a_dry_run_saves_nothing),
		CASE(a_state_that_cannot_be_used),
		CASE(what_cannot_be_saved_is_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
