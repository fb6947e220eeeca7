/* SPDX-License-Identifier: MIT */
#include "errand/desk.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "unit.h"

#define ITEMS_MAX 1000
#define POISON 1000000

/* Work on numbers: those that were taken, and those that were given up. */
struct heap {
	uint64_t numbers[ITEMS_MAX];
	unsigned taken[ITEMS_MAX], given_up[ITEMS_MAX];
	enum errand_outcome outcomes[ITEMS_MAX];
	bool refuses_all;
};

static struct heap heap;
static struct world world;
static struct errand_desk desk = { .world = &world };
static size_t errand_count, round_count;
static enum errand_outcome end;		/* of an errand with a POISON */

static void work(struct world *inner, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	(void)inner;
	assert_ptr_equal(context, desk.config);
	while (task->left)
		octets_put_number(result,
				  octets_number(task, UINT64_MAX) + 1);
}

static void put(const void *self, struct span span, struct octets *task)
{
	const struct heap *all = self;

	for (size_t i = span.first; i < span.first + span.count; i++)
		octets_put_number(task, all->numbers[i]);
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	struct heap *all = self;
	bool good = !all->refuses_all;

	for (size_t i = span.first; i < span.first + span.count; i++)
		good &= octets_number(result, UINT64_MAX) ==
			all->numbers[i] + 1;
	if (!good || !octets_over(result))
		return false;
	for (size_t i = span.first; i < span.first + span.count; i++)
		all->taken[i]++;
	return true;
}

static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	struct heap *all = self;

	for (size_t i = span.first; i < span.first + span.count; i++) {
		all->given_up[i]++;
		all->outcomes[i] = outcome;
	}
}

static const struct errand_kind kind = { work, false, put, NULL, take,
					 give_up };

static bool has_poison(const struct errand *errand)
{
	struct octets_reader task = { .data = errand->task.data,
				      .left = errand->task.size };

	while (task.left)
		if (octets_number(&task, UINT64_MAX) >= POISON)
			return true;
	return false;
}

static void delegate(struct world *outer, struct errand *errands, size_t n)
{
	assert_ptr_equal(outer, &world);
	round_count++;
	errand_count += n;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(errands[i].peer_count, 0);
		if (has_poison(&errands[i]))
			errands[i].outcome = end;
		else
			errands_do_here(outer, &errands[i], 1);
	}
}

static int begin(void **state)
{
	static const struct config config;

	(void)state;
	memset(&heap, 0, sizeof(heap));
	for (size_t i = 0; i < ITEMS_MAX; i++)
		heap.numbers[i] = i;
	errand_count = round_count = 0;
	end = ERRAND_DIED;
	world = (struct world){ .delegate = delegate };
	desk = (struct errand_desk){ .world = &world, .config = &config };
	return 0;
}

static void do_all(size_t count, size_t least, size_t most)
{
	size_t n;
	struct span *spans = desk_divide(&desk, count, least, most, &n);

	desk_do(&desk, &kind, &heap, spans, n);
	for (size_t i = count; i < ITEMS_MAX; i++)
		assert_int_equal(heap.taken[i] + heap.given_up[i], 0);
}

/* ---- Dividing ---------------------------------------------------------- */

static const struct {
	unsigned hands;
	size_t count, least, most;
	size_t n, first, last;		/* how large these are */
} divisions[] = {
	{ 1, 0, 10, 100, 0, 0, 0 },
	{ 0, 1, 10, 100, 1, 1, 1 },
	{ 0, 50, 10, 100, 1, 50, 50 },
	{ 4, 9, 10, 100, 1, 9, 9 },
	{ 4, 10, 10, 100, 1, 10, 10 },
	{ 4, 11, 10, 100, 2, 10, 1 },
	{ 4, 40, 10, 100, 4, 10, 10 },
	{ 4, 41, 10, 100, 4, 11, 8 },
	{ 4, 400, 10, 100, 4, 100, 100 },
	{ 4, 401, 10, 100, 5, 100, 1 },
	{ 1, 1000, 10, 100, 10, 100, 100 },
	{ 7, 20, 1, 1, 20, 1, 1 },
};

