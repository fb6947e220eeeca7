/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "tell/alarm.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"

#define HOUR_MS (3600 * 1000)
#define NOW_MS 1700000000000

struct scene {
	struct config_target config;
	struct target target;
	struct source source;
	struct world world;
	int64_t now_ms;
};

static void scene_now(struct world *world, struct moment *now)
{
	const struct scene *scene = world->self;

	*now = (struct moment){ .wall_ms = scene->now_ms };
}

static void scene_init(struct scene *scene, enum step step,
		       enum reason reason)
{
	static const struct calling run = { .looks_again = true };

	*scene = (struct scene){ .config = { .name = lent("mail") },
		.world = { .self = scene, .now = scene_now },
		.source = { .world = &scene->world, .calling = &run },
		.now_ms = NOW_MS };
	scene->target.config = &scene->config;
	scene->target.state = state_new("mail");
	scene->target.line = xstrdup("mail: a line");
	scene->target.facts.now_ms = NOW_MS;
	scene->target.facts.state = scene->target.state;
	scene->target.action.step = step;
	scene->target.action.reason = reason;
}

static void scene_clear(struct scene *scene)
{
	free(scene->target.line);
	state_free(scene->target.state);
}

/* One pass of whatever SCENE is; what it says with level normal. */
static char *tell(struct scene *scene)
{
	char *text;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	alarm_tell(&scene->source, &scene->target);
	text = capture_end();
	log_close();
	return text;
}

/* Trouble of an earlier run. */
static void leave_alarm(struct scene *scene)
{
	alarm_note_found(&scene->target.state->alarm, "mail: before", NOW_MS);
}

static void expect_told(struct scene *scene, const char *want)
{
	char *text = tell(scene);

	assert_string_equal(text, want);
	free(text);
}

static void test_trouble_is_told_until_it_ends(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	expect_told(&scene, "error: mail: a line\n");
	assert_true(alarm_needs_person(&scene.target));
	assert_string_equal(scene.target.state->alarm.text, "mail: a line");
	assert_int_equal(scene.target.state->alarm.since_ms, NOW_MS);
	assert_true(scene.target.unsaved);

	scene.target.unsaved = false;
	scene.now_ms += HOUR_MS;
	expect_told(&scene, "error: mail: a line; since 2023-11-14 22:13:20 "
		    "UTC\n");
	assert_false(scene.target.unsaved);

	/* Other trouble is the same alarm. */
	free(scene.target.line);
	scene.target.line = xstrdup("mail: another");
	expect_told(&scene, "error: mail: another; since 2023-11-14 22:13:20 "
		    "UTC\n");
	assert_true(scene.target.unsaved);

	scene.target.unsaved = false;
	scene.target.action.step = STEP_NOTHING;
	expect_told(&scene, "mail: over: mail: another\n");
	assert_null(scene.target.state->alarm.text);
	assert_true(scene.target.unsaved);
	scene.target.unsaved = false;
	expect_told(&scene, "");
	assert_false(scene.target.unsaved);
	scene_clear(&scene);
}

/* Services are not looked at by hooks: what these did wrong is not over. */
static void test_a_hook_that_saw_no_service_ends_nothing(void **context)
{
	static const struct calling hook = { .is_hook = true };
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_NOTHING, REASON_NONE);
	leave_alarm(&scene);
	scene.source.calling = &hook;
	expect_told(&scene, "");
	assert_non_null(scene.target.state->alarm.text);
	scene.target.probe = PROBE_SAW_NEW;
	expect_told(&scene, "mail: over: mail: before\n");
	leave_alarm(&scene);
	scene.target.probe = PROBE_NOT_ASKED;
	scene.config.probe = CONFIG_PROBE_OFF;
	expect_told(&scene, "mail: over: mail: before\n");
	scene_clear(&scene);
}

/* A command that waits makes many passes, and says what is news. */
static void test_one_command_tells_once(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	expect_told(&scene, "error: mail: a line\n");
	scene.source.has_told = true;
	expect_told(&scene, "");
	free(scene.target.line);
	scene.target.line = xstrdup("mail: another");
	expect_told(&scene, "error: mail: another; since 2023-11-14 22:13:20 "
		    "UTC\n");
	scene_clear(&scene);
}

/* No alarm: it ends by itself. */
static void test_a_wait_that_can_be_cut_short(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_WAIT, REASON_UNANSWERED);
	scene.target.action.until_ms = NOW_MS + HOUR_MS;
	expect_told(&scene, "warning: mail: a line\n");
	assert_false(alarm_needs_person(&scene.target));
	scene.source.has_told = true;
	expect_told(&scene, "");
	scene.source.has_told = false;
	scene.target.action.reason = REASON_CACHES;
	expect_told(&scene, "");
	scene_clear(&scene);
}

