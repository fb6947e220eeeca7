/* SPDX-License-Identifier: MIT */
#include "command/names.h"

#include "base/log.h"
#include "unit.h"

static struct config_target targets[] = {
	{ .name = lent("mail") }, { .name = lent("web") },
};
static struct config config = { .path = lent("alnitak.conf"),
				.targets = targets, .target_count = 2 };

static struct options options_with(char **words, size_t count)
{
	return (struct options){ .arguments = words, .argument_count = count };
}

TEST(without_one_it_is_for_all)
{
	struct options options = options_with(NULL, 0);

	assert_true(names_are_known(&config, &options));
	assert_true(names_ask_for(&options, "mail"));
	assert_true(names_ask_for(&options, "web"));
}

TEST(those_that_are_named)
{
	char *words[] = { lent("web") };
	struct options options = options_with(words, 1);

	assert_true(names_are_known(&config, &options));
	assert_false(names_ask_for(&options, "mail"));
	assert_true(names_ask_for(&options, "web"));
}

TEST(one_that_is_none)
{
	char *words[] = { lent("web"), lent("wbe") };
	struct options options = options_with(words, 2);

	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	assert_false(names_are_known(&config, &options));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_one_it_is_for_all),
		cmocka_unit_test(test_those_that_are_named),
		cmocka_unit_test(test_one_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
