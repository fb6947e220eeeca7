/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "cert/tlsa.h"
#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test_pki *pki;
static struct chain *served, *other, *alone;

static struct chain *chain_of(const char *pem)
{
	struct chain *parsed = NULL;

	assert_int_equal(chain_parse(pem, strlen(pem), &parsed), CHAIN_OK);
	return parsed;
}

static int setup(void **state)
{
	struct test_version *a, *b;

	(void)state;
	pki = test_pki_open();
	a = test_version_make(pki, "a.test", TEST_LEAF_EC);
	b = test_version_make(pki, "b.test", TEST_LEAF_EC);
	served = chain_of(a->fullchain);
	other = chain_of(b->cert);
	alone = chain_of(a->cert);
	test_version_free(a);
	test_version_free(b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chain_free(served);
	chain_free(other);
	chain_free(alone);
	test_pki_close(pki);
	return 0;
}

/*
 * One record in words: three digits, and "right" (matches the served chain),
 * "wrong" (well-formed, matches nothing), "short" (data cut by one octet),
 * "none" (no data) or "leaf" (the leaf's data, whatever the usage).
 */
static struct tlsa described(const char *digits, const char *word)
{
	struct tlsa_params params = {
		(uint8_t)(digits[0] - '0'), (uint8_t)(digits[1] - '0'),
		(uint8_t)(digits[2] - '0'),
	};
	struct tlsa record = { .params = params };
	struct tlsa_params about = params;

	if (streq(word, "none"))
		return record;
	if (params.usage > 3 || streq(word, "leaf"))
		about.usage = 3;
	about.selector %= 2;
	about.matching %= 3;
	assert_true(tlsa_from_chain(served, about, &record));
	record.params = params;
	if (streq(word, "wrong"))
		record.data[record.size - 1] ^= 1;
	if (streq(word, "short"))
		record.size--;
	return record;
}

/* A set from words: "311 right 312 wrong". */
static struct tlsa_set set_of(const char *description)
{
	struct tlsa_set set = { .records = NULL };
	char *copy = xstrdup(description), *rest = copy, *digits, *word;

	while ((digits = strsep(&rest, " ")) && *digits) {
		struct tlsa record;

		word = strsep(&rest, " ");
		assert_non_null(word);
		record = described(digits, word);
		assert_true(tlsa_set_add(&set, &record));
		tlsa_clear(&record);
	}
	free(copy);
	return set;
}

struct truth {
	const char *set;
	bool covers;
};

static const struct truth truths[] = {
	{ "", true },
	{ "311 right", true },
	{ "311 wrong", false },
	{ "311 right 311 wrong", true },
	/* A client may look at the strongest digest alone. */
	{ "312 wrong 311 right", false },
	{ "312 right 311 wrong", false },
	{ "312 right 311 right", true },
	{ "312 right 312 wrong 311 right 311 wrong", true },
	{ "310 right 312 wrong", false },
	{ "310 wrong 312 right", false },
	/* Or at another selector alone, or at another usage. */
	{ "302 wrong 311 right", false },
	{ "301 wrong 311 right", false },
	{ "301 right 311 right", true },
	{ "211 wrong 311 right", false },
	{ "211 right 311 wrong", false },
	{ "211 right 311 right", true },
	{ "211 right", true },
	{ "201 right", true },
	{ "200 right", true },
	{ "202 right 212 wrong", false },
	/* An issuer's record never speaks of the leaf. */
	{ "211 leaf", false },
	{ "201 leaf 311 right", false },
	{ "210 leaf", false },
	/* The public hierarchy's usages count like the others. */
	{ "111 right", true },
	{ "111 wrong 311 right", false },
	{ "011 right 311 right", true },
	{ "011 leaf 311 right", false },
	/* What nobody can use is as if it were not there. */
	{ "311 short", true },
	{ "311 none", true },
	{ "310 none", true },
	{ "312 short 311 right", true },
	{ "312 short 311 wrong", false },
	{ "312 short 312 wrong 311 right", false },
	{ "411 wrong 311 right", true },
	{ "411 wrong", true },
	{ "321 wrong 311 right", true },
	{ "313 wrong 311 right", true },
	{ "313 wrong 311 wrong", false },
	{ "311 none 311 right", true },
	{ "311 none 311 wrong", false },
};

TEST(covers)
{
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
		struct tlsa_set set = set_of(truths[i].set);

		if (tlsa_set_covers(&set, served) != truths[i].covers)
			fail_msg("{%s} should%s cover", truths[i].set,
				 truths[i].covers ? "" : " not");
		tlsa_set_clear(&set);
	}
}

TEST(covers_other_chains)
{
	struct tlsa_set leaf = set_of("311 right 301 right");
	struct tlsa_set issuer = set_of("211 right");

	assert_true(tlsa_set_covers(&leaf, alone));
	assert_false(tlsa_set_covers(&leaf, other));
	assert_false(tlsa_set_covers(&issuer, alone));
	tlsa_set_clear(&leaf);
	tlsa_set_clear(&issuer);
}

/* Every set of right and wrong records of three kinds:
 * covered exactly when no kind has a wrong one alone. */
