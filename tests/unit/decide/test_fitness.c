/* SPDX-License-Identifier: MIT */
#include "decide/fitness.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <time.h>

#define DAY 86400
#define NOW INT64_C(1800000000)

static struct chain of_days(int from, int until)
{
	return (struct chain){ .not_before_seconds = NOW + from * DAY,
			       .not_after_seconds = NOW + until * DAY };
}

TEST(dates)
{
	static const struct {
		int from, until;	/* of what certbot shows */
		int old_from, old_until;	/* of what is in service */
		enum fitness want;
	} rows[] = {
		{ -1, 89, -60, 30, FITNESS_GOOD },
		{ 1, 90, -60, 30, FITNESS_EARLY },
		{ -90, -1, -60, 30, FITNESS_EXPIRED },
		/* Back to an older one, which is good for a while. */
		{ -70, 20, -60, 30, FITNESS_OLDER },
		{ -60, 30, -60, 30, FITNESS_GOOD },
		/* What there is has but a tenth of its life to go. */
		{ -1, 5, -82, 8, FITNESS_GOOD },
		{ -1, 5, -80, 10, FITNESS_OLDER },
		{ -1, 89, -91, -1, FITNESS_GOOD },
		{ -91, -1, -92, -2, FITNESS_EXPIRED },
	};
	const struct config_target target = { .spec_count = 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct chain new = of_days(rows[i].from, rows[i].until);
		struct chain old = of_days(rows[i].old_from,
					   rows[i].old_until);
		enum fitness have = fitness_judge(&new, &old, &target,
						  NOW * 1000);
		char *text = fitness_text(have, &new, &old, &target,
					  NOW * 1000);

		if (have != rows[i].want)
			fail_msg("row %zu: %d", i, have);
		assert_non_null(text);
		free(text);
	}
}

/* In its place is nothing. */
TEST(instead_of_nothing)
{
	const struct config_target target = { .spec_count = 0 };
	struct chain new = of_days(-80, 1), old = of_days(-91, -1);

	assert_int_equal(fitness_judge(&new, NULL, &target, NOW * 1000),
			 FITNESS_GOOD);
	assert_int_equal(fitness_judge(&old, NULL, &target, NOW * 1000),
			 FITNESS_EXPIRED);
}

static struct chain *chain_for(const char *name)
{
	struct test_pki *pki = test_pki_open();
	struct test_version *version = test_version_make(pki, name,
							 TEST_LEAF_EC);
	struct chain *chain = test_chain_of(version->fullchain);

	test_version_free(version);
	test_pki_close(pki);
	return chain;
}

/* Clients of usage 2 look at the name. */
TEST(names)
{
	struct config_spec spec = { .host = lent("mx.example.com."),
				    .params = { 2, 1, 1 } };
	const struct config_target target = { .specs = &spec,
					      .spec_count = 1 };
	struct chain *good = chain_for("mx.example.com");
	struct chain *bad = chain_for("www.example.com");
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	char *text;

	assert_int_equal(fitness_judge(good, good, &target, now_ms),
			 FITNESS_GOOD);
	assert_int_equal(fitness_judge(bad, good, &target, now_ms),
			 FITNESS_REFUSED);
	text = fitness_text(FITNESS_REFUSED, bad, good, &target, now_ms);
	assert_non_null(strstr(text, "mx.example.com"));
	free(text);
	/* It was judged before its record was published. */
	assert_int_equal(fitness_judge_dates(bad, good, now_ms),
			 FITNESS_GOOD);
	/* What is there is no better, or gone. */
	assert_int_equal(fitness_judge(bad, bad, &target, now_ms),
			 FITNESS_GOOD);
	assert_int_equal(fitness_judge(bad, NULL, &target, now_ms),
			 FITNESS_GOOD);
	spec.params.usage = 3;
	assert_int_equal(fitness_judge(bad, good, &target, now_ms),
			 FITNESS_GOOD);
	chain_free(good);
	chain_free(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_instead_of_nothing),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
