/* SPDX-License-Identifier: MIT */
#include "cert/chains.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(add_and_free)
{
	struct chains chains = { NULL, 0 };
	struct chain *chain = xcalloc(1, sizeof(*chain));

	chains_add(&chains, NULL);
	chains_add(&chains, chain);
	assert_int_equal(chains.count, 2);
	assert_null(chains.items[0]);
	assert_ptr_equal(chains.items[1], chain);
	chains_clear(&chains);
	assert_int_equal(chains.count, 0);
	chains_add(&chains, chain);
	chains_add(&chains, NULL);
	chains_free(&chains);		/* the chain as well: no leak */
	assert_null(chains.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
