/* SPDX-License-Identifier: MIT */
#include "base/pem_kind.h"

#include "unit.h"

#include <string.h>

TEST(names)
{
	assert_string_equal(pem_kind_names[PEM_CERT], "cert");
	assert_string_equal(pem_kind_names[PEM_CHAIN], "chain");
	assert_string_equal(pem_kind_names[PEM_FULLCHAIN], "fullchain");
	assert_string_equal(pem_kind_names[PEM_PRIVKEY], "privkey");
	assert_string_equal(pem_kind_names[PEM_COMBINED], "combined");
}

/* A lineage has all but the last, and each has a bit of its own. */
TEST(sets)
{
	unsigned all = 0;

	assert_int_equal(PEM_KINDS + 1, PEM_LINKS);
	for (int kind = 0; kind < PEM_LINKS; kind++) {
		assert_int_equal(all & PEM_BIT(kind), 0);
		all |= PEM_BIT(kind);
	}
	assert_int_equal(all, PEM_ALL_LINKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
