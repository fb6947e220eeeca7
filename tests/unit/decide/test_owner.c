/* SPDX-License-Identifier: MIT */
#include "decide/owner.h"

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

/* Compares and frees SET. */
static void expect_set(struct tlsa_set set, const char *want, size_t row)
{
	struct tlsa_set expected = cast_set(want);

	if (!tlsa_set_equal(&set, &expected)) {
		char *have = tlsa_set_format(&set);

		fail_msg("row %zu: have %s, want \"%s\"", row, have, want);
	}
	tlsa_set_clear(&expected);
	tlsa_set_clear(&set);
}

/* The chains called by LETTERS, "?" being none. */
static struct chains chains_of(const char *letters, struct chain *items[4])
{
	struct chains chains = { items, strlen(letters) };

	for (size_t i = 0; i < chains.count; i++)
		items[i] = letters[i] == '?' ? NULL : cast_chain(letters[i]);
	return chains;
}

TEST(primary_set)
{
	static const struct {
		const char *says;
		bool known;
	} rows[] = {
		{ "a", true }, { "-", true }, { "@", true }, { "*", false },
		{ "~", false }, { "!", false },
	};
	struct owner_facts *owner = &scene.owners[0];

	assert_null(owner_primary_set(owner));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scene_say(&scene, 0, rows[i].says, 300);
		assert_int_equal(owner_primary_set(owner) != NULL,
				 rows[i].known);
	}
	scene.views[0].seen.primary = NULL;
	assert_null(owner_primary_set(owner));
}

TEST(needed_and_missing)
{
	static const struct {
		const char *want, *served, *chains, *needed, *missing;
	} rows[] = {
		{ "311", "-", "a", "a", "a" },
		{ "311", "-", "ab", "a b", "a b" },
		{ "311", "a", "ab", "a b", "b" },
		{ "311", "a b", "ab", "a b", "" },
		{ "311", "a", "a?", "a", "" },
		{ "311", "~", "a", "a", "a" },
		{ "311 211", "a", "ab", "a b a:211", "b a:211" },
		/* A combination that stands there needs a match as well. */
		{ "311", "a i:211", "ab", "a b a:211", "b a:211" },
		{ "311", "a x:301", "ab", "a b a:301 b:301", "b a:301 b:301" },
		{ "311", "a", "ak", "a", "" },
		{ "211", "a:211", "an", "a:211", "" },
		/* Nothing is wanted where nothing is configured. */
		{ "", "a x", "ab", "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain *items[4];
		struct chains chains = chains_of(rows[i].chains, items);

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		expect_set(owner_needed(&scene.owners[0], &chains),
			   rows[i].needed, i);
		expect_set(owner_missing(&scene.owners[0], &chains),
			   rows[i].missing, i);
	}
}

/* What others want here each has records for, from the first one on. */
TEST(wanted_by_others)
{
	static const struct tlsa_params whole[] = { { 3, 0, 1 }, { 3, 0, 1 } };
	static const struct {
		const char *want, *served, *chains, *needed;
	} rows[] = {
		{ "311", "-", "a", "a a:301" },
		{ "311", "-", "ab", "a b a:301 b:301" },
		{ "311", "a", "ab", "a b a:301 b:301" },
		{ "301", "-", "a", "a:301" },
		{ "", "-", "a", "" },
	};
	struct owner_facts *owner = &scene.owners[0];

	owner->others.params = (struct tlsa_params *)(uintptr_t)whole;
	owner->others.param_count = 2;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain *items[4];
		struct chains chains = chains_of(rows[i].chains, items);

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		expect_set(owner_needed(owner, &chains), rows[i].needed, i);
	}
	scene_want(&scene, 0, "311");
	assert_false(owner_same_records(owner, cast_chain('a'),
					cast_chain('k')));
}

