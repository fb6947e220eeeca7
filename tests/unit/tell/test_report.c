/* SPDX-License-Identifier: MIT */
#include "tell/report.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static int open_scene(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	return 0;
}

static void expect_line(const struct action *action, const char *const *parts)
{
	char *line = report_line(&scene.facts, action);

	assert_ptr_equal(strstr(line, "mail: "), line);
	for (; *parts; parts++)
		if (!strstr(line, *parts))
			fail_msg("\"%s\" is not in: %s", *parts, line);
	assert_null(strchr(line, '\n'));
	free(line);
}

#define expect_parts(action, ...) \
	expect_line(action, (const char *const[]){ __VA_ARGS__, NULL })

TEST(time)
{
	char text[TEXT_TIME_SIZE];

	assert_string_equal(text_time(0, text), "1970-01-01 00:00:00 UTC");
	assert_string_equal(text_time(SCENE_NOW, text),
			    "2027-01-15 08:00:00 UTC");
}

/* Every step and every reason has words of its own. */
TEST(all_steps_and_reasons)
{
	struct tlsa_set add = cast_set("a");
	struct change change = { .owner = scene.owners[0].owner, .add = add };
	struct action action = { .owner = &scene.owners[0],
				 .sighting = &scene.views[0].sightings[1],
				 .changes = { &change, 1 } };

	scene.facts.disk_trouble = -EIO;
	for (int step = STEP_NOTHING; step <= STEP_SETTLE; step++)
		assert_string_not_equal(report_step((enum step)step), "?");
	for (int reason = REASON_CERTBOT_WRITES; reason <= REASON_DENIED;
	     reason++) {
		json_t *json;
		char *line;

		action.step = STEP_STUCK;
		action.reason = (enum reason)reason;
		line = report_line(&scene.facts, &action);
		if (reason != REASON_PROBE && strlen(line) < 20)
			fail_msg("reason %d: %s", reason, line);
		json = report_json(&scene.facts, &action, NULL);
		assert_string_equal(json_string_value(json_object_get(json,
								      "line")),
				    line);
		assert_string_not_equal(json_string_value(
			json_object_get(json, "reason")), "none");
		json_decref(json);
		free(line);
	}
	tlsa_set_clear(&add);
}

TEST(until)
{
	struct action action = { .step = STEP_WAIT, .reason = REASON_CACHES,
				 .owner = &scene.owners[0],
				 .until_ms = SCENE_NOW };

	expect_parts(&action, "until 2027-01-15 08:00:00 UTC", "caches");
	action.until_ms = INT64_C(2000000001) * 1000;
	expect_parts(&action, "expires before");
}

static const char *text_at(const json_t *json, const char *field)
{
	return json_string_value(json_object_get(json, field));
}

TEST(json)
{
	struct action action = { .step = STEP_WAIT, .reason = REASON_CACHES,
				 .owner = &scene.owners[0],
				 .until_ms = SCENE_NOW };
	json_t *json = report_json(&scene.facts, &action, NULL);
	json_t *owner, *servers, *server;
	char leaf[FINGERPRINT_TEXT_SIZE];

	assert_string_equal(text_at(json, "target"), "mail");
	assert_string_equal(text_at(json, "step"), "waiting");
	assert_string_equal(text_at(json, "reason"), "caches");
	assert_string_equal(text_at(json, "until"),
			    "2027-01-15 08:00:00 UTC");
	assert_string_equal(text_at(json, "links"), "pinned to version 1");
	assert_string_equal(text_at(json_object_get(json, "live"), "leaf"),
			    fingerprint_format(&cast_chain('b')->leaf, leaf));
	owner = json_array_get(json_object_get(json, "owners"), 0);
	assert_string_equal(text_at(owner, "zone"), "example.com.");
	assert_int_equal(json_array_size(json_object_get(owner, "wanted")), 1);
	servers = json_object_get(owner, "servers");
	assert_int_equal(json_array_size(servers), 2);
	server = json_array_get(servers, 1);
	assert_string_equal(text_at(server, "address"), "192.0.2.2");
	assert_true(json_is_false(json_object_get(server, "ok")));
	json_decref(json);
	scene_say(&scene, 0, "a b", 3600);
	json = report_json(&scene.facts, &action, "it failed");
	assert_string_equal(text_at(json, "step"), "failed");
	assert_string_equal(text_at(json, "line"), "it failed");
	owner = json_array_get(json_object_get(json, "owners"), 0);
	server = json_array_get(json_object_get(owner, "servers"), 1);
	assert_true(json_is_true(json_object_get(server, "ok")));
	json_decref(json);
}

TEST(json_of_a_fresh_target)
{
	struct action action = { .step = STEP_ADOPT };
	struct scene fresh;
	json_t *json;

	scene_open(&fresh, 0, 0);
	json = report_json(&fresh.facts, &action, NULL);
	assert_true(json_is_null(json_object_get(json, "released")));
	assert_true(json_is_null(json_object_get(json, "live")));
	assert_null(text_at(json, "until"));
	json_decref(json);
	scene_close(&fresh);
}

/* What is no UTF-8 must not take the whole report away. */
TEST(bad_octets)
{
	struct action action = { .step = STEP_WAIT, .reason = REASON_PROBE };
	json_t *json;

	scene.facts.probe_detail = lent("\xff\xfe");
	scene.views[0].sightings[1].detail = lent("\xc3");
	json = report_json(&scene.facts, &action, NULL);
	assert_non_null(json);
	json_decref(json);
	json = report_json(&scene.facts, &action, "no \374 here");
	assert_string_equal(json_string_value(json_object_get(json, "line")),
			    "no \\xfc here");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(time),
		CASE(all_steps_and_reasons),
		CASE(until),
		CASE(json),
		CASE(json_of_a_fresh_target),
		CASE(bad_octets),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
