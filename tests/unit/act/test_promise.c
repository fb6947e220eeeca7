/* SPDX-License-Identifier: MIT */
#include "act/promise.h"

#include "support/chains.h"
#include "unit.h"

#define OWNER "_25._tcp.mail.example.com."
#define NOW_MS INT64_C(1800000000000)

static struct config_target config;
static struct tlsa_set seen;
static struct target target;
static struct change change;
static struct promise promise;

static int open_all(void **state)
{
	(void)state;
	config = (struct config_target){ .api = API_RFC2136 };
	seen = cast_set("a x");
	target = (struct target){ .config = &config,
				  .state = state_new("mail") };
	change = (struct change){ .owner = OWNER, .seen = &seen,
				  .ttl_seconds = 300, .add = cast_set("a b c"),
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
	tlsa_set_clear(&seen);
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
	promise_note(&promise, NOW_MS);
	assert_true(has("a") && has("b") && has("x"));
	assert_false(has("c"));
	for (size_t i = 0; i < target.state->published_count; i++)
		assert_int_equal(target.state->published[i].deleting,
				 target.state->published_count - 1 == i);
}

/* Of what stands there already nobody learns how quick servers are. */
TEST(note_when)
{
	promise_note(&promise, NOW_MS);
	assert_int_equal(target.state->spread_since_ms, NOW_MS);
	target.state->spread_since_ms = 0;
	promise_note(&promise, NOW_MS + 1);
	assert_int_equal(target.state->spread_since_ms, 0);
}

static bool is_noted(const char *text, uint32_t ttl_seconds)
{
	const struct ledger *ledger = state_ledger(target.state, OWNER);
	struct tlsa_set set = cast_set(text);
	bool found = false;

	for (size_t v = 1; v < ledger->version_count; v++)
		found |= tlsa_set_equal(&ledger->versions[v].set, &set) &&
			 ledger->versions[v].ttl_seconds == ttl_seconds;
	tlsa_set_clear(&set);
	return found;
}

static size_t count_noted(void)
{
	return state_ledger(target.state, OWNER)->version_count - 1;
}

/* What an UPDATE makes it makes at once. */
TEST(sets_of_an_update)
{
	promise_note(&promise, NOW_MS);
	assert_true(is_noted("a b c", 300));
	assert_int_equal(count_noted(), 1);
}

/* A program is told one record after the other, and may fail between. */
TEST(sets_of_a_program)
{
	config.api = API_EXEC;
	promise_note(&promise, NOW_MS);
	assert_true(is_noted("a x", 300) && is_noted("a b x", 300) &&
		    is_noted("a c x", 300) && is_noted("a", 300));
	assert_int_equal(count_noted(), 4);
}

/* The first record: its TTL may be what that of the ones before was. */
TEST(first_of_a_program)
{
	config.api = API_EXEC;
	tlsa_set_clear(&seen);
	state_ledger(target.state, OWNER)->versions[0].ttl_seconds = 86400;
	promise_note(&promise, NOW_MS);
	assert_true(is_noted("a", 86400) && is_noted("b", 86400));
	assert_int_equal(count_noted(), 3);
}

/* What stood in the state before stays there. */
TEST(withdraw)
{
	struct tlsa_set before = cast_set("a");

	state_add_published(target.state, OWNER, &before.records[0]);
	promise_note(&promise, NOW_MS);
	promise_withdraw(&promise);
	assert_true(target.unsaved);
	assert_true(has("a"));
	assert_false(has("b"));
	assert_int_equal(target.state->spread_since_ms, 0);
	for (size_t i = 0; i < target.state->published_count; i++)
		assert_false(target.state->published[i].deleting);
	tlsa_set_clear(&before);
}

TEST(withdraw_record)
{
	struct tlsa_set before = cast_set("a"), new = cast_set("b");

	state_add_published(target.state, OWNER, &before.records[0]);
	promise_note(&promise, NOW_MS);
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
		CASE(note_when),
		CASE(sets_of_an_update),
		CASE(sets_of_a_program),
		CASE(first_of_a_program),
		CASE(withdraw),
		CASE(withdraw_record),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
