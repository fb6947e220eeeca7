/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/xalloc.h"
#include "support/links.h"

/* In ROOT/state, which stands for a version's directory. */
static int combine(struct fixture *fixture, const char *key,
		   const char *chain)
{
	if (key)
		test_file_write(fixture->state_path, "privkey.pem", key);
	if (chain)
		test_file_write(fixture->state_path, "fullchain.pem", chain);
	return held_combine(&fixture->world, fixture->places.state);
}

static void assert_text(struct fixture *fixture, const char *want)
{
	char *data;
	size_t size;

	assert_int_equal(fixture->real.file_read(
		&fixture->real, fixture->places.state, "combined.pem", 1000,
		&data, &size, NULL), 0);
	assert_string_equal(data, want);
	free(data);
	assert_true(held_is_combined(&fixture->real, fixture->places.state,
				     "."));
}

/* Each begins at the beginning of a line; nothing else is added. */
static void test_joins(void **state)
{
	static const struct {
		const char *key, *chain, *want;
	} cases[] = {
		{ "key\n", "chain\n", "key\nchain\n" },
		{ "key", "chain\n", "key\nchain\n" },
		{ "key\n", "chain", "key\nchain" },
		{ "key\n\n", "chain\n", "key\n\nchain\n" },
		{ "key\r\n", "chain\r\n", "key\r\nchain\r\n" },
		{ "", "chain", "\nchain" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(combine(fixture, cases[i].key,
					 cases[i].chain), 0);
		assert_int_equal(fixture->faults.unsynced, 0);
		assert_text(fixture, cases[i].want);
	}
}

static unsigned mode_of(struct fixture *fixture, const char *name)
{
	struct file_info info;

	assert_int_equal(fixture->real.file_info(
		&fixture->real, fixture->places.state, name, false, &info), 0);
	return info.mode;
}

static void test_has_the_rights_of_the_key(void **state)
{
	struct fixture *fixture = *state;
	static const unsigned modes[] = { 0600, 0640, 0644, 0400 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		fixture->real.file_remove(&fixture->real,
					  fixture->places.state,
					  "privkey.pem");
		assert_int_equal(fixture->real.file_write(
			&fixture->real, fixture->places.state, "privkey.pem",
			"key\n", 4, modes[i]), 0);
		assert_int_equal(combine(fixture, NULL, "chain\n"), 0);
		assert_int_equal(mode_of(fixture, "combined.pem"), modes[i]);
	}
}

static bool is_combined_with(struct fixture *fixture, const char *text)
{
	test_file_write(fixture->state_path, "combined.pem", text);
	return held_is_combined(&fixture->real, fixture->places.state, ".");
}

/* Octet by octet: another version's, half of it, more than it. */
static void test_is_checked(void **state)
{
	struct fixture *fixture = *state;
	int dir = fixture->places.state;

	assert_int_equal(combine(fixture, "key\n", "chain\n"), 0);
	assert_true(is_combined_with(fixture, "key\nchain\n"));
	assert_false(is_combined_with(fixture, "key\nchaim\n"));
	assert_false(is_combined_with(fixture, "key\nchain\n\n"));
	assert_false(is_combined_with(fixture, "key\nchain"));
	assert_false(is_combined_with(fixture, "chain\nkey\n"));
	assert_false(is_combined_with(fixture, ""));
	fixture->real.file_remove(&fixture->real, dir, "combined.pem");
	assert_false(held_is_combined(&fixture->real, dir, "."));
	assert_true(is_combined_with(fixture, "key\nchain\n"));
	fixture->real.file_remove(&fixture->real, dir, "privkey.pem");
	assert_false(held_is_combined(&fixture->real, dir, "."));
	assert_false(held_is_combined(&fixture->real, dir, "nowhere"));
}

static void assert_either(struct fixture *fixture)
{
	char *data;
	size_t size;

	assert_int_equal(fixture->real.file_read(
		&fixture->real, fixture->places.state, "combined.pem", 1000,
		&data, &size, NULL), 0);
	assert_true(streq(data, "a\nb\n") || streq(data, "c\nd\n"));
	free(data);
}

/* At every moment it is whole, the one before or the new one. */
static void test_every_fault(void **state)
{
	struct fixture *fixture = *state;
	bool reached = true;
	unsigned k;

	for (k = 1; reached; k++) {
		fixture_calm(fixture);
		assert_int_equal(combine(fixture, "a\n", "b\n"), 0);
		fixture_calm(fixture);
		fixture->faults.failing = k;
		fixture->faults.dead = true;
		combine(fixture, "c\n", "d\n");
		reached = fixture->faults.calls >= k;
		assert_either(fixture);
		fixture_calm(fixture);
		assert_int_equal(combine(fixture, NULL, NULL), 0);
		assert_text(fixture, "c\nd\n");
	}
	assert_true(k > 6);
}

static void test_without_parts(void **state)
{
	struct fixture *fixture = *state;
	struct file_info info;

	assert_int_equal(combine(fixture, NULL, "chain"), -ENOENT);
	fixture->real.file_remove(&fixture->real, fixture->places.state,
				  "fullchain.pem");
	assert_int_equal(combine(fixture, "key", NULL), -ENOENT);
	assert_int_equal(fixture->real.file_info(
		&fixture->real, fixture->places.state, "combined.pem", false,
		&info), -ENOENT);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(joins), CASE(has_the_rights_of_the_key),
		CASE(is_checked), CASE(every_fault), CASE(without_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
