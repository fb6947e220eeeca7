/* SPDX-License-Identifier: MIT */
#include "world/errand.h"

#include "base/xalloc.h"
#include "unit.h"
#include "world/world.h"

static struct world outer;
static const char *context = "context", *asker = "asker";
static size_t asked;
static bool shook, worked;

static void outer_now(struct world *world, struct moment *moment)
{
	assert_ptr_equal(world, &outer);
	*moment = (struct moment){ .wall_ms = 17 };
}

static void outer_random(struct world *world, void *data, size_t size)
{
	assert_ptr_equal(world, &outer);
	memset(data, 0x5a, size);
}

static void outer_ask(struct world *world, struct question *questions,
		      size_t n)
{
	(void)world;
	(void)questions;
	fail_msg("%zu questions went past who asks for it", n);
}

static void outer_handshake(struct world *world, struct handshake *handshakes,
			    size_t n)
{
	assert_ptr_equal(world, &outer);
	assert_int_equal(n, 1);
	handshakes[0].outcome = OUTCOME_UNREACHABLE;
	shook = true;
}

static void ask(const void *self, struct question *questions, size_t n)
{
	assert_ptr_equal(self, asker);
	for (size_t i = 0; i < n; i++)
		questions[i].outcome = OUTCOME_CLOSED;
	asked += n;
}

static int open_world(void **state)
{
	(void)state;
	asked = 0;
	shook = worked = false;
	/* All that there is, even what is called nowhere, would be called. */
	memset(&outer, 0x5a, sizeof(outer));
	outer.now = outer_now;
	outer.random = outer_random;
	outer.ask = outer_ask;
	outer.handshake = outer_handshake;
	outer.deadline_ms = 4711;
	return 0;
}

static struct errand errand_of(void (*work)(struct world *, const void *,
					    struct octets_reader *,
					    struct octets *))
{
	struct errand errand = { .work = work, .context = context,
				 .ask = ask, .asker = asker };

	octets_put_text(&errand.task, "task");
	return errand;
}

/* ---- What it has ------------------------------------------------------- */

static void use_all(struct world *world, const void *given,
		    struct octets_reader *task, struct octets *result)
{
	struct question questions[2] = { { .timeout_ms = 1 } };
	struct handshake handshake = { .timeout_ms = 1 };
	struct moment now;
	uint8_t octet;
	char *text = octets_text(task, 10);

	assert_ptr_equal(given, context);
	assert_string_equal(text, "task");
	assert_true(octets_over(task));
	free(text);
	world->now(world, &now);
	assert_int_equal(now.wall_ms, 17);
	world->random(world, &octet, 1);
	assert_int_equal(octet, 0x5a);
	world->ask(world, questions, COUNT(questions));
	assert_int_equal(questions[1].outcome, OUTCOME_CLOSED);
	world->handshake(world, &handshake, 1);
	assert_int_equal(handshake.outcome, OUTCOME_UNREACHABLE);
	assert_int_equal(world->deadline_ms, 4711);
	octets_put_number(result, 99);
	worked = true;
}

TEST(what_is_there)
{
	struct errand errand = errand_of(use_all);
	struct octets_reader result;

	errand.outcome = ERRAND_FAILED;
	errands_do_here(&outer, &errand, 1);
	assert_true(worked && shook);
	assert_int_equal(asked, 2);
	assert_int_equal(errand.outcome, ERRAND_DONE);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	assert_int_equal(octets_number(&result, 99), 99);
	assert_true(octets_over(&result));
	errand_clear(&errand);
	assert_null(errand.task.data);
	assert_null(errand.result.data);
	assert_int_equal(errand.task.size + errand.result.size, 0);
}

/* But for what a hand has everything in it is empty: a new function of the
 * world, too. */
static void use_nothing(struct world *world, const void *given,
			struct octets_reader *task, struct octets *result)
{
	static const struct world none;
	struct world rest = *world;

	(void)given;
	(void)task;
	(void)result;
	rest.self = NULL;
	rest.deadline_ms = 0;
	rest.now = NULL;
	rest.random = NULL;
	rest.ask = NULL;
	rest.handshake = NULL;
	assert_memory_equal(&rest, &none, sizeof(rest));
	worked = true;
}

TEST(nothing_else_is_there)
{
	struct errand errand = errand_of(use_nothing);

	errands_do_here(&outer, &errand, 1);
	assert_true(worked);
	errand_clear(&errand);
}

/* ---- Several ----------------------------------------------------------- */

static void number(struct world *world, const void *given,
		   struct octets_reader *task, struct octets *result)
{
	(void)world;
	(void)task;
	octets_put_number(result, *(const uint64_t *)given);
}

TEST(one_after_the_other)
{
	static const uint64_t numbers[] = { 3, 1, 2 };
	struct errand errands[COUNT(numbers)];

	for (size_t i = 0; i < COUNT(errands); i++) {
		errands[i] = errand_of(number);
		errands[i].context = &numbers[i];
	}
	errands_do_here(&outer, errands, COUNT(errands));
	for (size_t i = 0; i < COUNT(errands); i++) {
		struct octets_reader result = {
			.data = errands[i].result.data,
			.left = errands[i].result.size };

		assert_int_equal(octets_number(&result, 9), numbers[i]);
		errand_clear(&errands[i]);
	}
	errands_do_here(&outer, NULL, 0);
}

/* People read it: each says something of its own. */
TEST(outcomes)
{
	for (int i = ERRAND_DONE; i <= ERRAND_FAILED; i++) {
		const char *text = errand_outcome_text((enum errand_outcome)i);

		assert_true(strlen(text) > 5);
		for (int k = ERRAND_DONE; k < i; k++)
			assert_string_not_equal(text, errand_outcome_text(
				(enum errand_outcome)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(what_is_there, open_world, NULL),
		CASE_WITH(nothing_else_is_there, open_world, NULL),
		CASE_WITH(one_after_the_other, open_world, NULL),
		cmocka_unit_test(test_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
