/* SPDX-License-Identifier: MIT */
#include "tell/deed.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static const char *text(const json_t *json, const char *field)
{
	return json_string_value(json_object_get(json, field));
}

static int open_here(void **state)
{
	(void)state;
	open_pending();
	return 0;
}

/* Each has a word of its own, or is none. */
TEST(words)
{
	static const struct {
		enum step step;
		const char *deed;
	} rows[] = {
		{ STEP_NOTHING, NULL }, { STEP_WAIT, NULL },
		{ STEP_STUCK, NULL }, { STEP_ADOPT, "adopt" },
		{ STEP_LINKS, "links" }, { STEP_ACCEPT, "release" },
		{ STEP_SURVEY, NULL }, { STEP_PUBLISH, "publish" },
		{ STEP_RELEASE, "release" }, { STEP_RELOAD, "reload" },
		{ STEP_PROBE, NULL }, { STEP_PROVEN, "proven" },
		{ STEP_SHED, "shed" }, { STEP_RETIRE, "delete" },
		{ STEP_SETTLE, "settle" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct action action = { .step = rows[i].step,
					 .chain = cast_chain('b') };
		json_t *deed = deed_json(&scene.facts, &action);

		assert_true(!deed == !rows[i].deed);
		if (deed) {
			assert_string_equal(text(deed, "deed"), rows[i].deed);
			assert_string_equal(text(deed, "time"),
					    "2027-01-15T08:00:00.000Z");
			assert_string_equal(text(deed, "target"), "mail");
			assert_non_null(text(deed, "why"));
		}
		json_decref(deed);
	}
}

TEST(a_release_has_its_proof)
{
	struct action action = { .step = STEP_RELEASE,
				 .chain = scene.facts.live };
	json_t *deed = deed_json(&scene.facts, &action);
	json_t *chain = json_object_get(deed, "certificate");

	assert_int_equal(json_array_size(json_object_get(deed, "owners")), 1);
	assert_int_equal(json_integer_value(json_object_get(chain, "version")),
			 scene.facts.live_number);
	assert_int_equal(strlen(text(chain, "leaf")), 64);
	json_decref(deed);
}

TEST(changes_are_named)
{
	struct tlsa_set add = cast_set("a"), remove = cast_set("b x");
	struct change change = { .owner = "o.", .add = add, .remove = remove };
	struct action action = { .step = STEP_PUBLISH,
				 .changes = { &change, 1 } };
	json_t *deed = deed_json(&scene.facts, &action);
	json_t *only = json_array_get(json_object_get(deed, "changes"), 0);

	assert_string_equal(text(only, "owner"), "o.");
	assert_int_equal(json_array_size(json_object_get(only, "add")), 1);
	assert_int_equal(json_array_size(json_object_get(only, "remove")), 2);
	json_decref(deed);
	tlsa_set_clear(&add);
	tlsa_set_clear(&remove);
}

TEST(shedding_is_reckoned)
{
	struct action action = { .step = STEP_SHED };
	json_t *deed, *shed;

	scene.state->reloaded_ms = SCENE_NOW - 5000;
	scene.state->proven_ms = SCENE_NOW - 1000;
	scene.target.linger_seconds = 7;
	scene.facts.probe = PROBE_UNSEEN;
	deed = deed_json(&scene.facts, &action);
	shed = json_object_get(deed, "shed");
	assert_true(json_is_false(json_object_get(shed, "seen")));
	assert_int_equal(json_integer_value(json_object_get(shed, "from_ms")),
			 SCENE_NOW - 1000);
	json_decref(deed);
	scene.state->proven_ms = 0;
	deed = deed_json(&scene.facts, &action);
	shed = json_object_get(deed, "shed");
	assert_int_equal(json_integer_value(json_object_get(shed, "from_ms")),
			 SCENE_NOW - 5000);
	json_decref(deed);
	scene.state->proven_ms = SCENE_NOW - 1000;
	scene.facts.probe = PROBE_SAW_NEW;
	deed = deed_json(&scene.facts, &action);
	shed = json_object_get(deed, "shed");
	assert_true(json_is_true(json_object_get(shed, "seen")));
	assert_int_equal(json_integer_value(json_object_get(shed, "until_ms")),
			 SCENE_NOW - 1000 + json_integer_value(
				json_object_get(shed, "grace_ms")));
	json_decref(deed);
}

/* The look once an hour is no news. */
TEST(settled_again)
{
	struct action action = { .step = STEP_SETTLE };
	json_t *deed;

	settle('a');
	/* As a survey leaves it. */
	scene.state->has_settled = false;
	scene.facts.config_settled = true;
	deed = deed_json(&scene.facts, &action);
	assert_null(deed);
	scene.facts.config_settled = false;
	deed = deed_json(&scene.facts, &action);
	assert_non_null(deed);
	json_decref(deed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(words, open_here, close_scene),
		CASE_WITH(a_release_has_its_proof, open_here, close_scene),
		CASE_WITH(changes_are_named, open_here, close_scene),
		CASE_WITH(shedding_is_reckoned, open_here, close_scene),
		CASE_WITH(settled_again, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