/* What did not look cannot say that it is over, nor that a wait is. */
static void test_a_pass_that_saw_nothing_ends_nothing(void **context)
{
	static const struct { bool local_only; enum step step;
			      enum reason reason; } cases[] = {
		{ true, STEP_NOTHING, REASON_NONE },
		{ false, STEP_WAIT, REASON_TIME },
		{ false, STEP_WAIT, REASON_CERTBOT_WRITES },
		/* Resolvers elsewhere are asked after it. */
		{ false, STEP_WAIT, REASON_CACHES },
	};
	struct scene scene;

	(void)context;
	for (size_t i = 0; i < COUNT(cases); i++) {
		scene_init(&scene, STEP_STUCK, REASON_ZONE);
		scene.target.state->stalled_ms = NOW_MS - 1;
		scene.target.state->outside_ms = NOW_MS - 1;
		leave_alarm(&scene);
		scene.source.local_only = cases[i].local_only;
		scene.target.action.step = cases[i].step;
		scene.target.action.reason = cases[i].reason;
		expect_told(&scene, "");
		assert_string_equal(scene.target.state->alarm.text,
				    "mail: before");
		assert_int_equal(scene.target.state->stalled_ms, NOW_MS - 1);
		assert_false(scene.target.unsaved);
		scene_clear(&scene);
	}
}

/* Who only looks shows what the last run left. */
static void test_what_stands_is_shown(void **context)
{
	struct scene scene;
	char *line;

	(void)context;
	scene_init(&scene, STEP_NOTHING, REASON_NONE);
	assert_false(alarm_stands(&scene.source, &scene.target));
	leave_alarm(&scene);
	assert_false(alarm_stands(&scene.source, &scene.target));
	scene.source.dry_run = true;
	assert_true(alarm_stands(&scene.source, &scene.target));
	line = alarm_line(&scene.target.state->alarm);
	assert_string_equal(line, "since 2023-11-14 22:13:20 UTC: mail: "
			    "before");
	free(line);
	scene.target.state->alarm.since_ms = 0;
	line = alarm_line(&scene.target.state->alarm);
	assert_string_equal(line, "since ?: mail: before");
	free(line);
	expect_told(&scene, "");
	scene_clear(&scene);
}

static void test_a_watcher_changes_nothing(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	scene.source.dry_run = true;
	alarm_tell(&scene.source, &scene.target);
	assert_null(scene.target.state->alarm.text);
	assert_false(scene.target.unsaved);
	scene_clear(&scene);
}

static void test_a_wait_without_end_becomes_an_alarm(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_WAIT, REASON_SERVER);
	alarm_tell(&scene.source, &scene.target);
	assert_false(alarm_needs_person(&scene.target));
	assert_int_equal(scene.target.state->stalled_ms, NOW_MS);

	scene.target.facts.now_ms = NOW_MS + 6 * HOUR_MS;
	assert_false(alarm_needs_person(&scene.target));
	scene.target.facts.now_ms += 1;
	assert_true(alarm_needs_person(&scene.target));

	/* A wait that ends by the clock is none. */
	scene.target.action.until_ms = NOW_MS + 7 * HOUR_MS;
	assert_false(alarm_needs_person(&scene.target));
	alarm_tell(&scene.source, &scene.target);
	assert_int_equal(scene.target.state->stalled_ms, 0);
	scene_clear(&scene);
}

static void test_a_wait_beyond_the_certificate_is_an_alarm(void **context)
{
	struct chain old = { .not_after_seconds = NOW_MS / 1000 + 60 };
	struct chain new = { .version.sha256 = { 1 } };
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_WAIT, REASON_CACHES);
	scene.target.state->has_released = true;
	scene.target.facts.released = &old;
	scene.target.facts.live = &new;
	scene.target.action.until_ms = NOW_MS + 60 * 1000;
	assert_false(alarm_needs_person(&scene.target));
	scene.target.action.until_ms += 1;
	assert_true(alarm_needs_person(&scene.target));
	scene_clear(&scene);
}

static void test_damage_needs_a_person(void **context)
{
	struct scene scene;
	char damage[] = "mail: damaged";

	(void)context;
	scene_init(&scene, STEP_NOTHING, REASON_NONE);
	assert_false(alarm_needs_person(&scene.target));
	scene.target.damage = damage;
	assert_true(alarm_needs_person(&scene.target));
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trouble_is_told_until_it_ends),
		cmocka_unit_test(test_one_command_tells_once),
		cmocka_unit_test(
			test_a_hook_that_saw_no_service_ends_nothing),
		cmocka_unit_test(test_a_wait_that_can_be_cut_short),
		cmocka_unit_test(test_a_pass_that_saw_nothing_ends_nothing),
		cmocka_unit_test(test_what_stands_is_shown),
		cmocka_unit_test(test_a_watcher_changes_nothing),
		cmocka_unit_test(test_a_wait_without_end_becomes_an_alarm),
		cmocka_unit_test(
			test_a_wait_beyond_the_certificate_is_an_alarm),
		cmocka_unit_test(test_damage_needs_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
