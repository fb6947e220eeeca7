/* SPDX-License-Identifier: MIT */
#include "decide/alias.h"

#include "look/gather.h"
#include "unit.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/chains.h"

#include <stdio.h>

#define NOW INT64_C(1800000000000)
#define NAMES 12

/* Owners a, b, c, ..; what one says is an alias of another, or a set. */
static const char *const names[NAMES] = {
	"a.test.", "b.test.", "c.test.", "d.test.", "e.test.", "f.test.",
	"g.test.", "h.test.", "i.test.", "j.test.", "k.test.", "l.test.",
};
static struct facts facts;
static struct config_target target;
static struct view views[NAMES];
static struct ledger *ledgers[NAMES];

static int open_facts(void **state)
{
	(void)state;
	target = (struct config_target){ .name = lent("mail") };
	facts = (struct facts){ .target = &target, .now_ms = NOW,
				.rules = { 100, 0, 0 } };
	for (size_t i = 0; i < NAMES; i++) {
		view_open(&views[i], names[i], 2);
		ledgers[i] = ledger_new(names[i]);
	}
	return 0;
}

static int close_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		view_close(&views[i]);
		ledger_free(ledgers[i]);
	}
	facts_clear(&facts);
	return 0;
}

static struct owner_facts *want(char letter, const char *params)
{
	struct owner_facts *owner = facts_find_owner(&facts,
						     names[letter - 'a']);

	for (; *params; params += params[3] ? 4 : 3)
		*array_push(owner->params, owner->param_count) =
			(struct tlsa_params){ (uint8_t)(params[0] - '0'),
					      (uint8_t)(params[1] - '0'),
					      (uint8_t)(params[2] - '0') };
	return owner;
}

static void say(char letter, char alias)
{
	struct view *view = &views[letter - 'a'];

	view_say_all(view, alias ? "@" : "a", 3600);
	for (size_t i = 0; alias && i < 2; i++)
		view->sightings[i].alias = lent(names[alias - 'a']);
}

/* What run_attach() does. */
static void follow_all(void)
{
	unsigned hops = 0;

	do {
		for (size_t i = 0; i < facts.owner_count; i++) {
			struct owner_facts *owner = &facts.owners[i];
			size_t n = (size_t)(owner->owner[0] - 'a');

			owner->seen = &views[n].seen;
			owner->ledger = ledgers[n];
		}
	} while (hops++ < ALIASES_MAX && alias_follow(&facts));
}

static const struct owner_facts *owner(char letter)
{
	return facts_find_owner(&facts, names[letter - 'a']);
}

TEST(no_alias)
{
	want('a', "311 211");
	say('a', 0);
	follow_all();
	assert_int_equal(facts.owner_count, 1);
	assert_int_equal(owner('a')->param_count, 2);
	assert_null(owner('a')->alias);
	assert_null(owner('a')->via);
	assert_ptr_equal(alias_end(&facts, owner('a')), owner('a'));
}

TEST(chain)
{
	want('a', "311 211");
	say('a', 'b');
	say('b', 'c');
	say('c', 0);
	follow_all();
	assert_int_equal(facts.owner_count, 3);
	assert_string_equal(owner('a')->alias, "b.test.");
	assert_string_equal(owner('b')->alias, "c.test.");
	assert_null(owner('c')->alias);
	assert_int_equal(owner('a')->param_count, 0);
	assert_int_equal(owner('b')->param_count, 0);
	assert_int_equal(owner('c')->param_count, 2);
	assert_string_equal(owner('c')->via, "a.test.");
	assert_ptr_equal(alias_end(&facts, owner('a')), owner('c'));
	/* A second look at the same survey changes nothing. */
	follow_all();
	assert_int_equal(facts.owner_count, 3);
	assert_int_equal(owner('c')->param_count, 2);
}

/* A name not asked about yet ends the chain for now, unseen. */
TEST(unseen_end)
{
	want('a', "311")->seen = &views[0].seen;
	say('a', 'b');
	assert_true(alias_follow(&facts));
	assert_null(owner('b')->seen);
	assert_int_equal(owner('b')->param_count, 1);
	assert_false(alias_follow(&facts));
}

TEST(several_names_of_one)
{
	want('a', "311");
	want('b', "211");
	want('c', "301");
	say('a', 'c');
	say('b', 'a');
	say('c', 0);
	follow_all();
	assert_int_equal(facts.owner_count, 3);
	assert_int_equal(owner('c')->param_count, 3);
	assert_string_equal(owner('c')->via, "a.test.");
}

