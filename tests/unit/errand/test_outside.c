/* SPDX-License-Identifier: MIT */
#include "errand/outside.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "errand/wire.h"
#include "support/dns.h"
#include "support/wire.h"
#include "unit.h"

#include <stdio.h>

#define ONE "192.0.2.9"
#define TWO "2001:db8::9"
#define A "_25._tcp.a.test."
#define B "_25._tcp.b.test."
#define C "_25._tcp.c.test."
#define MANY 600		/* more than one errand is sent for */

static struct fake_dns fake;
static struct address resolvers[2];
static struct config config = { .outside = resolvers, .outside_count = 2 };
static const struct errand_desk desk = { .world = &fake.world,
					 .config = &config };
static struct outside by_errand, directly;
static const char *const owners[] = { A, B, C };

static struct fake_reply *say(const char *server, const char *name)
{
	return fake_dns_reply(&fake, server, name, LDNS_RR_TYPE_TLSA,
			      FAKE_RA);
}

/* A set, nothing and silence; by an alias, and a fault. */
static int begin(void **state)
{
	(void)state;
	resolvers[0] = fake_address(ONE);
	resolvers[1] = fake_address(TWO);
	config.outside_count = 2;
	fake_dns_init(&fake);
	fake_reply_add(say(ONE, A), LDNS_SECTION_ANSWER,
		       A " 300 IN TLSA 3 1 1 00112233");
	fake_reply_add(fake_reply_add(say(TWO, A), LDNS_SECTION_ANSWER,
				      A " 900 IN CNAME " B),
		       LDNS_SECTION_ANSWER, B " 60 IN TLSA 2 0 1 4455");
	say(ONE, B)->rcode = LDNS_RCODE_NXDOMAIN;
	say(TWO, C)->rcode = LDNS_RCODE_SERVFAIL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	outside_clear(&by_errand);
	outside_clear(&directly);
	fake_dns_clear(&fake);
	return 0;
}

static void expect_same_answer(const struct outside_answer *one,
			       const struct outside_answer *other)
{
	assert_true(address_equal(&one->address, &other->address));
	assert_int_equal(one->verdict, other->verdict);
	assert_true(tlsa_set_equal(&one->set, &other->set));
	assert_int_equal(one->by_alias, other->by_alias);
	assert_int_equal(one->until_ms, other->until_ms);
	assert_int_equal(one->is_late, other->is_late);
	expect_same_text(one->detail, other->detail);
}

static void expect_as_directly(const char *const *names, size_t n)
{
	outside_ask(&fake.world, &config, names, n, &directly);
	assert_int_equal(by_errand.count, directly.count);
	for (size_t i = 0; i < directly.count; i++) {
		const struct outside_owner *one = &by_errand.owners[i];
		const struct outside_owner *other = &directly.owners[i];

		assert_ptr_equal(one->name, names[i]);
		assert_int_equal(one->count, other->count);
		for (size_t k = 0; k < other->count; k++)
			expect_same_answer(&one->answers[k],
					   &other->answers[k]);
	}
}

static enum outside_verdict verdict(size_t owner, size_t resolver)
{
	return by_errand.owners[owner].answers[resolver].verdict;
}

TEST(as_directly)
{
	errand_outside(&desk, owners, COUNT(owners), &by_errand);
	expect_as_directly(owners, COUNT(owners));
	assert_int_equal(verdict(0, 0), OUTSIDE_SET);
	assert_int_equal(verdict(0, 1), OUTSIDE_SET);
	assert_true(by_errand.owners[0].answers[1].by_alias);
	assert_int_equal(verdict(1, 0), OUTSIDE_NOTHING);
	assert_int_equal(verdict(1, 1), OUTSIDE_UNSEEN);
	assert_int_equal(verdict(2, 1), OUTSIDE_UNSEEN);
}

TEST(nobody_is_asked)
{
	errand_outside(&desk, owners, 0, &by_errand);
	assert_int_equal(by_errand.count, 0);
	config.outside_count = 0;
	errand_outside(&desk, owners, COUNT(owners), &by_errand);
	assert_int_equal(by_errand.count, 0);
	assert_null(by_errand.owners);
	assert_int_equal(fake.questions, 0);
}

static size_t errands;

static void count(struct world *world, struct errand *given, size_t n)
{
	errands += n;
	errands_do_here(world, given, n);
}

TEST(many)
{
	static char names[MANY][32];
	static const char *all[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "_25._tcp.h%u.test.", i);
		all[i] = names[i];
		if (i % 3 == 0)
			say(ONE, all[i])->rcode = LDNS_RCODE_NXDOMAIN;
	}
	all[MANY - 1] = A;
	errands = 0;
	fake.world.hands = 4;
	fake.world.delegate = count;
	errand_outside(&desk, all, MANY, &by_errand);
	assert_between(errands, 2, 4);
	expect_as_directly(all, MANY);
	assert_int_equal(verdict(MANY - 1, 0), OUTSIDE_SET);
}

