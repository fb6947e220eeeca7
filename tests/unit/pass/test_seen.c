/* SPDX-License-Identifier: MIT */
#include "pass/seen.h"

#include "base/xalloc.h"
#include "unit.h"

static struct seen seen_of(const char *first, const char *second)
{
	struct seen seen = { .zones_known = true, .owner_count = 2 };

	seen.owners = xcalloc(2, sizeof(*seen.owners));
	seen.owners[0] = xstrdup(first);
	seen.owners[1] = xstrdup(second);
	seen.survey.owners = xcalloc(2, sizeof(*seen.survey.owners));
	return seen;
}

TEST(find)
{
	struct seen seen = seen_of("a.test.", "b.test.");

	/* Zones may be known before anybody was asked. */
	assert_null(seen_find(&seen, "b.test."));
	assert_true(seen_covers(&seen, "b.test."));
	seen.survey.count = 2;
	assert_ptr_equal(seen_find(&seen, "a.test."), &seen.survey.owners[0]);
	assert_ptr_equal(seen_find(&seen, "b.test."), &seen.survey.owners[1]);
	assert_null(seen_find(&seen, "c.test."));
	assert_false(seen_covers(&seen, "c.test."));
	assert_null(seen_find_outside(&seen, "b.test."));
	seen.outside.owners = xcalloc(2, sizeof(*seen.outside.owners));
	seen.outside.count = 2;
	assert_ptr_equal(seen_find_outside(&seen, "b.test."),
			 &seen.outside.owners[1]);
	assert_null(seen_find_outside(&seen, "c.test."));
	seen_drop(&seen);
	assert_null(seen_find(&seen, "b.test."));
	assert_null(seen_find_outside(&seen, "b.test."));
	assert_true(seen_covers(&seen, "b.test."));
	seen_clear(&seen);
	assert_null(seen_find(&seen, "a.test."));
	assert_false(seen_covers(&seen, "a.test."));
	assert_int_equal(seen.owner_count, 0);
	seen_clear(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
