/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/xalloc.h"
#include "support/chains.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)
#define OWNER "_25._tcp.mail.example.com."

static struct moment clock_now;

static int setup(void **state)
{
	(void)state;
	clock_now = (struct moment){ T0, 1000000, "boot-one", true };
	return 0;
}

static struct state *waiting(void)
{
	struct state *state = state_new("mail");
	struct ledger *ledger = state_ledger(state, OWNER);
	struct visits visits = { NULL, 0 };
	struct view view;

	view_open(&view, OWNER, 1);
	view_say(&view, 0, "a", 300);
	ledger_record(ledger, &view.seen, T0 - 1000000);
	view_close(&view);
	state->saved = clock_now;
	state->reloaded_ms = T0 - 2000000;
	state->proven_ms = T0 - 1500000;
	state->spread_since_ms = T0 - 1500000;
	state->looked_ms = T0 - 1200000;
	visits_add(&visits, VISIT_STRANGER, xstrdup("here"), xstrdup("x"));
	strangers_update(&state->strangers, &visits, false, T0 - 1100000);
	visits_clear(&visits);
	return state;
}

static void test_clocks(void **unused)
{
	static const struct {
		int64_t wall, boot;	/* since the last save, ms */
		const char *boot_id;
		bool then, now;		/* synchronised */
		bool restarts;
	} rows[] = {
		{ 0, 0, "boot-one", true, true, false },
		{ 60000, 60000, "boot-one", true, true, false },
		{ 60000, 60000, "boot-one", false, false, false },
		/* Set back, set forward; a little drift is no fault. */
		{ -1, 1000, "boot-one", true, true, true },
		{ -3600000, 1000, "boot-one", true, true, true },
		{ 3600000, 60000, "boot-one", true, true, true },
		{ 62060, 60000, "boot-one", true, true, false },
		{ 62061, 60000, "boot-one", true, true, true },
		{ 57940, 60000, "boot-one", true, true, false },
		{ 57939, 60000, "boot-one", true, true, true },
		{ 86400000 + 80000, 86400000, "boot-one", true, true, false },
		{ 86400000 + 90000, 86400000, "boot-one", true, true, true },
		/* Booted: only a clock that is steered can be believed. */
		{ 60000, -900000, "boot-two", true, true, false },
		{ 60000, -900000, "boot-two", true, false, true },
		{ 60000, -900000, "boot-two", false, true, true },
		{ -1, -900000, "boot-two", true, true, true },
		{ 60000, 60000, "", true, true, false },
		{ 60000, 60000, "", true, false, true },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct state *state;
		struct ledger_address *at;
		struct moment now = clock_now;
		const char *why;

		clock_now.synchronised = rows[i].then;
		state = waiting();
		at = &state->ledgers[0]->addresses[0];
		now.wall_ms += rows[i].wall;
		now.boot_ms += rows[i].boot;
		now.synchronised = rows[i].now;
		memcpy(now.boot_id, rows[i].boot_id,
		       strlen(rows[i].boot_id) + 1);
		if (state_check_time(state, &now, &why) != rows[i].restarts)
			fail_msg("row %zu", i);
		assert_int_equal(why != NULL, rows[i].restarts);
		assert_int_equal(at->last_ms[1], rows[i].restarts ?
				 now.wall_ms : T0 - 1000000);
		assert_int_equal(state->reloaded_ms, rows[i].restarts ?
				 now.wall_ms : T0 - 2000000);
		assert_int_equal(state->proven_ms, rows[i].restarts ?
				 0 : T0 - 1500000);
		assert_int_equal(state->spread_since_ms, rows[i].restarts ?
				 0 : T0 - 1500000);
		assert_int_equal(state->looked_ms, rows[i].restarts ?
				 0 : T0 - 1200000);
		assert_int_equal(state->strangers.items[0].ms,
				 rows[i].restarts ? now.wall_ms :
				 T0 - 1100000);
		/* Once noted, it is no fault any more. */
		assert_false(rows[i].restarts &&
			     state_check_time(state, &now, &why));
		state_free(state);
	}
}

/* What was done since a copy was made is not in it. */
static void test_copy(void **unused)
{
	struct state *state = waiting();
	const struct ledger_address *at = &state->ledgers[0]->addresses[0];

	(void)unused;
	state->has_settled = true;
	assert_false(state_check_file(state, T0 + 90000));
	state->changed_ms = T0 + 60000;
	assert_false(state_check_file(state, T0 + 90000));
	assert_false(state->unproven);
	state->changed_ms = T0 + 60001;
	assert_true(state_check_file(state, T0 + 90000));
	assert_true(state->unproven && state->restored && state->copied);
	assert_false(state->has_settled);
	assert_int_equal(state->reloaded_ms, 0);
	assert_int_equal(state->proven_ms, 0);
	assert_int_equal(at->last_ms[1], T0 + 90000);
	/* Of then; but who is to follow live again is told. */
	state->reload_due = true;
	assert_true(state_check_file(state, T0 + 90000));
	assert_false(state->reload_due);
	state->reload_due = true;
	state->removal = REMOVAL_LEAVES;
	assert_true(state_check_file(state, T0 + 90000));
	assert_true(state->reload_due);
	state_free(state);
}

/* What is not known is not told: the name of a boot may be unreadable. */
static void test_says_what_it_knows_of_a_boot(void **unused)
{
	static const struct {
		const char *then, *now, *why;
	} rows[] = {
		{ "one", "two", "the machine booted without a time service" },
		{ "one", "", "the machine may have booted without a time "
			     "service" },
		{ "", "two", "the machine may have booted without a time "
			     "service" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct state *state = waiting();
		struct moment now = clock_now;
		const char *why;

		now.synchronised = false;
		strcpy(state->saved.boot_id, rows[i].then);
		strcpy(now.boot_id, rows[i].now);
		assert_true(state_check_time(state, &now, &why));
		assert_string_equal(why, rows[i].why);
		state_free(state);
	}
}

static void test_never_saved_is_no_fault(void **unused)
{
	struct state *state = state_new("mail");
	const char *why;

	(void)unused;
	assert_false(state_check_time(state, &clock_now, &why));
	assert_null(why);
	state_free(state);
}

/* A clock that jumps makes nothing that is waited for older, nor an alarm
 * longer. */
static void test_clock_jumps(void **unused)
{
	static const int64_t jumps_ms[] = { 86400000, -3600000 };

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct state *state = waiting();
		struct moment now = clock_now;
		const char *why;

		now.boot_ms += 1000;
		now.wall_ms += jumps_ms[i];
		state->locked_until_ms = T0 + 60000;
		state->stalled_ms = T0 - 60000;
		state_add_published(state, "mail.", &(struct tlsa){
			.data = NULL });
		state->published[0].sent_ms = T0 - 60000;
		assert_true(state_check_time(state, &now, &why));
		assert_int_equal(state->published[0].sent_ms,
				 now.wall_ms - 60000);
		assert_int_equal(state->locked_until_ms, now.wall_ms + 60000);
		assert_int_equal(state->stalled_ms, now.wall_ms - 60000);
		assert_int_equal(state->outside_ms, 0);
		state->outside_ms = 5;
		now.wall_ms -= 10;
		assert_true(state_check_time(state, &now, &why));
		assert_int_equal(state->outside_ms, 1);
		state_free(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, setup, NULL)
		CASE(clocks),
		CASE(clock_jumps),
		CASE(copy),
		CASE(says_what_it_knows_of_a_boot),
		CASE(never_saved_is_no_fault),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