/* No combination begins in which some target has, or may have, no match. */
TEST(held_back)
{
	static const struct tlsa_params issuer = { 2, 1, 1 };
	static const struct {
		const char *want, *served, *chains;
		bool unknown, lacks;	/* the needs of another, a 2 1 1 */
		const char *add, *left;
		bool waits;
	} rows[] = {
		{ "311", "-", "a", false, false, "a c", "a c", false },
		{ "311 211", "-", "a", false, true, "a a:211", "a", true },
		/* What others alone want is theirs to wait for. */
		{ "311", "-", "a", false, true, "a a:211", "a", false },
		{ "311", "-", "n", false, false, "n a:211", "n", false },
		{ "311", "-", "a?n", false, false, "a a:211", "a", false },
		/* It stands there already. */
		{ "311 211", "i:211", "a", false, true, "a a:211", "a a:211",
		  false },
		{ "311", "-", "a", true, false, "a", "", true },
		{ "311", "c", "a", true, false, "a", "a", false },
		{ "311 301", "c", "a", true, false, "a a:301", "a", true },
		{ "311", "c", "a", true, false, "a a:301", "a", false },
		{ "311", "-", "a", false, false, "", "", false },
	};
	struct owner_facts *owner = &scene.owners[0];

	owner->others.lacks = (struct tlsa_params *)(uintptr_t)&issuer;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain *items[4];
		struct chains chains = chains_of(rows[i].chains, items);
		struct tlsa_set add = cast_set(rows[i].add);

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		owner->others.needs_unknown = rows[i].unknown;
		owner->others.lack_count = rows[i].lacks;
		if (owner_hold_back(owner, &chains, &add) != rows[i].waits)
			fail_msg("row %zu: waits %d", i, !rows[i].waits);
		expect_set(add, rows[i].left, i);
	}
}

/* What is held back begins nothing, nor does what stands there in a way that
 * clients can use. */
TEST(begun)
{
	static const struct {
		const char *want, *served;
		bool unknown;		/* what another needs */
		const char *add;
		bool begins;
	} rows[] = {
		{ "311", "-", false, "", false },
		{ "311", "-", false, "a", true },
		{ "311", "x", false, "a", false },
		{ "311", "x:301", false, "a", true },
		{ "311 301", "x", false, "a a:301", true },
		{ "311 301", "x x:301", false, "a a:301", false },
		{ "311 301", "x", true, "a a:301", false },
		{ "311", "-", true, "a", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct owner_facts *owner = &scene.owners[0];
		struct chain *items[4];
		struct chains chains = chains_of("a", items);
		struct tlsa_set add = cast_set(rows[i].add);

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		owner->others.needs_unknown = rows[i].unknown;
		if (owner_would_begin(owner, &chains, &add) != rows[i].begins)
			fail_msg("row %zu: begins %d", i, !rows[i].begins);
		expect_set(add, rows[i].add, i);
	}
}

TEST(lacks_issuer)
{
	static const struct {
		const char *want, *served;
		char chain;
		bool lacks;
	} rows[] = {
		{ "311", "-", 'n', false },
		{ "211", "-", 'n', true },
		{ "211", "-", 'a', false },
		{ "311 011", "-", 'n', true },
		{ "311", "i:211", 'n', true },
		{ "311", "i:211", 'a', false },
	};
	struct tlsa_params params;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		if (owner_lacks_record(&scene.owners[0],
				       cast_chain(rows[i].chain), &params) !=
		    rows[i].lacks)
			fail_msg("row %zu", i);
		if (rows[i].lacks)
			assert_true(params.usage == 0 || params.usage == 2);
	}
}

