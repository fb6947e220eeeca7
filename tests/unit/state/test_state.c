/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/chains.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <sys/stat.h>

#define T0 INT64_C(1800000000000)
#define OWNER "_25._tcp.mail.example.com."

static struct world world;
static struct moment clock_now;
static char *directory;
static int dir;

static void fake_now(struct world *self, struct moment *now)
{
	(void)self;
	*now = clock_now;
}

static int setup(void **state)
{
	(void)state;
	world_posix_open(&world);
	world.now = fake_now;
	clock_now = (struct moment){ T0, 1000000, "boot-one", true };
	directory = test_directory_make();
	dir = world.dir_open(&world, WORLD_CWD, directory);
	assert_true(dir >= 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world.dir_close(&world, dir);
	world_posix_close(&world);
	test_directory_remove(directory);
	return 0;
}

/* ---- Files ------------------------------------------------------------ */

static void expect_load(enum state_error want, const char *detail_part)
{
	struct state *state;
	char *detail;

	assert_int_equal(state_load(&world, dir, "mail", &state, &detail),
			 want);
	assert_int_equal(state != NULL, want == STATE_OK);
	assert_int_equal(detail != NULL, detail_part != NULL);
	if (detail_part && !strstr(detail, detail_part))
		fail_msg("have \"%s\", want \"%s\"", detail, detail_part);
	free(detail);
	state_free(state);
}

TEST(absent)
{
	expect_load(STATE_ABSENT, NULL);
}

static void test_save_and_load(void **unused)
{
	struct state *state = state_new("mail"), *again;
	struct file_info info;
	char *detail;

	(void)unused;
	state->has_released = true;
	state->released = cast_chain('a')->version;
	state_add_presented(state, &state->released);
	assert_int_equal(state_save(&world, dir, state), 0);
	assert_int_equal(state->saved.wall_ms, T0);
	state->reload_due = true;
	clock_now.wall_ms += 5000;
	assert_int_equal(state_save(&world, dir, state), 0);
	assert_int_equal(world.file_info(&world, dir, "mail.json", false,
					 &info), 0);
	assert_int_equal(info.mode, 0600);
	assert_int_equal(state_load(&world, dir, "mail", &again, &detail),
			 STATE_OK);
	assert_null(detail);
	assert_true(again->reload_due);
	assert_int_equal(again->saved.wall_ms, T0 + 5000);
	assert_string_equal(again->saved.boot_id, "boot-one");
	assert_true(again->saved.synchronised);
	state_free(again);
	state_free(state);
	assert_int_equal(world.file_remove(&world, dir, "mail.json"), 0);
	expect_load(STATE_ABSENT, NULL);
}

static void test_another_targets_file(void **unused)
{
	struct state *state = state_new("other");

	(void)unused;
	assert_int_equal(state_save(&world, dir, state), 0);
	assert_int_equal(world.rename(&world, dir, "other.json", "mail.json"),
			 0);
	expect_load(STATE_DAMAGED, "other");
	state_free(state);
}

TEST(cannot_be_read)
{
	char *large = xcalloc(STATE_SIZE_MAX + 2, 1);

	memset(large, ' ', STATE_SIZE_MAX + 1);
	test_file_write(directory, "mail.json", large);
	expect_load(STATE_FAILED, "");
	free(large);
	assert_int_equal(world.file_remove(&world, dir, "mail.json"), 0);
	assert_int_equal(world.dir_make(&world, dir, "mail.json", 0700), 0);
	expect_load(STATE_FAILED, "");
}

/* What could not be read again is not written. */
TEST(too_large_to_write)
{
	struct state *mail = state_new("mail");
	char *large = xcalloc(STATE_SIZE_MAX + 1, 1);

	assert_int_equal(state_save(&world, dir, mail), 0);
	memset(large, 'x', STATE_SIZE_MAX);
	mail->settled_config = large;
	assert_int_equal(state_save(&world, dir, mail), -EFBIG);
	expect_load(STATE_OK, NULL);
	state_free(mail);
}

/* Sixty owners, and at each as much as a ledger may have. */
static struct state *large_state(void)
{
	struct state *state = state_new("mail");

	for (int i = 0; i < 60; i++) {
		char *owner = xasprintf("_%d._tcp.mail.example.com.", i);
		struct ledger *ledger = state_ledger(state, owner);

		for (uint8_t k = 0; k < 7; k++) {
			uint8_t data[TLSA_DATA_MAX] = { k };
			struct tlsa record = { { 3, 0, 0 }, data,
					       sizeof(data) };
			struct tlsa_set set = { &record, 1 };

			ledger_add_version(ledger, LEDGER_SET, &set);
		}
		ledger_add_alias(ledger, "elsewhere.example.");
		free(owner);
	}
	return state;
}

/* What name servers make too large is kept in short, and in memory, too. */
TEST(squeezed)
{
	struct state *large = large_state(), *again;
	char *detail;

	assert_int_equal(state_save(&world, dir, large), 0);
	assert_true(large->squeezed);
	assert_int_equal(state_load(&world, dir, "mail", &again, &detail),
			 STATE_OK);
	assert_int_equal(again->ledger_count, 60);
	for (size_t i = 0; i < again->ledger_count; i++) {
		assert_int_equal(again->ledgers[i]->version_count, 3);
		assert_int_equal(large->ledgers[i]->version_count, 3);
	}
	assert_int_equal(state_save(&world, dir, again), 0);
	assert_false(again->squeezed);
	state_free(again);
	state_free(large);
}

static int refuse_rename(struct world *self, int at, const char *from,
			 const char *to)
{
	(void)self;
	(void)at;
	(void)from;
	(void)to;
	return -ENOSPC;
}

static void test_failed_save_keeps_the_old(void **unused)
{
	struct state *state = state_new("mail");
	struct texts names;

	(void)unused;
	assert_int_equal(state_save(&world, dir, state), 0);
	state->has_released = true;
	world.rename = refuse_rename;
	assert_int_equal(state_save(&world, dir, state), -ENOSPC);
	expect_load(STATE_OK, NULL);
	assert_int_equal(world.dir_list(&world, dir, &names), 0);
	assert_int_equal(names.count, 1);
	texts_clear(&names);
	state_free(state);
}

/* A state that stands in for a damaged file must never replace it. */
static void test_transient_is_not_written(void **unused)
{
	struct state *state = state_new("mail");

	(void)unused;
	state->transient = true;
	assert_int_equal(state_save(&world, dir, state), 0);
	expect_load(STATE_ABSENT, NULL);
	state_free(state);
}

/* ---- Damage ----------------------------------------------------------- */

static const char *file_text;
static size_t file_size;

static int read_text(struct world *self, int at, const char *name,
		     size_t size_max, char **data, size_t *size,
		     struct file_info *info)
{
	(void)self;
	(void)at;
	(void)name;
	(void)info;
	assert_true(file_size <= size_max);
	*data = xstrndup(file_text, file_size);
	*size = file_size;
	return 0;
}

/* STATE_OK, STATE_DAMAGED with a reason, and nothing else. */
static enum state_error load_text(void)
{
	struct state *state;
	char *detail;
	enum state_error error = state_load(&world, dir, "mail", &state,
					    &detail);

	assert_true(error == STATE_OK || error == STATE_DAMAGED);
	assert_int_equal(state != NULL, error == STATE_OK);
	assert_int_equal(detail != NULL, error == STATE_DAMAGED);
	free(detail);
	state_free(state);
	return error;
}

static char *saved_text(size_t *size)
{
	struct state *state = state_new("mail");
	struct ledger *ledger = state_ledger(state, OWNER);
	struct view view;
	char *text;

	state->has_released = true;
	state->released = cast_chain('a')->version;
	state_add_presented(state, &state->released);
	view_open(&view, OWNER, 2);
	view_say_all(&view, "a", 300);
	ledger_record(ledger, &view.seen, T0);
	state_add_published(state, OWNER, &view.sightings[0].set.records[0]);
	view_close(&view);
	assert_int_equal(state_save(&world, dir, state), 0);
	assert_int_equal(world.file_read(&world, dir, "mail.json",
					 STATE_SIZE_MAX, &text, size, NULL),
			 0);
	state_free(state);
	return text;
}

static void test_truncated_anywhere(void **unused)
{
	size_t size;
	char *text = saved_text(&size);

	(void)unused;
	world.file_read = read_text;
	file_text = text;
	file_size = size;
	assert_int_equal(load_text(), STATE_OK);
	for (file_size = 0; file_size < size - 1; file_size++)
		assert_int_equal(load_text(), STATE_DAMAGED);
	free(text);
}

static void test_any_octet_changed(void **unused)
{
	static const char octets[] = { '0', '9', '"', '}', ']', ',', ' ', 'n',
				       '\\', '\x01', '\xff', '-' };
	size_t size;
	char *text = saved_text(&size);

	(void)unused;
	world.file_read = read_text;
	file_text = text;
	file_size = size;
	for (size_t i = 0; i < size; i++) {
		char whole = text[i];

		for (size_t k = 0; k < sizeof(octets); k++) {
			text[i] = octets[k];
			load_text();
		}
		text[i] = whole;
	}
	assert_int_equal(load_text(), STATE_OK);
	free(text);
}

/* ---- Lists ------------------------------------------------------------ */

static void test_presented(void **unused)
{
	struct state *state = state_new("mail");

	(void)unused;
	state_add_presented(state, &cast_chain('a')->version);
	state_add_presented(state, &cast_chain('b')->version);
	state_add_presented(state, &cast_chain('a')->version);
	assert_int_equal(state->presented_count, 2);
	assert_true(state_is_presented(state, &cast_chain('b')->version));
	assert_false(state_is_presented(state, &cast_chain('c')->version));
	state->unproven = state->guessed = true;
	/* The argument may lie in the list itself. */
	state_set_presented(state, &state->presented[1]);
	assert_int_equal(state->presented_count, 1);
	assert_true(state_is_presented(state, &cast_chain('b')->version));
	assert_false(state->unproven || state->guessed);
	state_free(state);
}

static void test_published(void **unused)
{
	struct state *state = state_new("mail");
	struct tlsa_set set = cast_set("a b c");

	(void)unused;
	for (size_t i = 0; i < set.count; i++) {
		state_add_published(state, OWNER, &set.records[i]);
		state_add_published(state, OWNER, &set.records[i]);
	}
	state_add_published(state, "other.", &set.records[0]);
	assert_int_equal(state->published_count, 4);
	state_remove_published(state, OWNER, &set.records[0]);
	state_remove_published(state, OWNER, &set.records[0]);
	state_remove_published(state, "third.", &set.records[1]);
	assert_int_equal(state->published_count, 3);
	assert_false(state_has_published(state, OWNER, &set.records[0]));
	assert_true(state_has_published(state, "other.", &set.records[0]));
	assert_true(state_has_published(state, OWNER, &set.records[1]));
	assert_true(state_has_published(state, OWNER, &set.records[2]));
	state_remove_published(state, state->published[0].owner,
			       &state->published[0].record);
	assert_int_equal(state->published_count, 2);
	tlsa_set_clear(&set);
	state_free(state);
}

static void test_ledgers(void **unused)
{
	struct state *state = state_new("mail");
	struct ledger *one = state_ledger(state, OWNER);

	(void)unused;
	assert_ptr_not_equal(state_ledger(state, "other."), one);
	assert_ptr_equal(state_ledger(state, OWNER), one);
	assert_int_equal(state->ledger_count, 2);
	state_drop_ledgers(state);
	assert_int_equal(state->ledger_count, 0);
	state_free(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, setup, teardown)
		CASE(absent),
		CASE(save_and_load),
		CASE(another_targets_file),
		CASE(cannot_be_read),
		CASE(too_large_to_write),
		CASE(squeezed),
		CASE(failed_save_keeps_the_old),
		CASE(transient_is_not_written),
		CASE(truncated_anywhere),
		CASE(any_octet_changed),
		CASE(presented),
		CASE(published),
		CASE(ledgers),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
