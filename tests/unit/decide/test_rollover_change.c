/* SPDX-License-Identifier: MIT */
#include "decide/rollover_internal.h"

#include "support/rollover.h"
#include "unit.h"

static void expect_sets(const struct action *action, const char *add,
			const char *ours, const char *remove)
{
	const struct change *change = &action->changes.items[0];
	struct tlsa_set wanted[] = { cast_set(add), cast_set(ours),
				     cast_set(remove) };

	assert_int_equal(action->changes.count, 1);
	assert_true(tlsa_set_equal(&change->add, &wanted[0]));
	assert_true(tlsa_set_equal(&change->ours, &wanted[1]));
	assert_true(tlsa_set_equal(&change->remove, &wanted[2]));
	for (size_t i = 0; i < COUNT(wanted); i++)
		tlsa_set_clear(&wanted[i]);
}

static struct action add(const char *text)
{
	return rollover_propose_add(&scene.facts, &scene.owners[0],
				    cast_set(text));
}

static struct action remove_records(const char *text)
{
	return rollover_propose_remove(&scene.facts, &scene.owners[0],
				       cast_set(text));
}

/* Once may take its time. Of several owners the one that does not show it. */
TEST(sent_and_not_seen)
{
	struct tlsa_set set = cast_set("b");
	struct action action, other;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	state_add_published(scene.state, scene.owners[0].owner,
			    &set.records[0]);
	state_note_sent(scene.state, scene.owners[0].owner, &set.records[0],
			SCENE_NOW);
	action = add("b");
	assert_int_equal(action.reason, REASON_NONE);
	action_clear(&action);
	state_note_sent(scene.state, scene.owners[0].owner, &set.records[0],
			SCENE_NOW);
	action = add("c");
	assert_int_equal(action.reason, REASON_NONE);
	other = add("b");
	assert_int_equal(other.step, STEP_PUBLISH);
	assert_int_equal(other.reason, REASON_PUBLISHED);
	action.owner = NULL;
	rollover_join(&action, other);
	assert_int_equal(action.changes.count, 2);
	assert_int_equal(action.reason, REASON_PUBLISHED);
	assert_ptr_equal(action.owner, &scene.owners[0]);
	action_clear(&action);
	tlsa_set_clear(&set);
}

/* The whole change, with all that its way to the wire needs. */
TEST(change)
{
	struct owner_facts *owner = &scene.owners[0];
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 86400);
	owner->via = "mail.test.";
	action = add("b c");
	assert_int_equal(action.step, STEP_PUBLISH);
	assert_ptr_equal(action.owner, owner);
	/* c is another target's: it goes along and is no promise of ours. */
	expect_sets(&action, "b c", "b", "");
	assert_string_equal(action.changes.items[0].owner, owner->owner);
	assert_string_equal(action.changes.items[0].via, "mail.test.");
	assert_ptr_equal(action.changes.items[0].zone, owner->seen->zone);
	assert_ptr_equal(action.changes.items[0].seen,
			 owner_primary_set(owner));
	assert_int_equal(action.changes.items[0].ttl_seconds, 86400);
	action_clear(&action);
	action = remove_records("a");
	assert_int_equal(action.step, STEP_RETIRE);
	expect_sets(&action, "", "", "a");
	action_clear(&action);
	assert_int_equal(add("").step, STEP_NOTHING);
	assert_int_equal(remove_records("").step, STEP_NOTHING);
}

/* An RRset that we begin has the TTL of the configuration. */
TEST(ttl_of_a_new_set)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene.facts.record_ttl_seconds = 321;
	scene_say(&scene, 0, "-", 86400);
	action = add("a b");
	assert_int_equal(action.changes.items[0].ttl_seconds, 321);
	action_clear(&action);
}

/* What another target needs is not known: no combination may begin in which
 * it might have no match, and nothing may go. */
TEST(unknown_needs)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	scene.owners[0].others.needs_unknown = true;
	action = add("b");
	assert_int_equal(action.step, STEP_PUBLISH);
	action_clear(&action);
	scene_want(&scene, 0, "311 301");
	action = add("b:301");
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_OTHERS);
	assert_int_equal(action.changes.count, 0);
	action = remove_records("a");
	assert_int_equal(action.step, STEP_WAIT);
	assert_int_equal(action.reason, REASON_OTHERS);
	assert_int_equal(action.changes.count, 0);
}

/* Another target has no record of a kind that this one wants: all else is
 * published, and then a person is needed. */
TEST(denied)
{
	struct tlsa_params issuer = { 2, 1, 1 };
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "-", 3600);
	scene_want(&scene, 0, "311 211");
	scene.owners[0].others.lacks = &issuer;
	scene.owners[0].others.lack_count = 1;
	action = add("a a:211");
	assert_int_equal(action.step, STEP_PUBLISH);
	expect_sets(&action, "a", "a", "");
	action_clear(&action);
	action = add("a:211");
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_DENIED);
	/* What only others want they are told of. */
	scene_want(&scene, 0, "311");
	assert_int_equal(add("a:211").step, STEP_NOTHING);
}

/* A program is asked for what may be asked for now, which may be nothing. */
TEST(program)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene.target.api = API_EXEC;
	scene_say(&scene, 0, "-", 3600);
	action = add("a b");
	assert_int_equal(action.step, STEP_PUBLISH);
	expect_sets(&action, "a", "a", "");
	action_clear(&action);
	scene_say(&scene, 0, "a", 3600);
	view_say(&scene.views[0], 1, "-", 3600);
	action = add("b");
	assert_int_equal(action.step, STEP_PUBLISH);
	assert_int_equal(action.changes.count, 0);
}

/* In no order: a person is shown what is to be changed at once. */
TEST(program_is_stuck)
{
	struct action action;

	scene_open(&scene, 'a', 'b');
	scene.target.api = API_EXEC;
	scene_present(&scene, "ab");
	scene_say(&scene, 0, "-", 3600);
	action = add("a b");
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_PIECES);
	expect_sets(&action, "a b", "", "");
	action_clear(&action);
	scene_say(&scene, 0, "a b a:301 b:301", 3600);
	action = remove_records("a:301 b:301");
	assert_int_equal(action.step, STEP_STUCK);
	assert_int_equal(action.reason, REASON_PIECES);
	expect_sets(&action, "", "", "a:301 b:301");
	action_clear(&action);
}

/* Changes of all owners go together; trouble gives way to them. */
TEST(join)
{
	struct action whole = step(STEP_NOTHING);

	scene_open(&scene, 'a', 'b');
	scene_say(&scene, 0, "a", 3600);
	rollover_join(&whole, step(STEP_NOTHING));
	assert_int_equal(whole.step, STEP_NOTHING);
	rollover_join(&whole, because(STEP_STUCK, REASON_ALIAS, NULL));
	rollover_join(&whole, because(STEP_STUCK, REASON_ZONE, NULL));
	assert_int_equal(whole.reason, REASON_ZONE);
	rollover_join(&whole, add("b"));
	assert_int_equal(whole.step, STEP_PUBLISH);
	rollover_join(&whole, because(STEP_STUCK, REASON_ALIAS, NULL));
	rollover_join(&whole, remove_records("a"));
	rollover_join(&whole, step(STEP_NOTHING));
	assert_int_equal(whole.step, STEP_PUBLISH);
	assert_int_equal(whole.changes.count, 2);
	action_clear(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(change),
		CASE(sent_and_not_seen),
		CASE(ttl_of_a_new_set),
		CASE(unknown_needs),
		CASE(denied),
		CASE(program),
		CASE(program_is_stuck),
		CASE(join),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
