/* SPDX-License-Identifier: MIT */
#include "pass/pass.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/chains.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)
#define OWNER "_25._tcp.mail.example.com."

static struct moment now;

static void tell_time(struct world *world, struct moment *moment)
{
	(void)world;
	*moment = now;
}

/* certbot waits for deploy: 25 s in which batches begin, 35 s for the last
 * program; the clock that counts is the one that nobody sets. */
TEST(time_of_deploy)
{
	static const struct {
		int64_t worked_ms;
		bool over;
		unsigned program_ms;
	} rows[] = {
		{ 0, false, 35000 },
		{ 1000, false, 34000 },
		{ 25000, false, 10000 },
		{ 25001, true, 0 },
		{ 36000, true, 0 },
	};
	struct world world = { .now = tell_time };
	struct run run = { .source.world = &world, .begun_ms = 5000 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		now = (struct moment){ .wall_ms = T0,
				       .boot_ms = 5000 + rows[i].worked_ms };
		run.command = COMMAND_DEPLOY;
		assert_int_equal(run_out_of_time(&run), rows[i].over);
		assert_int_equal(run_program_ms(&run), rows[i].program_ms);
		run.command = COMMAND_RUN;
		assert_false(run_out_of_time(&run));
		assert_int_equal(run_program_ms(&run), EXEC_TIMEOUT_MS);
	}
}

static struct state *settled_state(void)
{
	struct state *state = state_new("mail");

	state->saved = (struct moment){ T0, 1000, "boot", true };
	state->has_released = state->has_settled = true;
	state->released = state->settled = cast_chain('a')->leaf;
	state_add_presented(state, &state->released);
	return state;
}

static bool unsaved_after(struct state *state, int64_t wall_ms)
{
	struct config_target config = { .name = (char *)"mail" };
	struct run_target target = { .config = &config, .state = state };
	struct moment later = { wall_ms, 2000, "boot", true };

	run_check_clock(&target, &later);
	state_free(state);
	return target.unsaved;
}

/* A clock that was set matters, and is told of, where something waits. */
TEST(set_clock)
{
	struct state *changed;

	assert_false(unsaved_after(settled_state(), T0 - 1));
	changed = settled_state();
	changed->reload_due = true;
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	changed->has_settled = false;
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	changed->released = cast_chain('b')->leaf;
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	state_add_presented(changed, &cast_chain('b')->leaf);
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	changed->reload_due = true;
	assert_false(unsaved_after(changed, T0 + 1000));
}

/* What was added stands, whichever target had asked for its deletion. */
TEST(standing)
{
	struct tlsa_set set = cast_set("a");
	struct run_target targets[] = {
		{ .state = NULL }, { .state = state_new("mail") },
	};
	struct run run = { .targets = targets, .count = COUNT(targets) };
	struct state *promises = targets[1].state;

	state_add_published(promises, OWNER, &set.records[0]);
	run_note_standing(&run, OWNER, &set.records[0]);
	assert_false(targets[1].unsaved);
	state_set_deleting(promises, OWNER, &set.records[0], true);
	run_note_standing(&run, OWNER, &set.records[0]);
	assert_true(targets[1].unsaved);
	assert_false(promises->published[0].deleting);
	tlsa_set_clear(&set);
	state_free(promises);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_of_deploy),
		cmocka_unit_test(test_set_clock),
		cmocka_unit_test(test_standing),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
