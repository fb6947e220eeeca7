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
	for (int step = STEP_NOTHING; step <= STEP_REMOVED; step++)
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

/* The words that dist/schema lists under NAME. */
static json_t *listed(const char *file, const char *name, json_t **schema)
{
	json_t *either;

	*schema = json_load_file(file, 0, NULL);
	assert_non_null(*schema);
	either = json_object_get(json_object_get(json_object_get(*schema,
						 "$defs"), name), "anyOf");
	return json_object_get(json_array_get(either, 0), "enum");
}

static bool has_word(const json_t *words, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(words, i, one)
		if (streq(json_string_value(one), word))
			return true;
	return false;
}

/* Those of the program, "failed" and "configuration", and no others. */
static void expect_words(const char *file)
{
	json_t *schema, *words = listed(file, "step", &schema);

	for (int step = STEP_NOTHING; step <= STEP_SETTLE; step++)
		assert_true(has_word(words, report_step((enum step)step)));
	assert_true(has_word(words, "failed"));
	assert_int_equal(json_array_size(words), STEP_REMOVED + 2);
	json_decref(schema);
	words = listed(file, "reason", &schema);
	for (int reason = 0; reason <= REASON_OUTSIDE; reason++)
		assert_true(has_word(words,
				     report_reason((enum reason)reason)));
	assert_true(has_word(words, "configuration"));
	assert_int_equal(json_array_size(words), REASON_OUTSIDE + 2);
	json_decref(schema);
}

TEST(the_schemas_list_every_word)
{
	expect_words(TOP_SRCDIR "/dist/schema/status.json");
	expect_words(TOP_SRCDIR "/dist/schema/explain.json");
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

/* No number of an error that was none. */
TEST(what_is_held_cannot_be_read)
{
	struct action action = { .step = STEP_STUCK, .reason = REASON_DISK };

	scene.facts.held_unread = true;
	expect_parts(&action, "state directory", "see to the disk");
	scene.facts.disk_trouble = -EIO;
	expect_parts(&action, "in service cannot be read", strerror(EIO));
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
			    "2027-01-15T08:00:00.000Z");
	assert_int_equal(json_integer_value(json_object_get(json, "until_ms")),
			 SCENE_NOW);
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

/* Who reads JSON finds every field, whatever is known of the target. */
TEST(json_of_what_cannot_be_looked_at)
{
	struct alarm_note alarm = { .text = lent("no \374"), .since_ms = 1 };
	struct action action = { .step = STEP_WAIT };
	json_t *full = report_json(&scene.facts, &action, NULL);
	json_t *bare = report_bare_json("mail", "state", "mail: no", &alarm,
					SCENE_NOW);
	const json_t *value;
	const char *field;

	json_object_foreach(full, field, value)
		if (!json_object_get(bare, field))
			fail_msg("%s is missing", field);
	assert_int_equal(json_object_size(bare), json_object_size(full));
	assert_string_equal(text_at(bare, "step"), "failed");
	assert_string_equal(text_at(bare, "reason"), "state");
	assert_string_equal(text_at(json_object_get(bare, "alarm"), "since"),
			    "1970-01-01T00:00:00.001Z");
	json_decref(bare);
	json_decref(full);
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
		CASE(the_schemas_list_every_word),
		CASE(until),
		CASE(what_is_held_cannot_be_read),
		CASE(json),
		CASE(json_of_what_cannot_be_looked_at),
		CASE(json_of_a_fresh_target),
		CASE(bad_octets),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
