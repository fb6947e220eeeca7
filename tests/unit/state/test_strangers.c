/* SPDX-License-Identifier: MIT */
#include "state/strangers.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)
#define A "mx. [192.0.2.1]:25"
#define B "mx. [192.0.2.2]:25"

static struct strangers strangers;
static bool may_return;

static int forget(void **state)
{
	(void)state;
	strangers_clear(&strangers);
	may_return = true;
	return 0;
}

/* One look at A and B: ours, closed, silent, x a stranger, or '-', gone. */
static bool look(const char *verdicts, int64_t ms)
{
	static const char words[] = "ocsx";
	static const char *const where[] = { A, B };
	struct visits visits = { NULL, 0 };
	bool news;

	for (size_t i = 0; verdicts[i]; i++) {
		const char *at = strchr(words, verdicts[i]);

		if (at)
			visits_add(&visits, (enum visit_verdict)(at - words),
				   xstrdup(where[i]),
				   xasprintf("%s is %c", where[i], *at));
	}
	news = strangers_update(&strangers, &visits, may_return, ms);
	visits_clear(&visits);
	return news;
}

static void expect_seen(const char *where, const char *what, int64_t ms)
{
	const struct stranger *seen = strangers_find_seen(&strangers);

	assert_non_null(seen);
	assert_string_equal(seen->where, where);
	assert_string_equal(seen->what, what);
	assert_true(seen->ms == ms);
}

TEST(seen)
{
	assert_false(look("oo", T0));
	assert_false(look("oc", T0));
	assert_true(look("ox", T0 + 1));
	expect_seen(B, B " is x", T0 + 1);
	assert_null(strangers_find_silent(&strangers));
	/* Through all that it does not present one of ours. */
	assert_false(look("os", T0 + 2));
	assert_false(look("oc", T0 + 99 * STRANGERS_PATIENCE_MS));
	expect_seen(B, B " is x", T0 + 1);
	assert_true(look("ox", T0 + 3));
	expect_seen(B, B " is x", T0 + 3);
	assert_true(look("oo", T0 + 4));
	assert_null(strangers_find_seen(&strangers));
}

TEST(gone)
{
	look("ox", T0);
	assert_false(look("o-", T0 + STRANGERS_PATIENCE_MS - 1));
	expect_seen(B, B " is x", T0);
	assert_true(look("o-", T0 + STRANGERS_PATIENCE_MS));
	assert_null(strangers_find_seen(&strangers));
	look("ox", T0);
	may_return = false;
	assert_true(look("o-", T0 + 1));
	assert_null(strangers_find_seen(&strangers));
	may_return = true;
	/* Who was silent was nobody. */
	look("os", T0);
	assert_true(look("o-", T0 + 1));
	assert_null(strangers_find_silent(&strangers));
}

TEST(silent)
{
	assert_true(look("so", T0));
	assert_false(look("so", T0 + 5));
	assert_true(strangers_find_silent(&strangers)->ms == T0);
	assert_null(strangers_find_seen(&strangers));
	assert_true(look("ss", T0 + 6));
	assert_true(strangers_find_silent(&strangers)->ms == T0 + 6);
	strangers_restart(&strangers, T0 + 7);
	assert_true(strangers.items[0].ms == T0 + 7);
	assert_true(look("cx", T0 + 8));
	assert_null(strangers_find_silent(&strangers));
	expect_seen(B, B " is x", T0 + 8);
}

/* Those that were seen have the places. */
TEST(too_many)
{
	struct visits visits = { NULL, 0 };

	for (int i = 0; i < 2 * STRANGERS_MAX; i++)
		visits_add(&visits, i < STRANGERS_MAX + 2 ? VISIT_SILENT :
			   VISIT_STRANGER, xasprintf("[%d]", i),
			   xasprintf("%*d", 2 * STRANGER_TEXT_MAX, i));
	assert_true(strangers_update(&strangers, &visits, true, T0));
	assert_int_equal(strangers.count, STRANGERS_MAX);
	assert_string_equal(strangers_find_silent(&strangers)->where, "[62]");
	assert_string_equal(strangers_find_seen(&strangers)->where, "[66]");
	assert_int_equal(strlen(strangers.items[0].what), STRANGER_TEXT_MAX);
	visits_clear(&visits);
}

TEST(kept)
{
	struct strangers again = { NULL, 0 };
	struct reader reader = { NULL };
	json_t *json = json_object();

	strangers_read(&reader, json, &again);
	assert_int_equal(again.count, 0);
	look("xs", T0);
	strangers_put(&strangers, json);
	strangers_read(&reader, json, &again);
	assert_null(reader.fault);
	assert_int_equal(again.count, 2);
	assert_string_equal(again.items[0].what, A " is x");
	assert_true(again.items[0].was_seen && !again.items[1].was_seen);
	assert_string_equal(again.items[1].where, B);
	assert_true(again.items[1].ms == T0);
	strangers_clear(&again);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, forget, forget)
		CASE(seen),
		CASE(gone),
		CASE(silent),
		CASE(too_many),
		CASE(kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
