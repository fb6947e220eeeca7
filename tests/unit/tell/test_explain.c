/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static const char *text(const json_t *json, const char *field)
{
	return json_string_value(json_object_get(json, field));
}

static json_t *explain(struct action action, const char *failure)
{
	return explain_json(&scene.facts, &action, failure, json_array());
}

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_say(&scene, 0, "a b", 3600);
	return 0;
}

TEST(why_not_yet)
{
	json_t *json = explain(rollover_next(&scene.facts), NULL);
	const json_t *chain = json_object_get(json, "certificate");

	assert_string_equal(text(json, "schema"), "explain-1");
	assert_string_equal(text(json, "target"), "mail");
	assert_string_equal(text(json, "step"), "waiting");
	assert_string_equal(text(json, "reason"), "caches");
	assert_int_equal(json_integer_value(json_object_get(json, "ms")),
			 SCENE_NOW);
	assert_int_equal(strlen(text(json, "until")),
			 strlen("2027-01-15T08:00:00.000Z"));
	assert_true(json_integer_value(json_object_get(json, "until_ms")) >
		    SCENE_NOW);
	assert_int_equal(json_integer_value(json_object_get(chain, "version")),
			 scene.facts.live_number);
	assert_int_equal(json_array_size(json_object_get(json, "owners")), 1);
	assert_true(json_is_null(json_object_get(json, "shed")));
	json_decref(json);
}

TEST(what_lingers)
{
	json_t *json = explain((struct action){ .step = STEP_WAIT,
		.reason = REASON_LINGER, .until_ms = SCENE_NOW + 1 }, NULL);

	assert_true(json_is_object(json_object_get(json, "shed")));
	json_decref(json);
}

TEST(what_failed)
{
	json_t *json = explain((struct action){ .step = STEP_PUBLISH },
			       "mail: no");

	assert_string_equal(text(json, "step"), "failed");
	assert_string_equal(text(json, "line"), "mail: no");
	assert_true(json_is_null(json_object_get(json, "until")));
	json_decref(json);
}

/* Neither live nor anything in service. */
TEST(no_certificate)
{
	json_t *json;

	scene.facts.live = scene.facts.released = NULL;
	scene.facts.next = NULL;
	json = explain((struct action){ .step = STEP_STUCK,
		.reason = REASON_LOST }, NULL);
	assert_true(json_is_null(json_object_get(json, "certificate")));
	assert_int_equal(json_array_size(json_object_get(json, "owners")), 0);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(why_not_yet, open_here, close_scene),
		CASE_WITH(what_lingers, open_here, close_scene),
		CASE_WITH(what_failed, open_here, close_scene),
		CASE_WITH(no_certificate, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
