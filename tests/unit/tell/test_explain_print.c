/* SPDX-License-Identifier: MIT */
#include "tell/explain.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/rollover.h"
#include "tell/deed.h"
#include "unit.h"

static char *print(struct action action, json_t *journal, size_t deeds)
{
	json_t *json = explain_json(&scene.facts, &action, NULL, journal);
	char *text;

	capture_begin();
	explain_print(json, deeds);
	text = capture_end();
	json_decref(json);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_say(&scene, 0, "a b", 3600);
	return 0;
}

TEST(the_inequality)
{
	char *text = print(rollover_next(&scene.facts), json_array(), 9);

	has(text, "mail: waiting until ");
	has(text, "\n  _25._tcp.mail.example.com.\n    a match is 3 1 1 ");
	has(text, " served {3 1 1 ");
	has(text, "s (TTL) and 120 s (margin) after that: 2027-01-15 ");
	has(text, "; 2 times 3600 s (ttl_factor, the longest TTL) after that: "
		  "2027-01-15 ");
	has(text, "so no cache holds a set without a match from then on: "
		  "2027-01-15 10:00:00 UTC, in 2 h\n");
	assert_null(strstr(text, "journal"));
	free(text);
}

TEST(nothing_to_wait_for)
{
	char *text;

	scene_close(&scene);
	scene_open(&scene, 'a', 'a');
	scene_say(&scene, 0, "a", 3600);
	text = print((struct action){ .step = STEP_NOTHING }, json_array(), 9);
	has(text, "mail: at rest\n");
	free(text);
}

TEST(lingering)
{
	char *text;

	scene.facts.probe = PROBE_SAW_NEW;
	scene.state->proven_ms = SCENE_NOW - 60000;
	text = print((struct action){ .step = STEP_WAIT,
		.reason = REASON_LINGER, .until_ms = SCENE_NOW + 1 },
		json_array(), 9);
	has(text, "services were seen to present the new certificate at "
		  "2027-01-15 07:59:00 UTC");
	has(text, "1 h (the longest TTL)");
	free(text);
}

/* Every record counts, be it of the certificate to come. */
TEST(a_target_that_is_removed)
{
	char *text;

	scene.state->removal = REMOVAL_DELETES;
	scene.facts.pin = true;
	text = print((struct action){ .step = STEP_WAIT,
		.reason = REASON_CACHES, .owner = &scene.owners[0],
		.until_ms = SCENE_NOW + 1 }, json_array(), 9);
	has(text, "\n    once no cache has a record any certificate will do\n");
	has(text, " still serves {3 1 1 ");
	has(text, "so nobody can tell yet from when on no cache holds a "
		  "record\n");
	assert_null(strstr(text, "from then on"));
	assert_null(strstr(text, "a match"));
	free(text);
	scene.state->removal = REMOVAL_KEEPS;
	text = print((struct action){ .step = STEP_REMOVED }, json_array(), 9);
	assert_null(strstr(text, "record from then on"));
	free(text);
}

/* The last ones. */
TEST(the_journal)
{
	struct tlsa_set add = cast_set("b");
	struct change change = { .owner = "o.", .add = add };
	struct action actions[] = {
		{ .step = STEP_RELOAD },
		{ .step = STEP_PUBLISH, .changes = { &change, 1 } },
		{ .step = STEP_RELEASE, .chain = cast_chain('b') },
		{ .step = STEP_LEAVE },
	};
	json_t *journal = json_array();
	char *text;

	for (size_t i = 0; i < COUNT(actions); i++)
		json_array_append_new(journal, deed_json(&scene.facts,
							 &actions[i]));
	text = print((struct action){ .step = STEP_NOTHING }, journal, 3);
	has(text, "journal:\n  2027-01-15 08:00:00 UTC  publish: ");
	has(text, "; o. + 3 1 1 ");
	has(text, "  release ");
	has(text, "; none from 2027-01-15 10:00:00 UTC on\n");
	has(text, "  leave: it is being removed, and no cache has a record any "
		  "more; none from ");
	assert_null(strstr(text, "  reload: "));
	tlsa_set_clear(&add);
	free(text);
}

/* What came from outside must not drive the terminal. */
TEST(a_forged_journal)
{
	json_t *journal = json_pack("[{s:i, s:s, s:s, s:i}, {}]", "ms", 1,
				    "deed", "\033[2J", "why", "a\nb",
				    "owners", 7);
	char *text = print((struct action){ .step = STEP_NOTHING }, journal,
			   9);

	has(text, "\\x1b[2J: a\\x0ab");
	assert_null(strchr(text, '\033'));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(the_inequality, open_here, close_scene),
		CASE_WITH(nothing_to_wait_for, open_here, close_scene),
		CASE_WITH(lingering, open_here, close_scene),
		CASE_WITH(a_target_that_is_removed, open_here, close_scene),
		CASE_WITH(the_journal, open_here, close_scene),
		CASE_WITH(a_forged_journal, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
