/* SPDX-License-Identifier: MIT */
#include "decide/facts.h"

#include "unit.h"

TEST(config_digest)
{
	struct config_spec specs[2] = {
		{ .params = { 3, 1, 1 }, .owner = lent("_25._tcp.a.") },
		{ .params = { 2, 1, 1 }, .owner = lent("_25._tcp.a.") },
	};
	struct config_spec other[2] = { specs[1], specs[0] };
	struct config_target target = { .specs = specs, .spec_count = 2 };
	char *one = facts_config_digest(&target), *two, *three;

	target.specs = other;
	two = facts_config_digest(&target);
	assert_string_equal(one, two);
	other[0].params.matching = 2;
	three = facts_config_digest(&target);
	assert_string_not_equal(one, three);
	free(two);
	target.spec_count = 1;
	two = facts_config_digest(&target);
	assert_string_not_equal(two, three);
	free(one);
	free(two);
	free(three);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
