/* SPDX-License-Identifier: MIT */
#include "act/promise.h"

#include "support/chains.h"
#include "unit.h"

#define OWNER "_25._tcp.mail.example.com."

static struct target target;
static struct change change;
static struct promise promise;

static int open_all(void **state)
{
	(void)state;
	target = (struct target){ .state = state_new("mail") };
	change = (struct change){ .owner = OWNER, .add = cast_set("a b c"),
				  .ours = cast_set("a b"),
				  .remove = cast_set("x") };
	promise = (struct promise){ .target = &target, .change = &change };
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	promise_clear(&promise);
	change_clear(&change);
	state_free(target.state);
	return 0;
}

static bool has(const char *text)
{
	struct tlsa_set set = cast_set(text);
	bool there = state_has_published(target.state, OWNER, &set.records[0]);

	tlsa_set_clear(&set);
	return there;
}

/* What only others need, c, is sent along and no promise of ours. */
TEST(note)
{
	promise_note(&promise);
	assert_true(has("a") && has("b") && has("x"));
	assert_false(has("c"));
	for (size_t i = 0; i < target.state->published_count; i++)
		assert_int_equal(target.state->published[i].deleting,
				 target.state->published_count - 1 == i);
}

/* What stood in the state before stays there. */
TEST(withdraw)
{
	struct tlsa_set before = cast_set("a");

	state_add_published(target.state, OWNER, &before.records[0]);
	promise_note(&promise);
	promise_withdraw(&promise);
	assert_true(target.unsaved);
	assert_true(has("a"));
	assert_false(has("b"));
	for (size_t i = 0; i < target.state->published_count; i++)
		assert_false(target.state->published[i].deleting);
	tlsa_set_clear(&before);
}

TEST(withdraw_record)
{
	struct tlsa_set before = cast_set("a"), new = cast_set("b");

	state_add_published(target.state, OWNER, &before.records[0]);
	promise_note(&promise);
	promise_withdraw_record(&promise, &before.records[0]);
	assert_false(target.unsaved);
	assert_true(has("a"));
	promise_withdraw_record(&promise, &new.records[0]);
	assert_true(target.unsaved);
	assert_false(has("b"));
	tlsa_set_clear(&before);
	tlsa_set_clear(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(note),
		CASE(withdraw),
		CASE(withdraw_record),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
