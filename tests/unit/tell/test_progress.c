/* SPDX-License-Identifier: MIT */
#include "tell/progress.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "tell/report.h"
#include "unit.h"

static int open_here(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	open_pending();
	return 0;
}

static void expect_line(struct action action, const char *failure,
			int64_t now_ms, const char *want)
{
	json_t *report = report_json(&scene.facts, &action, failure);
	char *line = progress_line(report, now_ms);

	if (!strstr(line, want))
		fail_msg("\"%s\" is not in \"%s\"", want, line);
	free(line);
	json_decref(report);
}

TEST(a_wait)
{
	struct action caches = { .step = STEP_WAIT, .reason = REASON_CACHES,
				 .until_ms = SCENE_NOW + 312000,
				 .owner = &scene.owners[0] };
	struct action linger = { .step = STEP_WAIT, .reason = REASON_LINGER };

	expect_line(caches, NULL, SCENE_NOW, "mail: published, waiting for "
		    "caches until 2027-01-15 08:05:12 UTC (in 5 min 12 s), "
		    "then release; ");
	expect_line(caches, NULL, 0, " until 2027-01-15 08:05:12 UTC, then ");
	caches.until_moves = true;
	expect_line(caches, NULL, SCENE_NOW, " (in 5 min 12 s) at the "
		    "earliest, counted from the next run, then release; ");
	/* Nothing that goes on changing by itself. */
	expect_line(caches, NULL, 0, "waiting for caches, then release");
	expect_line(linger, NULL, SCENE_NOW, "waiting for old connections, "
		    "then release: the old record stays until ");
}

TEST(other_steps)
{
	expect_line((struct action){ .step = STEP_NOTHING }, NULL, SCENE_NOW,
		    "mail: published; ");
	expect_line((struct action){ .step = STEP_STUCK,
				     .reason = REASON_LOST }, NULL, SCENE_NOW,
		    "mail: published, stuck: the files of the certificate in ");
	expect_line((struct action){ .step = STEP_RELEASE }, NULL, SCENE_NOW,
		    "mail: published, the next run: release the new ");
	expect_line((struct action){ .step = STEP_PUBLISH }, "mail: no",
		    SCENE_NOW, "mail: published, failed: no; ");
}

/* How long it lasts, and whether that is long enough. */
TEST(what_is_left)
{
	struct action action = { .step = STEP_NOTHING };
	int64_t ends_ms = scene.facts.released->not_after_seconds * 1000;

	expect_line(action, NULL, ends_ms - 3 * DAY * INT64_C(1000),
		    "; 3 d left");
	expect_line(action, NULL, ends_ms + 60000, "; expired 1 min ago");
	action = (struct action){ .step = STEP_WAIT, .reason = REASON_CACHES,
				  .until_ms = ends_ms + 1,
				  .owner = &scene.owners[0] };
	expect_line(action, NULL, SCENE_NOW,
		    "; the certificate in service expires before");
}

/* It is told once, and before all else. */
TEST(an_alarm)
{
	struct action action = { .step = STEP_STUCK, .reason = REASON_LOST };

	scene.state->alarm.text = report_line(&scene.facts, &action);
	scene.state->alarm.since_ms = SCENE_NOW - 1000;
	expect_line(action, NULL, 0, "mail: ALARM since 2027-01-15 07:59:59 "
		    "UTC: stuck: the files of the certificate in ");
	expect_line(action, NULL, 0, "run certbot; published");
	expect_line((struct action){ .step = STEP_NOTHING }, NULL, 0,
		    "; published");
}

TEST(nothing_is_known)
{
	const struct alarm_note none = { .text = NULL };
	json_t *report = report_bare_json("mail", "state", "mail: no", &none,
					  SCENE_NOW);
	char *line = progress_line(report, SCENE_NOW);

	assert_string_equal(line, "mail: unknown, failed: no");
	assert_true(progress_is_alarm(report));
	free(line);
	json_decref(report);
}

TEST(every_phase_and_wait_is_in_the_schema)
{
	char *text = NULL;
	json_t *schema = json_load_file(TOP_SRCDIR "/dist/schema/status.json",
					0, NULL);

	assert_non_null(schema);
	text = json_dumps(schema, 0);
	for (int phase = 0; phase <= PHASE_REMOVED; phase++) {
		char *word = xasprintf("\"%s\"",
				       progress_phase((enum phase)phase));

		assert_non_null(strstr(text, word));
		free(word);
	}
	for (int reason = 0; reason <= REASON_OUTSIDE; reason++) {
		const char *who = progress_waits_for((enum reason)reason);
		char *word = xasprintf("\"%s\"", who ? who : "certbot");

		assert_non_null(strstr(text, word));
		free(word);
	}
	free(text);
	json_decref(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(a_wait, open_here, close_scene),
		CASE_WITH(other_steps, open_here, close_scene),
		CASE_WITH(what_is_left, open_here, close_scene),
		CASE_WITH(an_alarm, open_here, close_scene),
		CASE_WITH(nothing_is_known, open_here, close_scene),
		cmocka_unit_test(test_every_phase_and_wait_is_in_the_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
