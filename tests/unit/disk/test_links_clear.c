/* SPDX-License-Identifier: MIT */
#include "disk/links_internal.h"

#include "base/xalloc.h"
#include "support/links.h"

/* Whatever a switch makes is ours to remove again. */
static void test_clears_all_that_a_switch_makes(void **state)
{
	struct fixture *fixture = *state;
	struct links one = fixture_whole(fixture, 1, 7);

	assert_switches(fixture, &one);
	assert_int_equal(fixture->real.rename(
		&fixture->real, fixture->places.dane, NAME, "." NAME ".new"),
		0);
	test_link_write(fixture->dane_path, "." NAME ".new/.generation.new",
			"8");
	links_sweep(&fixture->real_lineage);
	assert_entries(fixture, fixture->places.dane, "");
}

static void test_keeps_another_generation(void **state)
{
	struct fixture *fixture = *state;
	struct links one = fixture_whole(fixture, 1, 1);

	test_file_write(fixture->dane_path, NAME "/.generation", "mine");
	assert_switches(fixture, &one);
	assert_kept(fixture, "." NAME ".old-1/.generation", "mine");
}

static void test_finds_a_free_name(void **state)
{
	struct fixture *fixture = *state;
	const struct move move = { .at = fixture->real_lineage };
	char *name = move_aside_name(&move);

	assert_string_equal(name, "." NAME ".old-1");
	free(name);
	test_file_write(fixture->dane_path, "." NAME ".old-1", "");
	test_file_write(fixture->dane_path, "." NAME ".old-3", "");
	name = move_aside_name(&move);
	assert_string_equal(name, "." NAME ".old-2");
	free(name);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(clears_all_that_a_switch_makes),
		CASE(keeps_another_generation), CASE(finds_a_free_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
