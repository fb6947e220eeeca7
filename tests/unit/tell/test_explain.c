/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/text.h"
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

	assert_int_equal(json_integer_value(json_object_get(json, "schema")),
			 1);
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

TEST(times_are_told_in_words_as_well)
{
	json_t *json = explain(rollover_next(&scene.facts), NULL);
	json_t *owner = json_array_get(json_object_get(json, "owners"), 0);
	json_t *ledger = json_array_get(json_object_get(owner, "ledgers"), 0);
	json_t *term = json_array_get(json_object_get(ledger, "served"), 0);
	char when[TEXT_TIME_SIZE];

	assert_string_equal(text(ledger, "safe"), text_time_exact(
		json_integer_value(json_object_get(ledger, "safe_ms")), when));
	assert_string_equal(text(term, "last"), text_time_exact(
		json_integer_value(json_object_get(term, "last_ms")), when));
	json_decref(json);
}

/* Who reads JSON finds every field, whatever is known of the target. */
TEST(without_a_state)
{
	json_t *full = explain((struct action){ .step = STEP_WAIT }, NULL);
	json_t *bare = explain_bare_json("mail", "mail: no", json_array(),
					 SCENE_NOW);
	const json_t *value;
	const char *field;

	json_object_foreach(full, field, value)
		if (!json_object_get(bare, field))
			fail_msg("%s is missing", field);
	assert_int_equal(json_object_size(bare), json_object_size(full));
	assert_string_equal(text(bare, "step"), "failed");
	json_decref(bare);
	json_decref(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(why_not_yet, open_here, close_scene),
		CASE_WITH(what_lingers, open_here, close_scene),
		CASE_WITH(what_failed, open_here, close_scene),
		CASE_WITH(no_certificate, open_here, close_scene),
		CASE_WITH(times_are_told_in_words_as_well, open_here,
			  close_scene),
		CASE_WITH(without_a_state, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
