/* SPDX-License-Identifier: MIT */
#include "pass/targets.h"

#include "base/xalloc.h"
#include "support/chains.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)

static struct state *settled_state(void)
{
	struct state *state = state_new("mail");

	state->saved = (struct moment){ T0, 1000, "boot", true };
	state->has_released = state->has_settled = true;
	state->released = state->settled = cast_chain('a')->version;
	state_add_presented(state, &state->released);
	return state;
}

static bool unsaved_after(struct state *state, int64_t wall_ms)
{
	struct config_target config = { .name = lent("mail") };
	struct target target = { .config = &config, .state = state };
	struct moment later = { wall_ms, 2000, "boot", true };

	target_check_clock(&target, &later);
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
	changed->released = cast_chain('b')->version;
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	state_add_presented(changed, &cast_chain('b')->version);
	assert_true(unsaved_after(changed, T0 - 1));
	changed = settled_state();
	changed->reload_due = true;
	assert_false(unsaved_after(changed, T0 + 1000));
}

/* A state that came back is doubted at rest, too; a save comes a moment after
 * the time that is in it. */
TEST(copy)
{
	struct config_target config = { .name = lent("mail") };
	struct moment now = { T0 + 100000, 102000, "boot", true };
	struct target target = { .config = &config };

	target.state = settled_state();
	target.state->changed_ms = T0 + 30000;
	target_check_file(&target, &now);
	assert_false(target.unsaved);
	assert_true(target.state->has_settled);
	target.state->changed_ms = T0 + 90000;
	target_check_file(&target, &now);
	assert_true(target.unsaved);
	assert_false(target.state->has_settled);
	state_free(target.state);
}

TEST(first_failure_stands)
{
	struct target target = { .done = false };

	target_fail(&target, xstrdup("first"));
	target_fail(&target, xstrdup("second"));
	assert_true(target.done);
	assert_string_equal(target.failure, "first");
	target_close(&target);
}

/* What differs in anything is another change. */
TEST(sent)
{
	struct config_target config = { .name = lent("mail") };
	struct target target = { .config = &config };
	struct change add = { .owner = "a.", .add = cast_set("a") };
	struct change more = { .owner = "a.", .add = cast_set("a b") };
	struct change remove = { .owner = "a.", .remove = cast_set("a") };
	struct change other = { .owner = "b.", .add = cast_set("a") };

	target_sent(&target, &add)->times = 7;
	assert_int_equal(target_sent(&target, &more)->times, 0);
	assert_int_equal(target_sent(&target, &remove)->times, 0);
	assert_int_equal(target_sent(&target, &other)->times, 0);
	assert_int_equal(target_sent(&target, NULL)->times, 0);
	assert_int_equal(target.sent_count, 5);
	assert_int_equal(target_sent(&target, &add)->times, 7);
	assert_false(target_sent(&target, &add)->accepted);
	assert_int_equal(target.sent_count, 5);
	target_close(&target);
	config.api = API_EXEC;
	target = (struct target){ .config = &config };
	assert_true(target_sent(&target, &add)->accepted);
	target_close(&target);
	change_clear(&add);
	change_clear(&more);
	change_clear(&remove);
	change_clear(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_clock),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_first_failure_stands),
		cmocka_unit_test(test_sent),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
