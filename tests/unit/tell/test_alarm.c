/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "tell/alarm.h"
#include "unit.h"

#include "base/xalloc.h"

#define HOUR_MS (3600 * 1000)
#define NOW_MS 1700000000000

static void test_numbers_may_differ(void **context)
{
	(void)context;
	assert_true(alarm_is_same("a 12 b", "a 7 b"));
	assert_true(alarm_is_same("a  b", "a 345 b"));
	assert_true(alarm_is_same("", ""));
	assert_false(alarm_is_same(NULL, "a"));
	assert_false(alarm_is_same("a 12 b", "a 12 c"));
	assert_false(alarm_is_same("a 12", "a 12 b"));
	assert_false(alarm_is_same("a 12 b", "a 12"));
}

struct scene {
	struct config_target config;
	struct target target;
	struct source source;
};

static void scene_init(struct scene *scene, enum step step,
		       enum reason reason)
{
	*scene = (struct scene){ .config = { .name = lent("mail") } };
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

static void test_trouble_is_told_once(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	alarm_tell(&scene.source, &scene.target);
	assert_true(alarm_needs_person(&scene.target));
	assert_string_equal(scene.target.state->alarm, "mail: a line");
	assert_true(scene.target.unsaved);

	scene.target.unsaved = false;
	alarm_tell(&scene.source, &scene.target);
	assert_false(scene.target.unsaved);

	scene.target.action.step = STEP_NOTHING;
	alarm_tell(&scene.source, &scene.target);
	assert_null(scene.target.state->alarm);
	assert_true(scene.target.unsaved);
	scene_clear(&scene);
}

/* It is kept in JSON, and is the same when it comes back from there. */
static void test_any_octets_are_told_once(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	free(scene.target.line);
	scene.target.line = xstrdup("mail: \374");
	alarm_tell(&scene.source, &scene.target);
	assert_string_equal(scene.target.state->alarm, "mail: \\xfc");
	scene.target.unsaved = false;
	alarm_tell(&scene.source, &scene.target);
	assert_false(scene.target.unsaved);
	scene_clear(&scene);
}

static void test_a_watcher_changes_nothing(void **context)
{
	struct scene scene;

	(void)context;
	scene_init(&scene, STEP_STUCK, REASON_ZONE);
	scene.source.dry_run = true;
	alarm_tell(&scene.source, &scene.target);
	assert_null(scene.target.state->alarm);
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
		cmocka_unit_test(test_numbers_may_differ),
		cmocka_unit_test(test_trouble_is_told_once),
		cmocka_unit_test(test_any_octets_are_told_once),
		cmocka_unit_test(test_a_watcher_changes_nothing),
		cmocka_unit_test(test_a_wait_without_end_becomes_an_alarm),
		cmocka_unit_test(
			test_a_wait_beyond_the_certificate_is_an_alarm),
		cmocka_unit_test(test_damage_needs_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