/* Records of ours stand there, but nobody wants any there now. */
TEST(what_is_not_wanted_is_not_followed)
{
	want('a', "");
	say('a', 'b');
	follow_all();
	assert_int_equal(facts.owner_count, 1);
	assert_null(owner('a')->alias);
}

TEST(programs_are_not_told)
{
	target.api = API_EXEC;
	want('a', "311");
	say('a', 'b');
	follow_all();
	assert_int_equal(facts.owner_count, 1);
	assert_int_equal(owner('a')->param_count, 1);
}

/* Somebody still wants something, and is an alias: that is seen. */
static size_t count_unfollowed(void)
{
	size_t n = 0;

	for (size_t i = 0; i < facts.owner_count; i++)
		n += facts.owners[i].param_count &&
		     survey_alias(facts.owners[i].seen);
	return n;
}

TEST(loops)
{
	want('a', "311");
	say('a', 'a');
	follow_all();
	assert_int_equal(count_unfollowed(), 1);
	close_facts(NULL);
	open_facts(NULL);
	want('a', "311");
	say('a', 'b');
	say('b', 'c');
	say('c', 'a');
	follow_all();
	assert_int_equal(facts.owner_count, 3);
	assert_int_equal(count_unfollowed(), 1);
	assert_non_null(alias_end(&facts, owner('a')));
}

TEST(long_chain)
{
	want('a', "311");
	for (char letter = 'a'; letter < 'a' + ALIASES_MAX; letter++)
		say(letter, (char)(letter + 1));
	say('a' + ALIASES_MAX, 0);
	follow_all();
	assert_int_equal(count_unfollowed(), 0);
	assert_ptr_equal(alias_end(&facts, owner('a')),
			 owner('a' + ALIASES_MAX));
	close_facts(NULL);
	open_facts(NULL);
	want('a', "311");
	for (char letter = 'a'; letter < 'a' + ALIASES_MAX + 1; letter++)
		say(letter, (char)(letter + 1));
	follow_all();
	assert_int_equal(count_unfollowed(), 1);
}

/* What LETTER was AGE_MS ago; nobody knows what it was before. */
static void note(char letter, char alias, int64_t age_ms)
{
	struct view *view = &views[letter - 'a'];
	struct ledger *ledger = ledgers[letter - 'a'];

	say(letter, alias);
	ledger_record(ledger, &view->seen, NOW - age_ms);
	for (size_t i = 0; i < 2; i++)
		ledger->addresses[i].last_ms[0] = LEDGER_NEVER;
}

TEST(old_aliases)
{
	const struct owner_facts *which = NULL;

	want('a', "311");
	note('a', 'b', 0);
	say('b', 0);
	follow_all();
	/* It was never seen to lead elsewhere. */
	assert_true(alias_old_until(&facts, &which) == LEDGER_NEVER);
	note('a', 'c', 9000);
	note('a', 'b', 5000);
	assert_int_equal(alias_old_until(&facts, &which), NOW - 5000 +
			 3600 * 1000);
	assert_string_equal(which->owner, "a.test.");
	/* What is unknown may have been that alias too. */
	ledgers[0]->addresses[1].last_ms[0] = NOW - 1000;
	assert_int_equal(alias_old_until(&facts, &which), NOW - 1000 +
			 3600 * 1000);
}

/* Before the first rest nobody knows whether what caches hold led elsewhere:
 * the state may have been lost, and with it what the alias was. */
TEST(forgotten_alias)
{
	const struct owner_facts *which = NULL;

	want('a', "311");
	note('a', 'b', 0);
	say('b', 0);
	follow_all();
	ledgers[0]->addresses[1].last_ms[0] = NOW - 1000;
	assert_int_equal(alias_old_until(&facts, &which), NOW - 1000 +
			 3600 * 1000);
	target.api = API_EXEC;
	assert_true(alias_old_until(&facts, &which) == LEDGER_NEVER);
	target.api = API_RFC2136;
	ledgers[0]->rested_ms = NOW - 3601 * 1000;
	assert_true(alias_old_until(&facts, &which) == LEDGER_NEVER);
}

TEST(no_longer_an_alias)
{
	const struct owner_facts *which = NULL;

	want('a', "311");
	note('a', 'b', 9000);
	note('a', 0, 7000);
	follow_all();
	assert_int_equal(alias_old_until(&facts, &which), NOW - 7000 +
			 3600 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_facts, close_facts)
		CASE(no_alias),
		CASE(chain),
		CASE(unseen_end),
		CASE(several_names_of_one),
		CASE(what_is_not_wanted_is_not_followed),
		CASE(programs_are_not_told),
		CASE(loops),
		CASE(long_chain),
		CASE(old_aliases),
		CASE(forgotten_alias),
		CASE(no_longer_an_alias),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
