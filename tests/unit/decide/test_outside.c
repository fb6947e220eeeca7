/* SPDX-License-Identifier: MIT */
#include "decide/outside.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static enum outside_view judge(const char *text, bool by_alias)
{
	struct outside_answer answer = { .verdict = OUTSIDE_SET,
		.set = cast_set(text), .by_alias = by_alias };
	enum outside_view view = outside_judge(&scene.owners[0], &answer,
					       cast_chain('b'));

	tlsa_set_clear(&answer.set);
	return view;
}

TEST(sets)
{
	open_pending();
	assert_int_equal(judge("a b", false), OUTSIDE_AGREES);
	/* Nobody serves it now, but a server did. */
	scene_history(&scene, 0, "b x", 60, 100);
	assert_int_equal(judge("b x", false), OUTSIDE_AGREES);
	assert_int_equal(judge("a", false), OUTSIDE_LACKS);
	assert_int_equal(judge("a b x:301", false), OUTSIDE_LACKS);
	assert_int_equal(judge("b y", false), OUTSIDE_STRANGE);
}

TEST(what_another_target_saw_is_not_strange)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct view view;

	open_pending();
	view_open(&view, ledger->owner, 2);
	view_say_all(&view, "b y", 7200);
	ledger_record(ledger, &view.seen, SCENE_NOW - 5000 * 1000);
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	assert_int_equal(judge("b y", false), OUTSIDE_AGREES);
	view_close(&view);
	ledger_free(ledger);
}

/* What is at the end of an alias is judged there; but a match is wanted. */
TEST(aliases)
{
	open_pending();
	scene.owners[0].alias = "x.example.net.";
	assert_int_equal(judge("b y", true), OUTSIDE_AGREES);
	assert_int_equal(judge("b y", false), OUTSIDE_STRANGE);
	assert_int_equal(judge("a", true), OUTSIDE_LACKS);
}

TEST(no_set)
{
	struct outside_answer answer = { .verdict = OUTSIDE_NOTHING };

	open_pending();
	assert_int_equal(outside_judge(&scene.owners[0], &answer,
				       cast_chain('b')), OUTSIDE_EMPTY);
	answer.verdict = OUTSIDE_UNSEEN;
	assert_int_equal(outside_judge(&scene.owners[0], &answer,
				       cast_chain('b')), OUTSIDE_SILENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, NULL, close_scene)
		CASE(sets),
		CASE(what_another_target_saw_is_not_strange),
		CASE(aliases),
		CASE(no_set),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
