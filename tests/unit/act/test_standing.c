/* SPDX-License-Identifier: MIT */
#include "act/standing.h"

#include "support/chains.h"
#include "unit.h"

#define OWNER "_25._tcp.mail.example.com."
#define OTHER "_443._tcp.mail.example.com."

/* What was added stands, whichever target had asked for its deletion; the
 * same record at another owner does not. */
TEST(note)
{
	struct tlsa_set set = cast_set("a b");
	struct target items[] = {
		{ .state = NULL }, { .state = state_new("mail") },
	};
	struct targets targets = { .items = items, .count = COUNT(items) };
	struct state *promises = items[1].state;
	struct standing standing = { NULL, 0 };

	state_add_published(promises, OWNER, &set.records[0]);
	state_add_published(promises, OTHER, &set.records[0]);
	standing_add(&standing, OWNER, &set.records[1]);
	standing_add(&standing, OWNER, &set.records[0]);
	standing_note(&standing, &targets);
	assert_false(items[1].unsaved);
	state_set_deleting(promises, OWNER, &set.records[0], true);
	state_set_deleting(promises, OTHER, &set.records[0], true);
	standing_note(&standing, &targets);
	assert_true(items[1].unsaved);
	assert_false(promises->published[0].deleting);
	assert_true(promises->published[1].deleting);
	standing_clear(&standing);
	standing_note(&standing, &targets);
	tlsa_set_clear(&set);
	state_free(promises);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