TEST(divide)
{
	for (size_t i = 0; i < COUNT(divisions); i++) {
		size_t n, at = 0;
		struct span *spans;

		world.hands = divisions[i].hands;
		spans = desk_divide(&desk, divisions[i].count,
				    divisions[i].least, divisions[i].most, &n);
		if (n != divisions[i].n)
			fail_msg("row %zu: %zu spans", i, n);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(spans[k].first, at);
			assert_between(spans[k].count, 1, divisions[i].most);
			at += spans[k].count;
		}
		assert_int_equal(at, divisions[i].count);
		if (n && (spans[0].count != divisions[i].first ||
			  spans[n - 1].count != divisions[i].last))
			fail_msg("row %zu: %zu .. %zu", i, spans[0].count,
				 spans[n - 1].count);
		free(spans);
	}
}

TEST(all_is_well)
{
	world.hands = 4;
	do_all(100, 10, 1000);
	assert_int_equal(errand_count, 4);
	assert_int_equal(round_count, 1);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(heap.taken[i], 1);
		assert_int_equal(heap.given_up[i], 0);
	}
}

TEST(nothing_to_do)
{
	do_all(0, 10, 1000);
	assert_int_equal(round_count, 0);
}

/* ---- One falls --------------------------------------------------------- */

static void expect_lost(size_t count, enum errand_outcome outcome)
{
	for (size_t i = 0; i < count; i++) {
		bool is_lost = heap.numbers[i] >= POISON;

		assert_int_equal(heap.taken[i], !is_lost);
		assert_int_equal(heap.given_up[i], is_lost);
		if (is_lost)
			assert_int_equal(heap.outcomes[i], outcome);
	}
}

static size_t rounds_for(size_t count)
{
	size_t rounds = 0;

	for (size_t size = 1; size < count; size *= 2)
		rounds++;
	return rounds;
}

/* Wherever it is, it alone is lost, and not much is done for that. */
TEST(halves)
{
	static const size_t counts[] = { 1, 2, 3, 64, 100 };

	for (size_t c = 0; c < COUNT(counts); c++)
		for (size_t at = 0; at < counts[c]; at++) {
			begin(NULL);
			heap.numbers[at] = POISON;
			do_all(counts[c], 1, ITEMS_MAX);
			expect_lost(counts[c], ERRAND_DIED);
			assert_between(errand_count, 1,
				       1 + 2 * rounds_for(counts[c]));
			assert_between(round_count, 1,
				       1 + rounds_for(counts[c]));
		}
}

TEST(several_fall)
{
	static const size_t places[] = { 0, 17, 18, 499, 998, 999 };

	world.hands = 8;
	for (size_t i = 0; i < COUNT(places); i++)
		heap.numbers[places[i]] = POISON + i;
	do_all(1000, 10, 100);
	expect_lost(1000, ERRAND_DIED);
	assert_between(errand_count, 10, 10 + COUNT(places) * 2 * 7);
}

TEST(all_fall)
{
	for (size_t i = 0; i < 16; i++)
		heap.numbers[i] = POISON;
	do_all(16, 1, ITEMS_MAX);
	expect_lost(16, ERRAND_DIED);
	assert_int_equal(errand_count, 31);
	assert_int_equal(round_count, 5);
}

/* What is no result counts as if it had died. */
TEST(no_result)
{
	heap.refuses_all = true;
	do_all(8, 1, ITEMS_MAX);
	assert_int_equal(errand_count, 15);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(heap.given_up[i], 1);
		assert_int_equal(heap.outcomes[i], ERRAND_DIED);
	}
}

/* That is not what came: nothing is better in halves. */
TEST(not_again)
{
	static const enum errand_outcome outcomes[] = { ERRAND_NO_TIME,
							ERRAND_FAILED };

	for (size_t k = 0; k < COUNT(outcomes); k++) {
		begin(NULL);
		world.hands = 2;
		end = outcomes[k];
		heap.numbers[3] = POISON;
		do_all(20, 1, ITEMS_MAX);
		assert_int_equal(errand_count, 2);
		assert_int_equal(round_count, 1);
		for (size_t i = 0; i < 20; i++) {
			assert_int_equal(heap.given_up[i], i < 10);
			assert_int_equal(heap.taken[i], i >= 10);
			if (i < 10)
				assert_int_equal(heap.outcomes[i],
						 outcomes[k]);
		}
	}
}

/* ---- With a network ---------------------------------------------------- */

