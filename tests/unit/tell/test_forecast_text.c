/* SPDX-License-Identifier: MIT */
#include "tell/forecast_text.h"

#include "support/rollover.h"
#include "unit.h"

#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 7200);
	scene_say(&scene, 0, "a", 3600);
	scene_publish(&scene, 0, "a");
	return 0;
}

static void expect_text(const struct forecast_terms *terms, const char *want)
{
	struct forecast forecast = forecast_reckon(terms);
	char *text = forecast_text(terms, &forecast);

	assert_string_equal(text, want);
	free(text);
}

TEST(fits)
{
	expect_text(&(struct forecast_terms){ .servers_ms = HOUR_MS,
		.ttl_ms = HOUR_MS, .ttl_factor = 2, .left_ms = 9 * HOUR_MS,
		.again_ms = 9 * HOUR_MS }, "a rollover takes 4 h (servers "
		"1 h, caches 1 h, release 0 s, old connections 1 h, deletion "
		"1 h)");
}

TEST(too_late)
{
	expect_text(&(struct forecast_terms){ .ttl_ms = HOUR_MS,
		.ttl_factor = 4, .left_ms = 3 * HOUR_MS }, "a rollover takes "
		"5 h (servers 0 s, caches 4 h, release 0 s, old connections "
		"1 h, deletion 0 s): the new certificate is in service after "
		"4 h, want less than the 3 h that are left of the old one; "
		"lower the TTL of its TLSA records (record_ttl, where alnitak "
		"begins them)");
}

TEST(overlaps)
{
	expect_text(&(struct forecast_terms){ .linger_ms = 3 * HOUR_MS,
		.again_ms = 2 * HOUR_MS }, "a rollover takes 3 h (servers "
		"0 s, caches 0 s, release 0 s, old connections 3 h, deletion "
		"0 s), want less than the 2 h after which certbot renews "
		"again; lower linger");
}

static void expect_line(const char *want)
{
	char *line = forecast_begin_line(&scene.facts);

	if (!want)
		assert_null(line);
	else
		assert_ptr_equal(strstr(line, want), line);
	free(line);
}

/* Once: not before it is sent, nor when it was. */
TEST(begins_too_late)
{
	expect_line(NULL);
	scene.facts.now_ms = (scene.facts.released->not_after_seconds - 600) *
			     INT64_C(1000);
	expect_line("mail: a rollover takes ");
	scene_publish(&scene, 0, "a b");
	expect_line(NULL);
	scene_publish(&scene, 0, "a");
	scene.facts.live = scene.facts.released;
	expect_line(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits), cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test_setup_teardown(test_begins_too_late,
						open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
