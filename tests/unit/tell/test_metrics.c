/* SPDX-License-Identifier: MIT */
#include "tell/metrics.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static struct target target;
static struct pass pass;

static int open_here(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	target = (struct target){ .config = &scene.target,
				  .state = scene.state,
				  .facts = scene.facts };
	pass = (struct pass){ .targets = { &target, 1, -1 } };
	return 0;
}

static void expect_line(const char *line, bool there)
{
	struct moment now = { .wall_ms = SCENE_NOW + 250 };
	char *text = metrics_text(&pass, &now);
	char *whole = xasprintf("\n%s\n", line);

	if (!strstr(text, whole) == there)
		fail_msg("%s \"%s\":\n%s", there ? "lacks" : "has", line,
			 text);
	free(whole);
	free(text);
}

TEST(waiting)
{
	target.action = (struct action){ .step = STEP_WAIT,
		.reason = REASON_CACHES, .until_ms = SCENE_NOW + 60000 };
	expect_line("alnitak_run_timestamp_seconds 1800000000.250", true);
	expect_line("alnitak_targets 1", true);
	expect_line("alnitak_step{target=\"mail\",step=\"waiting\","
	       "reason=\"caches\"} 1", true);
	expect_line("alnitak_wait_until_timestamp_seconds{target=\"mail\"} "
	       "1800000060.000", true);
	expect_line("alnitak_alarm{target=\"mail\"} 0.000", true);
	expect_line("# TYPE alnitak_alarm gauge", true);
	for (size_t i = 0; i < 2; i++) {
		const struct chain *chain = i ? target.facts.live :
					    target.facts.released;
		char *line = xasprintf("alnitak_%s_expiry_timestamp_seconds{"
				       "target=\"mail\"} %lld.000",
				       i ? "live" : "released",
				       (long long)chain->not_after_seconds);

		expect_line(line, chain->not_after_seconds > 0);
		free(line);
	}
}

TEST(an_alarm)
{
	target.action = (struct action){ .step = STEP_STUCK,
					 .reason = REASON_RELOAD };
	alarm_note_found(&scene.state->alarm, "reload failed",
			 SCENE_NOW - 5000);
	expect_line("alnitak_alarm{target=\"mail\"} 1.000", true);
	expect_line("alnitak_alarm_since_timestamp_seconds{target=\"mail\"} "
	       "1799999995.000", true);
	expect_line("alnitak_step{target=\"mail\",step=\"stuck\","
	       "reason=\"reload\"} 1", true);
}

/* Its state could not be read. */
TEST(damaged)
{
	target = (struct target){ .config = &scene.target,
				  .damage = lent("mail: no"),
				  .failure = lent("mail: no") };
	expect_line("alnitak_alarm{target=\"mail\"} 1.000", true);
	expect_line("alnitak_step{target=\"mail\",step=\"failed\","
	       "reason=\"state\"} 1", true);
}

/* A name cannot end its label. */
TEST(labels)
{
	scene.target.name = lent("a\"b\\c\nd");
	expect_line("alnitak_alarm{target=\"a\\\"b\\\\c\\nd\"} 0.000", true);
	scene.target.name = lent("mail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(waiting, open_here, close_scene),
		CASE_WITH(an_alarm, open_here, close_scene),
		CASE_WITH(damaged, open_here, close_scene),
		CASE_WITH(labels, open_here, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
