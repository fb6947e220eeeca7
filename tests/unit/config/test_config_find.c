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

TEST(nearest_zone)
{
	struct config *config = config_make();

	array_push(config->zones, config->zone_count)->name =
		xstrdup("x.a.");
	assert_ptr_equal(config_nearest_zone(config, "_25._tcp.a."),
			 &config->zones[0]);
	assert_ptr_equal(config_nearest_zone(config, "_25._tcp.x.a."),
			 &config->zones[2]);
	assert_ptr_equal(config_nearest_zone(config, "_25._tcp.xx.a."),
			 &config->zones[0]);
	assert_null(config_nearest_zone(config, "_25._tcp.c."));
	config_free(config);
}

TEST(ignores)
{
	struct prefix prefixes[2];
	struct config_zone zone = { .ignore = prefixes, .ignore_count = 2 };
	struct address address;

	assert_int_equal(prefix_parse("192.0.2.1", 53, &prefixes[0]),
			 PREFIX_OK);
	assert_int_equal(prefix_parse("2001:db8::/32", 53, &prefixes[1]),
			 PREFIX_OK);
	assert_true(address_parse("2001:db8:1::1", 53, &address));
	assert_true(config_zone_ignores(&zone, &address));
	assert_false(config_zone_ignores(NULL, &address));
	assert_true(address_parse("192.0.2.1", 53, &address));
	assert_true(config_zone_ignores(&zone, &address));
	assert_true(address_parse("192.0.2.2", 53, &address));
	assert_false(config_zone_ignores(&zone, &address));
}

/* The leak checker is the judge: all that can be owned is. */
TEST(free_all)
{
	struct config *config = config_make();
	struct config_target *target = &config->targets[0];

	config->path = xstrdup("p");
	config->key = xstrdup("k");
	*array_push(config->zones[0].primaries,
		    config->zones[0].primary_count) = xstrdup("p");
	target->exec_arguments = xcalloc(2, sizeof(char *));
	target->exec_arguments[0] = xstrdup("/bin/x");
	target->exec_user = xstrdup("u");
	array_push(target->probes, target->probe_count)->host = xstrdup("h");
	array_push(target->specs, target->spec_count)->owner = xstrdup("o");
	config_free(config);
	config_free(NULL);
}

static void check_unprobed(const struct config_target *target,
			   const char *want)
{
	char *got = config_unprobed(target);

	if (!want)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static char mx1[] = "mx1.test.", mx2[] = "mx2.test.";

TEST(unprobed)
{
	struct config_spec specs[] = {
		{ .port = 25, .protocol = "tcp", .host = mx1 },
		{ .port = 853, .protocol = "udp", .host = mx1 },
		{ .port = 25, .protocol = "tcp", .host = mx1 },
		{ .port = 853, .protocol = "udp", .host = mx1 },
		{ .port = 25, .protocol = "sctp", .host = mx1 },
	};
	struct config_target target = { .specs = specs, .spec_count = 5 };

	assert_true(config_is_probed(&specs[0]));
	assert_false(config_is_probed(&specs[1]));
	check_unprobed(&target, "853/udp, 25/sctp");
	target.probe = CONFIG_PROBE_OFF;
	check_unprobed(&target, "25, 853/udp, 25/sctp");
	target.probe = CONFIG_PROBE_AUTO;
	target.spec_count = 1;
	check_unprobed(&target, NULL);
}

/* A list leaves out what it does not name. */
TEST(unprobed_of_a_list)
{
	struct config_spec specs[] = {
		{ .port = 25, .protocol = "tcp", .host = mx1 },
		{ .port = 25, .protocol = "tcp", .host = mx2 },
		{ .port = 465, .protocol = "tcp", .host = mx1 },
		{ .port = 25, .protocol = "udp", .host = mx1 },
	};
	struct config_probe probes[] = {
		{ .host = mx1, .port = 465 },
		{ .host = mx1, .port = 25 },
		{ .host = lent("192.0.2.1"), .port = 25 },
		{ .host = lent("inside.test."), .port = 993 },
	};
	struct config_target target = { .specs = specs, .spec_count = 3,
					.probe = CONFIG_PROBE_LIST,
					.probes = probes, .probe_count = 1 };

	check_unprobed(&target, "25");
	target.probe_count = 2;
	check_unprobed(&target, "25 of mx2.test");
	target.probe_count = 3;
	check_unprobed(&target, NULL);
	target.spec_count = 4;
	check_unprobed(&target, "25/udp");
	target.spec_count = 3;
	target.probes = &probes[2];
	target.probe_count = 1;
	check_unprobed(&target, "465");
	target.probes = &probes[3];
	check_unprobed(&target, "25, 465");
}

/* What is for all ports is for those that have no record of their own, and
 * nobody knows where to look unless a list says so. */
TEST(unprobed_of_all_ports)
{
	struct config_spec specs[] = {
		{ .port = CONFIG_PORT_ANY, .protocol = "tcp", .host = mx1 },
		{ .port = 25, .protocol = "tcp", .host = mx1 },
		{ .port = 465, .protocol = "tcp", .host = mx2 },
		{ .port = 993, .protocol = "udp", .host = mx1 },
	};
	struct config_probe probes[] = {
		{ .host = mx1, .port = 25 },
		{ .host = mx1, .port = 465 },
		{ .host = mx1, .port = 993 },
		{ .host = mx2, .port = 465 },
	};
	static const bool shown[] = { false, true, true, false };
	struct config_target target = { .specs = specs, .spec_count = 4,
					.probes = probes, .probe_count = 4 };

	check_unprobed(&target, "*, 993/udp");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(config_probe_shows(&target, &probes[i],
						    &specs[0]), shown[i]);
	target.probe = CONFIG_PROBE_LIST;
	check_unprobed(&target, "993/udp");
	target.probe_count = 1;
	check_unprobed(&target, "*, 465, 993/udp");
	specs[0].protocol = "udp";
	check_unprobed(&target, "*/udp, 465, 993/udp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_nearest_zone),
		cmocka_unit_test(test_ignores),
		cmocka_unit_test(test_free_all),
		cmocka_unit_test(test_unprobed),
		cmocka_unit_test(test_unprobed_of_a_list),
		cmocka_unit_test(test_unprobed_of_all_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
