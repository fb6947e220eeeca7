/* SPDX-License-Identifier: MIT */
#include "decide/exec_order.h"

#include "base/xalloc.h"
#include "support/facts.h"
#include "unit.h"

static struct scene scene;

static int open_scene(void **state)
{
	(void)state;
	scene_open(&scene, 'a', 'b');
	return 0;
}

static int close_scene(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

/* PRIMARY and SECOND are what the two servers serve. */
struct row {
	const char *primary, *second, *chains, *change, *now;
	bool blocked;
};

typedef struct tlsa_set rule(const struct owner_facts *,
			     const struct tlsa_set *, const struct chains *,
			     bool *);

static void check_row(const struct row *row, rule *order, size_t number)
{
	struct owner_facts *owner = &scene.owners[0];
	struct tlsa_set change = cast_set(row->change);
	struct tlsa_set want = cast_set(row->now), now;
	struct chains chains = { NULL, 0 };
	bool blocked;

	for (const char *letter = row->chains; *letter; letter++)
		chains_add(&chains, *letter == '?' ? NULL :
				    cast_chain(*letter));
	scene_say(&scene, 0, row->primary, 300);
	view_say(&scene.views[0], 1, row->second, 300);
	now = order(owner, &change, &chains, &blocked);
	if (blocked != row->blocked || !tlsa_set_equal(&now, &want))
		fail_msg("row %zu: have %s%s", number, tlsa_set_format(&now),
			 blocked ? ", blocked" : "");
	chains_clear(&chains);
	tlsa_set_clear(&now);
	tlsa_set_clear(&want);
	tlsa_set_clear(&change);
}

TEST(add)
{
	static const struct row rows[] = {
		/* b alone would deny the a that services present. */
		{ "-", "-", "a", "a b", "a", false },
		{ "-", "-", "ab", "a b", "", true },
		{ "-", "-", "a", "b", "", true },
		{ "-", "-", "", "b", "b", false },
		{ "-", "-", "?", "b", "b", false },
		{ "a", "a", "a", "b", "b", false },
		{ "a", "a", "ab", "b", "b", false },
		/* Not before a stands at every server that tells. */
		{ "a", "-", "a", "b", "", false },
		{ "a", "x:301", "a", "b", "", false },
		{ "a", "~", "a", "b", "b", false },
		{ "a", "x", "a", "b", "b", false },
		/* A combination is begun like a set. */
		{ "a", "a", "a", "b a:301 b:301", "b a:301", false },
		{ "a a:301", "a a:301", "a", "b b:301", "b b:301", false },
		{ "-", "-", "ab", "a b a:211 b:211", "a:211", true },
		{ "-", "-", "ak", "a a:301 k:301", "a", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], exec_order_add, i);
}

/* What a wildcard gives is hidden by the first record: b would be alone. */
TEST(wildcards)
{
	static const struct row rows[] = {
		{ "*", "*", "a", "a b", "a", false },
		{ "*a", "*a", "a", "a b", "a", false },
		{ "*a", "~", "a", "b", "", true },
		{ "a", "*a", "a", "b", "", false },
		{ "a", "a", "a", "b", "b", false },
	};

	scene.owners[0].hides_wildcards = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], exec_order_add, i);
}

/* Another target needs c here: a set that begins without it denies it. */
TEST(others)
{
	static const struct row rows[] = {
		{ "-", "-", "a", "a c", "", true },
		{ "c", "c", "a", "a", "a", false },
		{ "x", "x", "a", "a c", "a c", false },
		{ "-", "-", "a", "a:301 c", "a:301", true },
	};
	static const struct row same[] = {
		{ "-", "-", "a", "a", "a", false },
	};

	scene.owners[0].others.needs = cast_set("c");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], exec_order_add, i);
	tlsa_set_clear(&scene.owners[0].others.needs);
	scene.owners[0].others.needs = cast_set("a");
	check_row(&same[0], exec_order_add, 0);
}

TEST(remove)
{
	static const struct row rows[] = {
		{ "a b", "a b", "b", "a", "a", false },
		{ "a b x", "a b x", "b", "a", "a", false },
		/* The combination ends: its match for b goes last. */
		{ "b a:301 b:301", "b a:301 b:301", "b", "a:301 b:301",
		  "a:301", false },
		{ "b b:301", "b a:301 b:301", "b", "b:301", "", false },
		{ "b b:301", "b b:301", "b", "b:301", "b:301", false },
		{ "b b:301", "~", "b", "b:301", "b:301", false },
		/* It had none for b: any record less is no loss. */
		{ "b a:301", "b a:301", "b", "a:301", "a:301", false },
		{ "b c:301 a:301", "b", "b", "a:301 c:301", "a:301 c:301",
		  false },
		/* Each has its own, and one has to go first. */
		{ "a b a:301 b:301", "-", "ab", "a:301 b:301", "", true },
		{ "a b a:301 b:301 c:301", "-", "ab", "a:301 b:301 c:301",
		  "c:301", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], exec_order_remove, i);
}

/* Nobody is served there any more. */
TEST(remove_unconfigured)
{
	static const struct row row = { "a b", "a b", "ab", "a b", "a b",
					false };

	scene_want(&scene, 0, "");
	check_row(&row, exec_order_remove, 0);
}

#define CASE(name) CASE_WITH(name, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(add), CASE(wildcards), CASE(others), CASE(remove),
		CASE(remove_unconfigured),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