TEST(stale)
{
	static const struct {
		const char *want, *served, *own, *others, *chains, *stale;
		bool blocked;
	} rows[] = {
		{ "311", "a b", "a b", "", "b", "a", false },
		{ "311", "a b x", "a b", "", "b", "a", false },
		{ "311", "a b", "a b", "a", "b", "", false },
		{ "311", "a b", "b", "", "b", "", false },
		{ "311", "b", "b", "", "b", "", false },
		{ "311", "-", "", "", "b", "", false },
		/* The same key: a is b. */
		{ "311", "a", "a", "", "k", "", false },
		/* While A may be presented, a stays. */
		{ "311", "a b c", "a b c", "", "ac", "b", false },
		/* The set is neither emptied nor left without a match. */
		{ "311", "a", "a", "", "b", "", true },
		{ "311", "a x", "a", "", "b", "", true },
		{ "311", "a b i:211", "a b", "", "b", "", true },
		{ "311", "a b", "a b", "", "?", "", true },
		/* A combination no longer configured goes as a whole. */
		{ "311", "b b:211", "b b:211", "", "b", "b:211", false },
		{ "311", "b b:301 a:301", "b b:301 a:301", "", "b",
		  "b:301 a:301", false },
		/* Unless others use it: then B needs its match there. */
		{ "311", "b b:301 a:301 x:301", "b b:301 a:301", "", "b",
		  "a:301", false },
		{ "311", "b b:301 a:301", "b b:301 a:301", "a:301", "b", "",
		  false },
		/* An owner that was given up may be emptied. */
		{ "", "a b", "a b", "", "b", "a b", false },
		{ "", "a b", "a", "", "b", "a", false },
		{ "", "a b", "a b", "a", "a", "b", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct owner_facts *owner = &scene.owners[0];
		struct chain *items[4];
		struct chains chains = chains_of(rows[i].chains, items);
		bool blocked;

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, rows[i].served, 300);
		tlsa_set_clear(&owner->own);
		tlsa_set_clear(&owner->others.needs);
		owner->own = cast_set(rows[i].own);
		owner->others.needs = cast_set(rows[i].others);
		expect_set(owner_stale(owner, &chains, &blocked),
			   rows[i].stale, i);
		if (blocked != rows[i].blocked)
			fail_msg("row %zu: blocked %d", i, blocked);
	}
}

TEST(stale_of_an_unknown_set)
{
	struct chain *chain = cast_chain('b');
	struct chains chains = { &chain, 1 };
	bool blocked = true;

	expect_set(owner_stale(&scene.owners[0], &chains, &blocked), "", 0);
	assert_false(blocked);
}

TEST(confirmed)
{
	const int64_t now_seconds = SCENE_NOW / 1000;
	static const struct {
		const char *want, *says;
		bool behind;
		int64_t signature_seconds;	/* from now; 0: unsigned */
		bool confirms;
	} rows[] = {
		{ "311", "a b", false, 0, true },
		{ "311", "b", false, 0, true },
		{ "311", "b x", false, 0, true },
		{ "311", "a", false, 0, false },
		{ "311", "a b", true, 0, false },
		{ "311", "a b i:211", false, 0, false },
		{ "311 211", "a b", false, 0, false },
		{ "311 211", "a b a:211", false, 0, true },
		{ "311", "a b", false, 300, false },
		{ "311", "a b", false, 301, true },
		{ "311", "-", false, 0, false },
		{ "311", "~", false, 0, false },
		{ "311", "!", false, 0, false },
		{ "311", "@", false, 0, false },
		{ "311", "*", false, 0, false },
	};
	struct chain *b = cast_chain('b');

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sighting *second = &scene.views[0].sightings[1];
		const struct sighting *late;

		scene_want(&scene, 0, rows[i].want);
		scene_say(&scene, 0, "a b a:211", 300);
		assert_null(owner_unconfirmed(&scene.owners[0], b, SCENE_NOW));
		view_say(&scene.views[0], 1, rows[i].says, 300);
		second->behind = rows[i].behind;
		second->signature_expires_seconds = rows[i].signature_seconds ?
			now_seconds + rows[i].signature_seconds : 0;
		late = owner_unconfirmed(&scene.owners[0], b, SCENE_NOW);
		if (late != (rows[i].confirms ? NULL : second))
			fail_msg("row %zu", i);
		if (sighting_confirms(&scene.owners[0], second, b,
				      SCENE_NOW) != rows[i].confirms)
			fail_msg("row %zu", i);
		second->behind = false;
		second->signature_expires_seconds = 0;
	}
}

/* Those are the proof whom clients ask; but what a primary of its own says
 * they will say, too. */
