/* SPDX-License-Identifier: MIT */
#include "decide/change.h"

#include "support/chains.h"
#include "unit.h"

/* Appended changes keep their sets, and take them along. */
TEST(sets_are_taken_over)
{
	struct changes changes = { NULL, 0 };
	struct change change = { .owner = "a.test.", .add = cast_set("a b"),
				 .ours = cast_set("a"),
				 .remove = cast_set("c") };

	for (int i = 0; i < 3; i++) {
		changes_add(&changes, &change);
		assert_ptr_equal(changes.items[i].add.records,
				 change.add.records);
		change = (struct change){ .owner = "b.test." };
	}
	assert_int_equal(changes.count, 3);
	assert_int_equal(changes.items[0].add.count, 2);
	assert_string_equal(changes.items[2].owner, "b.test.");
	changes_clear(&changes);
	assert_int_equal(changes.count, 0);
	assert_null(changes.items);
	changes_clear(&changes);
}

/* Until it is seen, or wanted the other way round. */
TEST(sent_and_not_seen)
{
	struct state *kept = state_new("mail");
	struct tlsa_set set = cast_set("a b");
	struct state_record *at;

	state_add_published(kept, "a.test.", &set.records[0]);
	state_note_sent(kept, "a.test.", &set.records[0], 7);
	state_note_sent(kept, "a.test.", &set.records[0], 7 + 1);
	state_note_sent(kept, "a.test.", &set.records[1], 7);
	assert_int_equal(kept->published_count, 1);
	assert_null(state_published(kept, "a.test.", &set.records[1]));
	assert_null(state_published(kept, "other.", &set.records[0]));
	at = state_published(kept, "a.test.", &set.records[0]);
	assert_int_equal(at->sent, 2);
	assert_int_equal(at->sent_ms, 7);
	assert_false(state_set_deleting(kept, "a.test.", &at->record, false));
	assert_int_equal(at->sent, 2);
	assert_true(state_set_deleting(kept, "a.test.", &at->record, true));
	assert_int_equal(at->sent, 0);
	assert_int_equal(at->sent_ms, 0);
	at->sent = STATE_SENT_MAX;
	state_note_sent(kept, "a.test.", &set.records[0], 7 + 2);
	assert_int_equal(at->sent, STATE_SENT_MAX);
	assert_int_equal(at->sent_ms, 7 + 2);
	tlsa_set_clear(&set);
	state_free(kept);
}

/* Of what is added or, where nothing is, removed: that which was most often. */
TEST(times_sent)
{
	struct state *kept = state_new("mail");
	struct change add = { .owner = "a.test.", .add = cast_set("a b c") };
	struct change remove = { .owner = "a.test.",
				 .remove = cast_set("a") };
	int64_t since_ms = 7;

	state_add_published(kept, "a.test.", &add.add.records[0]);
	state_add_published(kept, "a.test.", &add.add.records[1]);
	assert_int_equal(change_times_sent(kept, &add, &since_ms), 0);
	assert_int_equal(since_ms, 7);
	state_note_sent(kept, "a.test.", &add.add.records[0], 10);
	state_note_sent(kept, "a.test.", &add.add.records[1], 11);
	state_note_sent(kept, "a.test.", &add.add.records[1], 12);
	assert_int_equal(change_times_sent(kept, &add, &since_ms), 2);
	assert_int_equal(since_ms, 11);
	assert_int_equal(change_times_sent(kept, &remove, &since_ms),
			 state_published(kept, "a.test.",
					 &remove.remove.records[0])->sent);
	add.owner = "b.test.";
	assert_int_equal(change_times_sent(kept, &add, &since_ms), 0);
	change_clear(&add);
	change_clear(&remove);
	state_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets_are_taken_over),
		cmocka_unit_test(test_sent_and_not_seen),
		cmocka_unit_test(test_times_sent),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
