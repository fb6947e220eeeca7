/* SPDX-License-Identifier: MIT */
#include "tell/report_internal.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static struct outside_answer answer;
static struct outside_owner asked = { .answers = &answer, .count = 1 };

static int open_scene(void **state)
{
	(void)state;
	open_pending();
	answer = (struct outside_answer){
		.address = { .family = 4, .bytes = { 9, 9, 9, 9 },
			     .port = 53 },
		.verdict = OUTSIDE_SET, .set = cast_set("a"),
		.until_ms = SCENE_NOW + 60000,
		.detail = lent("no answer within 5 s"),
	};
	scene.owners[0].outside = &asked;
	return 0;
}

static int close_all(void **state)
{
	tlsa_set_clear(&answer.set);
	return close_scene(state);
}

static void expect_all(const char *const *parts)
{
	const struct action action = {
		.step = STEP_WAIT, .reason = REASON_OUTSIDE,
		.owner = &scene.owners[0], .outside = &answer };
	char *text = report_detail(&scene.facts, &action);

	for (; *parts; parts++)
		if (!strstr(text, *parts))
			fail_msg("\"%s\" is not in: %s", *parts, text);
	free(text);
}

#define expect_words(...) expect_all((const char *const[]){ __VA_ARGS__, NULL })

TEST(lines)
{
	expect_words("_25._tcp.mail.example.com.: the resolver 9.9.9.9 "
		     "(outside) holds {3 1 1 ", "until 2027-01-15 08:01:00 UTC,"
		     " in which nothing matches", "also_ask");
	/* What waits before live has no match, live has. */
	tlsa_set_clear(&answer.set);
	answer.set = cast_set("b");
	scene.facts.next = cast_chain('c');
	expect_words("in which nothing matches");
	scene.facts.next = NULL;
	tlsa_set_clear(&answer.set);
	answer.set = cast_set("b y");
	answer.by_alias = true;
	expect_words("by an alias until", "no server that was asked is known");
	answer.verdict = OUTSIDE_UNSEEN;
	expect_words("9.9.9.9 (outside) was not looked at: no answer within "
		     "5 s", "an hour at most");
}

TEST(not_looked_at)
{
	char *line = report_outside_unseen(&scene.facts);

	assert_null(line);
	answer.verdict = OUTSIDE_UNSEEN;
	line = report_outside_unseen(&scene.facts);
	assert_string_equal(line, "mail: released though the resolver 9.9.9.9 "
			    "(outside) was not looked at: no answer within "
			    "5 s");
	free(line);
}

/* The only answer's, of the report. */
static json_t *report(json_t **all)
{
	const struct action action = { .step = STEP_WAIT,
				       .reason = REASON_CACHES,
				       .owner = &scene.owners[0] };
	json_t *list;

	*all = report_json(&scene.facts, &action, NULL);
	list = json_object_get(json_array_get(json_object_get(*all, "owners"),
					      0), "outside");
	return json_array_get(list, 0);
}

TEST(json)
{
	json_t *all, *json = report(&all);

	assert_string_equal(json_string_value(json_object_get(json,
							      "address")),
			    "9.9.9.9");
	assert_true(json_is_false(json_object_get(json, "ok")));
	assert_int_equal(json_array_size(json_object_get(json, "holds")), 1);
	assert_string_equal(json_string_value(json_object_get(json, "until")),
			    "2027-01-15T08:01:00.000Z");
	json_decref(all);
	answer.verdict = OUTSIDE_UNSEEN;
	json = report(&all);
	assert_true(json_is_null(json_object_get(json, "ok")));
	assert_true(json_is_null(json_object_get(json, "until")));
	json_decref(all);
	answer.verdict = OUTSIDE_NOTHING;
	json = report(&all);
	assert_true(json_is_false(json_object_get(json, "ok")));
	json_decref(all);
	answer.verdict = OUTSIDE_SET;
	tlsa_set_clear(&answer.set);
	answer.set = cast_set("a b");
	json = report(&all);
	assert_true(json_is_true(json_object_get(json, "ok")));
	json_decref(all);
	/* Nobody was asked: there is nothing to be said. */
	scene.owners[0].outside = NULL;
	assert_null(report(&all));
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_all)
		CASE(lines),
		CASE(not_looked_at),
		CASE(json),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
