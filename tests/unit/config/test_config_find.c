/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>

static struct config *config_make(void)
{
	struct config *config = xcalloc(1, sizeof(*config));

	array_push(config->zones, config->zone_count)->name = xstrdup("a.");
	array_push(config->zones, config->zone_count)->name = xstrdup("b.");
	array_push(config->targets, config->target_count)->name =
		xstrdup("x");
	array_push(config->targets, config->target_count)->name =
		xstrdup("Y");
	return config;
}

TEST(find)
{
	struct config *config = config_make();

	assert_ptr_equal(config_find_zone(config, "b."), &config->zones[1]);
	assert_null(config_find_zone(config, "b"));
	assert_null(config_find_zone(config, "c.a."));
	assert_ptr_equal(config_find_target(config, "x"),
			 &config->targets[0]);
	assert_ptr_equal(config_find_target(config, "Y"),
			 &config->targets[1]);
	assert_null(config_find_target(config, "y"));
	config_free(config);
}

/* The leak checker is the judge: all that can be owned is. */
TEST(free_all)
{
	struct config *config = config_make();
	struct config_target *target = &config->targets[0];

	config->path = xstrdup("p");
	config->key = xstrdup("k");
	config->zones[0].primary = xstrdup("p");
	target->exec_arguments = xcalloc(2, sizeof(char *));
	target->exec_arguments[0] = xstrdup("/bin/x");
	target->exec_user = xstrdup("u");
	array_push(target->probes, target->probe_count)->host = xstrdup("h");
	array_push(target->specs, target->spec_count)->owner = xstrdup("o");
	config_free(config);
	config_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_free_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
