/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every unit test begins with. A program of tests is
 *
 *	#include "unit.h"
 *
 *	TEST(order_is_kept)
 *	{
 *		assert_true(...);
 *	}
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = {
 *			cmocka_unit_test(test_order_is_kept),
 *		};
 *
 *		return cmocka_run_group_tests(tests, NULL, NULL);
 *	}
 *
 * A test with a fixture takes what its setup left in *STATE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEST(name) \
	static void test_##name(void **state __attribute__((unused)))

/* A row of TESTS: the test, and what opens and closes its fixture (or NULL). */
#define CASE_WITH(name, open, close) \
	cmocka_unit_test_setup_teardown(test_##name, open, close)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A text for a member that its owner would free: here nobody does. */
#define lent(text) ((char *)(uintptr_t)(text))

/* For integers of any kind; cmocka 2 warns of its own assert_in_range(). */
#define assert_between(value, low, high) \
	do { \
		const intmax_t value_ = (intmax_t)(value); \
		const intmax_t low_ = (intmax_t)(low); \
		const intmax_t high_ = (intmax_t)(high); \
		if (value_ < low_ || value_ > high_) \
			fail_msg("%jd is not in [%jd, %jd]", value_, low_, \
				 high_); \
	} while (0)
