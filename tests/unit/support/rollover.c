/* SPDX-License-Identifier: MIT */
#include "support/rollover.h"

#include "unit.h"
struct scene scene;

int close_scene(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

void open_pending(void)
{
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 10 * DAY);
	scene_history(&scene, 0, "a b", 3600, 9 * DAY);
	scene_say(&scene, 0, "a b", 3600);
}

void settle(char letter)
{
	scene.state->has_settled = true;
	scene.state->settled = cast_chain(letter)->version;
}

void expect_at(const char *where, int line, enum step step,
	       enum reason reason)
{
	struct action action = rollover_next(&scene.facts);

	if (action.step != step || action.reason != reason)
		fail_msg("%s:%d: have step %d reason %d, want %d %d", where,
			 line, action.step, action.reason, step, reason);
	action_clear(&action);
}

void open_settled(void)
{
	scene_open(&scene, 'a', 'a');
	scene_history(&scene, 0, "a", 3600, 10 * DAY);
	scene_say(&scene, 0, "a", 3600);
	scene_publish(&scene, 0, "a");
	settle('a');
	scene_settled(&scene);
	scene.facts.may_look = true;
	scene.facts.probe = PROBE_SAW_NEW;
}

void expect_change(size_t owner, const char *add, const char *remove)
{
	struct action action = rollover_next(&scene.facts);
	struct tlsa_set adds = cast_set(add), removes = cast_set(remove);
	const struct change *change = &action.changes.items[0];

	assert_int_equal(action.changes.count, 1);
	assert_string_equal(change->owner, scene.owners[owner].owner);
	assert_true(tlsa_set_equal(&change->add, &adds));
	assert_true(tlsa_set_equal(&change->remove, &removes));
	tlsa_set_clear(&adds);
	tlsa_set_clear(&removes);
	action_clear(&action);
}

void expect_links(enum step step, enum links_place place, unsigned number)
{
	struct action action = rollover_next(&scene.facts);

	assert_int_equal(action.step, step);
	assert_int_equal(action.links.place, place);
	assert_int_equal(action.links.number, number);
}