static struct fake_dns fake;
static struct config asked_by;
static struct config seen_there;
static struct address resolvers_there[RESOLVERS_MAX];

static void work_resolving(struct world *inner, const void *context,
			   struct octets_reader *task, struct octets *result)
{
	struct question question = {
		.query = (const uint8_t *)"\1\2\0\0\0\1\0\0\0\0\0\0\0\0\1\0\1",
		.query_size = 17, .server = fake_address("192.0.2.1") };

	seen_there = desk_take_config(context, task);
	for (size_t i = 0; i < seen_there.resolver_count; i++)
		resolvers_there[i] = seen_there.resolvers[i];
	free(seen_there.resolvers);
	inner->ask(inner, &question, 1);
	octets_put_number(result, octets_number(task, UINT64_MAX) + 1);
}

static void resolve(void)
{
	static const struct errand_kind resolving = {
		work_resolving, true, put, NULL, take, give_up };
	size_t n;

	desk = (struct errand_desk){ .world = &fake.world,
				     .config = &asked_by };
	fake.questions = 0;
	desk_do(&desk, &resolving, &heap, desk_divide(&desk, 1, 1, 1, &n), 1);
	assert_int_equal(heap.given_up[0], 0);
	assert_int_equal(fake.questions, 1);
}

/* An errand reads no file: it is told, and no more than are ever asked. */
TEST(resolvers)
{
	struct address five[5];

	fake_dns_init(&fake);
	asked_by = (struct config){ .margin_seconds = 7 };
	resolve();
	assert_int_equal(seen_there.margin_seconds, 7);
	assert_int_equal(seen_there.resolver_count, 1);
	assert_int_equal(resolvers_there[0].bytes[0], 127);
	fake.resolv_conf = "nameserver 192.0.2.8\nnameserver 192.0.2.9\n";
	resolve();
	assert_int_equal(seen_there.resolver_count, 2);
	assert_int_equal(resolvers_there[1].bytes[3], 9);
	for (uint8_t i = 0; i < COUNT(five); i++) {
		five[i] = fake_address("192.0.2.20");
		five[i].bytes[3] += i;
	}
	asked_by.resolvers = five;
	asked_by.resolver_count = COUNT(five);
	resolve();
	assert_int_equal(seen_there.resolver_count, RESOLVERS_MAX);
	for (uint8_t i = 0; i < RESOLVERS_MAX; i++)
		assert_int_equal(resolvers_there[i].bytes[3], 20 + i);
	fake_dns_clear(&fake);
}

/* ---- Strangers apart ----------------------------------------------------- */

/* Every so many things another one begins. */
static size_t things_each;

static bool is_next(const void *self, size_t i)
{
	(void)self;
	return i % things_each == 0;
}

static void check_apart(size_t count, size_t each, size_t most, size_t want)
{
	struct world two = { .hands = 2 };
	const struct errand_desk at_two = { .world = &two };
	struct span *spans;
	size_t n, at = 0;

	things_each = each;
	spans = desk_divide_apart(&at_two, count, is_next, NULL, 4, most, &n);
	assert_int_equal(n, want);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(spans[i].first, at);
		assert_between(spans[i].count, 1, most);
		at += spans[i].count;
	}
	assert_int_equal(at, count);
	free(spans);
}

TEST(apart)
{
	check_apart(0, 1, 100, 0);
	check_apart(1, 1, 100, 1);
	check_apart(3, 1, 100, 3);
	check_apart(64, 1, 100, 64);
	/* Of one alone: as many as are worth doing at once. */
	check_apart(20, 100, 100, 2);
	check_apart(20, 100, 5, 4);
	/* 3 each of 7, and what is left. */
	check_apart(21, 3, 100, 7);
	/* More than can be at work at once share errands. */
	check_apart(128, 1, 100, 64);
	check_apart(1000, 1, 100, 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		CASE_WITH(divide, begin, NULL),
		CASE_WITH(all_is_well, begin, NULL),
		CASE_WITH(nothing_to_do, begin, NULL),
		CASE_WITH(halves, begin, NULL),
		CASE_WITH(several_fall, begin, NULL),
		CASE_WITH(all_fall, begin, NULL),
		CASE_WITH(no_result, begin, NULL),
		CASE_WITH(not_again, begin, NULL),
		CASE_WITH(resolvers, begin, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