/* ---- What comes cannot be trusted -------------------------------------- */

static enum errand_outcome ending;
static struct octets brought;

static void bring(struct world *world, struct errand *given, size_t n)
{
	(void)world;
	errands += n;
	for (size_t i = 0; i < n; i++) {
		given[i].outcome = ending;
		octets_put(&given[i].result, brought.data, brought.size);
	}
}

/* Unseen, and that is all. */
static void expect_unseen(size_t tries)
{
	enum errand_outcome why = ending == ERRAND_DONE ? ERRAND_DIED : ending;

	errands = 0;
	fake.world.delegate = bring;
	errand_outside(&desk, owners, COUNT(owners), &by_errand);
	assert_int_equal(errands, tries);
	assert_int_equal(by_errand.count, COUNT(owners));
	for (size_t i = 0; i < COUNT(owners); i++)
		for (size_t k = 0; k < 2; k++) {
			struct outside_answer blank = {
				.address = resolvers[k],
				.verdict = OUTSIDE_UNSEEN,
				.detail = lent(errand_outcome_text(why)) };

			expect_same_answer(&by_errand.owners[i].answers[k],
					   &blank);
		}
	outside_clear(&by_errand);
	octets_clear(&brought);
}

TEST(nothing_came)
{
	ending = ERRAND_NO_TIME;
	expect_unseen(1);
	ending = ERRAND_FAILED;
	expect_unseen(1);
	ending = ERRAND_DIED;
	expect_unseen(5);
	ending = ERRAND_DONE;
	expect_unseen(5);
}

struct claim {
	uint64_t verdict, records, by_alias;
	const char *detail;
};

static void put_claims(struct claim claim, size_t answers)
{
	uint8_t data[] = { 1, 2, 3 };
	struct tlsa record = { { 3, 1, 1 }, data, sizeof(data) };
	struct tlsa_set set = { &record, claim.records };

	for (size_t i = 0; i < answers; i++) {
		octets_put_number(&brought, claim.verdict);
		wire_put_set(&brought, &set);
		octets_put_number(&brought, claim.by_alias);
		octets_put_number(&brought, 1000);
		octets_put_text(&brought, claim.detail);
	}
}

#define ANSWERS (2 * COUNT(owners))

TEST(contradictions)
{
	static const struct claim claims[] = {
		{ OUTSIDE_SET, 0, 0, NULL },
		{ OUTSIDE_SET, 1, 0, "why" },
		{ OUTSIDE_NOTHING, 1, 0, NULL },
		{ OUTSIDE_NOTHING, 0, 0, "why" },
		{ OUTSIDE_UNSEEN, 0, 0, NULL },
		{ OUTSIDE_UNSEEN, 1, 0, "why" },
		{ OUTSIDE_UNSEEN + 1, 0, 0, NULL },
		{ OUTSIDE_UNSEEN, 0, 0, "w\nhy" },
		{ OUTSIDE_NOTHING, 0, 2, NULL },
	};

	ending = ERRAND_DONE;
	for (size_t i = 0; i < COUNT(claims); i++) {
		put_claims(claims[i], ANSWERS);
		expect_unseen(5);
	}
}

/* Of more owners than it was sent for, and with something behind it. */
TEST(other_counts)
{
	const struct claim claim = { OUTSIDE_NOTHING, 0, 0, NULL };

	ending = ERRAND_DONE;
	put_claims(claim, ANSWERS + 1);
	expect_unseen(5);
	put_claims(claim, ANSWERS);
	octets_put(&brought, "x", 1);
	expect_unseen(5);
	put_claims(claim, 1);
	expect_unseen(5);
	/* .. while just so many are taken. */
	put_claims(claim, ANSWERS);
	errand_outside(&desk, owners, COUNT(owners), &by_errand);
	assert_int_equal(verdict(2, 1), OUTSIDE_NOTHING);
	octets_clear(&brought);
}

/* Nobody keeps anything for longer than this, whoever says so; it is reckoned
 * with. */
TEST(for_ever)
{
	static const uint64_t times[] = { INT64_MAX, UINT64_MAX,
					  (uint64_t)INT64_MIN };

	ending = ERRAND_DONE;
	for (size_t t = 0; t < COUNT(times); t++) {
		for (size_t i = 0; i < ANSWERS; i++) {
			octets_put_number(&brought, OUTSIDE_NOTHING);
			octets_put_number(&brought, 0);
			octets_put_number(&brought, 0);
			octets_put_number(&brought, times[t]);
			octets_put_text(&brought, NULL);
		}
		expect_unseen(5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(as_directly, begin, end),
		CASE_WITH(nobody_is_asked, begin, end),
		CASE_WITH(many, begin, end),
		CASE_WITH(nothing_came, begin, end),
		CASE_WITH(contradictions, begin, end),
		CASE_WITH(other_counts, begin, end),
		CASE_WITH(for_ever, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