TEST(covers_exhaustively)
{
	static const char *const kinds[] = { "311", "312", "211" };

	for (unsigned bits = 0; bits < 1U << 6; bits++) {
		struct tlsa_set set = { .records = NULL };
		bool want = true;

		for (unsigned kind = 0; kind < 3; kind++) {
			bool right = bits >> (2 * kind) & 1;
			bool wrong = bits >> (2 * kind + 1) & 1;
			struct tlsa a = described(kinds[kind], "right");
			struct tlsa b = described(kinds[kind], "wrong");

			if (right)
				tlsa_set_add(&set, &a);
			if (wrong)
				tlsa_set_add(&set, &b);
			want = want && (right || !wrong);
			tlsa_clear(&a);
			tlsa_clear(&b);
		}
		assert_int_equal(tlsa_set_covers(&set, served), want);
		tlsa_set_clear(&set);
	}
}

static struct tlsa numbered(unsigned number, uint8_t *data)
{
	data[0] = (uint8_t)(number * 37 >> 8);
	data[1] = (uint8_t)(number * 37);
	return (struct tlsa){ { 3, (uint8_t)(number % 2), 0 }, data, 2 };
}

/* Enough additions and removals to meet every capacity. */
TEST(sorted_and_unique)
{
	struct tlsa_set set = { .records = NULL };
	uint8_t data[2];

	for (unsigned i = 0; i < 100; i++) {
		struct tlsa record = numbered(i * 61 % 100, data);

		assert_true(tlsa_set_add(&set, &record));
		assert_false(tlsa_set_add(&set, &record));
		assert_true(tlsa_set_contains(&set, &record));
	}
	assert_int_equal(set.count, 100);
	for (size_t i = 1; i < set.count; i++)
		assert_true(tlsa_compare(&set.records[i - 1],
					 &set.records[i]) < 0);
	for (unsigned i = 0; i < 100; i += 2) {
		struct tlsa record = numbered(i, data);

		assert_true(tlsa_set_remove(&set, &record));
		assert_false(tlsa_set_remove(&set, &record));
		assert_false(tlsa_set_contains(&set, &record));
	}
	assert_int_equal(set.count, 50);
	for (unsigned i = 1; i < 100; i += 2) {
		struct tlsa record = numbered(i, data);

		assert_true(tlsa_set_contains(&set, &record));
	}
	tlsa_set_clear(&set);
	assert_int_equal(set.count, 0);
	assert_null(set.records);
}

TEST(equal_and_copy)
{
	struct tlsa_set a = set_of("311 right 211 right 311 wrong");
	struct tlsa_set b = set_of("311 wrong 311 right 211 right");
	struct tlsa_set shorter = set_of("311 right 211 right");
	struct tlsa_set empty = { .records = NULL };
	struct tlsa_set copy = tlsa_set_copy(&a);

	assert_true(tlsa_set_equal(&a, &b));
	assert_true(tlsa_set_equal(&empty, &empty));
	assert_false(tlsa_set_equal(&a, &shorter));
	assert_false(tlsa_set_equal(&shorter, &empty));
	tlsa_set_clear(&a);
	assert_true(tlsa_set_equal(&copy, &b));
	tlsa_set_clear(&copy);
	tlsa_set_clear(&shorter);
	tlsa_set_clear(&b);
}

TEST(union_and_difference)
{
	struct tlsa_set a = set_of("311 right 211 right");
	struct tlsa_set b = set_of("311 wrong 211 right");
	struct tlsa_set both = set_of("211 right 311 wrong 311 right");
	struct tlsa_set rest = set_of("311 right");

	tlsa_set_add_all(&a, &b);
	assert_true(tlsa_set_equal(&a, &both));
	tlsa_set_remove_all(&a, &b);
	assert_true(tlsa_set_equal(&a, &rest));
	tlsa_set_clear(&a);
	tlsa_set_clear(&b);
	tlsa_set_clear(&both);
	tlsa_set_clear(&rest);
}

TEST(format)
{
	uint8_t data[] = { 0x00, 0x11, 0xaa, 0xff, 0x12 };
	const struct tlsa records[] = {
		{ { 3, 1, 1 }, data, 5 }, { { 2, 0, 2 }, data, 4 },
		{ { 255, 1, 1 }, NULL, 0 },
	};
	struct tlsa_set set = { .records = NULL };
	char *text = tlsa_set_format(&set);

	assert_string_equal(text, "nothing");
	free(text);
	for (size_t i = 0; i < 3; i++)
		tlsa_set_add(&set, &records[i]);
	text = tlsa_set_format(&set);
	assert_string_equal(text,
			    "{2 0 2 0011aaff, 3 1 1 0011aaff.., 255 1 1 }");
	free(text);
	tlsa_set_clear(&set);
}

/* Parsers check sizes; a record that slipped through must stop us. */
TEST(too_large_is_an_invariant)
{
	static uint8_t data[TLSA_DATA_MAX + 1];
	struct tlsa record = { { 3, 0, 0 }, data, TLSA_DATA_MAX };
	struct tlsa_set set = { .records = NULL };
	int status = 0;
	pid_t child;

	assert_true(tlsa_set_add(&set, &record));
	record.size++;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		(void)!freopen("/dev/null", "w", stderr);
		tlsa_set_add(&set, &record);
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	tlsa_set_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_covers_other_chains),
		cmocka_unit_test(test_covers_exhaustively),
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_equal_and_copy),
		cmocka_unit_test(test_union_and_difference),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_too_large_is_an_invariant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