TEST(a_hidden_primary_proves_nothing)
{
	struct chain *b = cast_chain('b');
	struct owner_facts *owner = &scene.owners[0];
	struct view *view = &scene.views[0];

	view->servers[0].roles = ZONE_SERVER_PRIMARY;
	scene_want(&scene, 0, "311");
	scene_say(&scene, 0, "a b", 300);
	assert_null(owner_unconfirmed(owner, b, SCENE_NOW));
	view_say(view, 0, "~", 0);
	assert_null(owner_unconfirmed(owner, b, SCENE_NOW));
	view_say(view, 0, "a", 300);
	assert_ptr_equal(owner_unconfirmed(owner, b, SCENE_NOW),
			 &view->sightings[0]);
	/* One that was not chosen need not be in step. */
	view->seen.primary = NULL;
	assert_null(owner_unconfirmed(owner, b, SCENE_NOW));
	view_say(view, 1, "a", 300);
	assert_ptr_equal(owner_unconfirmed(owner, b, SCENE_NOW),
			 &view->sightings[1]);
	/* Where nobody else was asked it is no proof by itself. */
	view_say_all(view, "a b", 300);
	view->seen.primary = &view->sightings[0];
	view->servers[1].roles = ZONE_SERVER_PRIMARY;
	assert_non_null(owner_unconfirmed(owner, b, SCENE_NOW));
}

TEST(nothing_to_confirm_where_nothing_is_configured)
{
	scene_want(&scene, 0, "");
	scene_say(&scene, 0, "x", 300);
	assert_null(owner_unconfirmed(&scene.owners[0], cast_chain('b'),
				      SCENE_NOW));
}

TEST(nobody_confirms)
{
	static const struct survey_owner nobody = { .detail = NULL };
	struct owner_facts *owner = &scene.owners[0];
	const struct chain *b = cast_chain('b');

	scene_say(&scene, 0, "a", 300);
	assert_false(owner_is_confirmed(owner, b, SCENE_NOW));
	scene_say(&scene, 0, "a b", 300);
	assert_true(owner_is_confirmed(owner, b, SCENE_NOW));
	owner->seen = &nobody;
	assert_false(owner_is_confirmed(owner, b, SCENE_NOW));
	owner->seen = NULL;
	assert_false(owner_is_confirmed(owner, b, SCENE_NOW));
}

TEST(same_records)
{
	static const struct {
		const char *want, *history;
		char old, new;
		bool same;
	} rows[] = {
		{ "311", "-", 'a', 'k', true },
		{ "311", "-", 'a', 'b', false },
		{ "301", "-", 'a', 'k', false },
		{ "211", "-", 'a', 'b', true },
		{ "211", "-", 'a', 'i', false },
		{ "311 211", "-", 'a', 'k', true },
		{ "311 211", "-", 'a', 'b', false },
		/* Once seen there, a combination counts. */
		{ "311", "a a:301", 'a', 'k', false },
		{ "311", "a x:211", 'a', 'k', true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene one;

		scene_open(&one, 'a', 'b');
		scene_want(&one, 0, rows[i].want);
		scene_history(&one, 0, rows[i].history, 300, 100);
		if (owner_same_records(&one.owners[0],
				       cast_chain(rows[i].old),
				       cast_chain(rows[i].new)) !=
		    rows[i].same)
			fail_msg("row %zu", i);
		scene_close(&one);
	}
}

/* Nor need this target have seen it itself. */
TEST(same_records_where_others_saw)
{
	struct ledger *ledger = ledger_new("_443._tcp.mail.example.com.");
	const struct ledger *ledgers[] = { ledger };
	struct tlsa_set seen = cast_set("a a:301");

	scene_want(&scene, 0, "311");
	scene.owners[0].others.ledgers = ledgers;
	scene.owners[0].others.ledger_count = 1;
	assert_true(owner_same_records(&scene.owners[0], cast_chain('a'),
				       cast_chain('k')));
	ledger_note_combinations(ledger, &seen);
	assert_false(owner_same_records(&scene.owners[0], cast_chain('a'),
					cast_chain('k')));
	scene.owners[0].others.ledgers = NULL;
	scene.owners[0].others.ledger_count = 0;
	tlsa_set_clear(&seen);
	ledger_free(ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(primary_set),
		CASE(needed_and_missing),
		CASE(wanted_by_others),
		CASE(held_back),
		CASE(begun),
		CASE(lacks_issuer),
		CASE(stale),
		CASE(stale_of_an_unknown_set),
		CASE(confirmed),
		CASE(a_hidden_primary_proves_nothing),
		CASE(nothing_to_confirm_where_nothing_is_configured),
		CASE(nobody_confirms),
		CASE(same_records),
		CASE(same_records_where_others_saw),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
