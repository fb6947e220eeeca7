/* SPDX-License-Identifier: MIT */
#include "config/config_check.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>

static int setup(void **state)
{
	(void)state;
	return log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
}

static struct config_spec spec(const char *owner, uint8_t usage)
{
	return (struct config_spec){
		.owner = lent(owner), .params = { usage, 1, 1 },
	};
}

static unsigned faults_of_specs(struct config_spec *specs, size_t count)
{
	const struct config_target target = {
		.specs = specs, .spec_count = count,
	};
	struct config_scan_section section = { .line = 1 };
	struct config_faults faults = { .path = "test.conf" };

	config_check_specs(&target, &section, &faults);
	return faults.count;
}

TEST(specs)
{
	struct config_spec specs[] = {
		spec("_1._tcp.a.", 3), spec("_2._tcp.a.", 3),
		spec("_1._tcp.a.", 2), spec(NULL, 3), spec(NULL, 3),
		spec("_1._tcp.a.", 3), spec("_1._tcp.a.", 3),
	};

	assert_int_equal(faults_of_specs(specs, 0), 0);
	assert_int_equal(faults_of_specs(specs, 1), 0);
	assert_int_equal(faults_of_specs(specs, 5), 0);
	assert_int_equal(faults_of_specs(specs, 6), 1);
	assert_int_equal(faults_of_specs(specs, 7), 2);
}

static unsigned faults_of_names(const char *const *names, size_t count,
				bool zones)
{
	struct config_zone *zone = xcalloc(count, sizeof(*zone));
	struct config_target *target = xcalloc(count, sizeof(*target));
	const struct config config = {
		.zones = zone, .zone_count = zones ? count : 0,
		.targets = target, .target_count = zones ? 0 : count,
	};
	struct config_faults faults = { .path = "test.conf" };

	for (size_t i = 0; i < count; i++) {
		zone[i].name = lent(names[i]);
		target[i].name = lent(names[i] ? names[i] : "-");
	}
	config_check_sections(&config, &faults);
	free(zone);
	free(target);
	return faults.count;
}

TEST(sections)
{
	static const char *const names[] = { "a.", NULL, "b.", "A.", "a." };

	assert_int_equal(faults_of_names(names, 0, true), 0);
	assert_int_equal(faults_of_names(names, 4, true), 0);
	assert_int_equal(faults_of_names(names, 5, true), 1);
	assert_int_equal(faults_of_names(names, 4, false), 0);
	assert_int_equal(faults_of_names(names, 5, false), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_sections),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
