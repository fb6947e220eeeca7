/* SPDX-License-Identifier: MIT */
#include "tell/timeline.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/rollover.h"
#include "unit.h"

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_say(&scene, 0, "a b", 3600);
	return 0;
}

/* A deed a second, the first at 1000 ms, as a letter each. */
static json_t *journal_of(const char *deeds)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {
		{ 'p', "publish" }, { 'r', "release" }, { 'v', "proven" },
		{ 's', "shed" }, { 'd', "delete" }, { '.', "settle" },
	};
	json_t *journal = json_array();

	for (int ms = 1000; *deeds; deeds++, ms += 1000)
		for (size_t i = 0; i < COUNT(words); i++)
			if (words[i].letter == *deeds)
				json_array_append_new(journal, json_pack(
					"{s:s, s:i}", "deed", words[i].word,
					"ms", ms));
	return journal;
}

static json_t *timeline(const char *deeds)
{
	json_t *journal = journal_of(deeds);
	json_t *json = timeline_json(&scene.facts, journal);

	json_decref(journal);
	return json;
}

static const json_t *event(const json_t *json, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json, i, one)
		if (streq(json_string_value(json_object_get(one, "event")),
			  word))
			return one;
	fail_msg("no %s", word);
	return NULL;
}

static void expect_event(const json_t *json, const char *word,
			 const char *state, int64_t at_ms)
{
	const json_t *at = json_object_get(event(json, word), "at_ms");

	assert_string_equal(json_string_value(json_object_get(event(json, word),
							      "state")), state);
	assert_int_equal(json_is_null(at) ? 0 : json_integer_value(at), at_ms);
}

/* Of the rollover before, nothing. */
TEST(caches_are_waited_for)
{
	json_t *json = timeline("prvsd.p");
	int64_t until_ms = SCENE_NOW + 7200000;

	expect_event(json, "published", "done", 7000);
	expect_event(json, "confirmed", "done", SCENE_NOW);
	expect_event(json, "caches empty", "now", until_ms);
	expect_event(json, "released", "to come", until_ms);
	expect_event(json, "proven", "to come", 0);
	expect_event(json, "settled", "to come", 0);
	json_decref(json);
}

TEST(a_server_is_waited_for)
{
	json_t *json;

	view_say(&scene.views[0], 1, "a", 3600);
	json = timeline("p");
	expect_event(json, "published", "done", 1000);
	expect_event(json, "confirmed", "now", 0);
	expect_event(json, "caches empty", "to come", 0);
	json_decref(json);
}

/* The zone cannot be found, or none of its servers has an address. */
TEST(nobody_can_be_asked)
{
	static const struct survey_owner nobody = { .detail = NULL };
	json_t *json;

	scene_publish(&scene, 0, "a b");
	scene.owners[0].seen = &nobody;
	json = timeline("p");
	expect_event(json, "published", "done", 1000);
	expect_event(json, "confirmed", "now", 0);
	json_decref(json);
}

TEST(nothing_is_published)
{
	json_t *json;

	scene_say(&scene, 0, "a", 3600);
	json = timeline("prvsd.");
	expect_event(json, "issued", "done",
		     cast_chain('b')->not_before_seconds * 1000);
	expect_event(json, "published", "now", 0);
	json_decref(json);
}

static void release(void)
{
	scene_close(&scene);
	scene_open(&scene, 'b', 'b');
	scene_say(&scene, 0, "a b", 3600);
	scene_present(&scene, "ab");
}

TEST(after_the_release)
{
	json_t *json;

	release();
	json = timeline("pr");
	expect_event(json, "released", "done", 2000);
	expect_event(json, "proven", "now", 0);
	json_decref(json);
	scene.state->proven_ms = SCENE_NOW - 1;
	json = timeline("prv");
	expect_event(json, "proven", "done", 3000);
	expect_event(json, "out of service", "now",
		     rollover_find_shedding(&scene.facts).until_ms);
	json_decref(json);
	scene_present(&scene, "b");
	json = timeline("prvs");
	expect_event(json, "out of service", "done", 4000);
	expect_event(json, "deleted", "now", 0);
	json_decref(json);
}

/* Then it is the last one that is shown. */
TEST(at_rest)
{
	json_t *json;

	release();
	scene_present(&scene, "b");
	settle('b');
	scene.facts.config_settled = true;
	json = timeline("p.prvsd.");
	expect_event(json, "published", "done", 3000);
	expect_event(json, "deleted", "done", 7000);
	expect_event(json, "settled", "done", 8000);
	json_decref(json);
}

TEST(nothing_is_managed)
{
	json_t *json;

	scene_close(&scene);
	scene_open(&scene, 0, 0);
	json = timeline("p");
	assert_int_equal(json_array_size(json), 0);
	json_decref(json);
}

static char *printed(bool drawn)
{
	json_t *json = timeline("p");
	char *text;

	capture_begin();
	timeline_print(json, SCENE_NOW, drawn);
	text = capture_end();
	json_decref(json);
	return text;
}

/* Plain lines have nothing in them that drives a terminal. */
TEST(for_people)
{
	char *text = printed(false);

	assert_non_null(strstr(text, "    now      caches empty   2027-01-15 "
			       "10:00:00 UTC, in 2 h\n"));
	assert_non_null(strstr(text, "    to come  proven\n"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = printed(true);
	assert_non_null(strstr(text, "    |\n    \033[1m>> caches empty   "));
	assert_non_null(strstr(text, "    :\n    o  released       "
			       "2027-01-15 "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(caches_are_waited_for, open_here, close_scene),
		CASE_WITH(a_server_is_waited_for, open_here, close_scene),
		CASE_WITH(nobody_can_be_asked, open_here, close_scene),
		CASE_WITH(nothing_is_published, open_here, close_scene),
		CASE_WITH(after_the_release, open_here, close_scene),
		CASE_WITH(at_rest, open_here, close_scene),
		CASE_WITH(nothing_is_managed, open_here, close_scene),
		CASE_WITH(for_people, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
