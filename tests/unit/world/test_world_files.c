/* SPDX-License-Identifier: MIT */
#include "world/world_files.h"

#include "base/xalloc.h"
#include "unit.h"

/* What was freed is empty, and may be freed again. */
TEST(names_free)
{
	struct names names = { NULL, 0 };

	*array_push(names.names, names.count) = xstrdup("a");
	*array_push(names.names, names.count) = xstrdup("b");
	names_free(&names);
	assert_null(names.names);
	assert_int_equal(names.count, 0);
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
