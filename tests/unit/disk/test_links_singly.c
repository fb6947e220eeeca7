/* SPDX-License-Identifier: MIT */
#include "disk/links_internal.h"

#include "base/xalloc.h"
#include "support/links.h"

static struct fixture *watched;
static unsigned before, after;

/* The generation is the last to move: as long as it is the old one a link may
 * lead to either version, with the new one all lead to the new. */
static void watch_generation(void)
{
	struct links links;
	char *detail;

	assert_int_equal(links_read(&watched->real_lineage, &links, &detail),
			 0);
	free(detail);
	if (links.generation == after) {
		assert_int_equal(links.place, LINKS_ARCHIVE);
		assert_int_equal(links.number, 2);
		assert_true(fingerprint_equal(&links.combined,
					      &watched->version[2]));
		assert_int_equal(links.files & PEM_BIT(PEM_CHAIN), 0);
	} else {
		assert_int_equal(links.generation, before);
	}
	assert_true(links.files & PEM_BIT(PEM_COMBINED));
}

static void assert_singly(void **state, unsigned k)
{
	struct fixture *fixture;
	struct links one, two;
	char *detail;

	assert_int_equal(fixture_open(state), 0);
	fixture = watched = *state;
	one = fixture_whole(fixture, 1, before);
	two = fixture_whole(fixture, 2, after);
	two.files &= ~PEM_BIT(PEM_CHAIN);
	assert_switches(fixture, &one);
	fixture_calm(fixture);
	fixture->faults.exchange_error = -EINVAL;
	fixture->faults.failing = k;
	fixture->faults.dead = true;
	fixture->faults.before = watch_generation;
	switch_to(fixture, &two, &detail);
	free(detail);
	fixture->faults.failing = 0;
	watch_generation();
	assert_switches(fixture, &two);
	assert_combined(fixture, 2);
	assert_entries(fixture, fixture->places.dane, NAME);
	assert_int_equal(fixture_close(state), 0);
}

static void test_generation_moves_last(void **state)
{
	before = 4;
	after = 5;
	for (unsigned k = 1; k < 120; k++)
		assert_singly(state, k);
}

static int refuse_remove(struct world *world, int dir, const char *name)
{
	struct faults *faults = world->self;

	if (streq(name, "chain.pem"))
		return -EROFS;
	return faults->real->file_remove(faults->real, dir, name);
}

/* A link that cannot be removed is told; what is wanted has moved by then. */
static void test_link_that_stays(void **state)
{
	struct fixture *fixture = *state;
	struct links one = fixture_whole(fixture, 1, 1), two;
	char *detail;

	two = fixture_whole(fixture, 2, 2);
	two.files &= ~PEM_BIT(PEM_CHAIN);
	assert_switches(fixture, &one);
	fixture->faults.exchange_error = -EINVAL;
	fixture->world.file_remove = refuse_remove;
	assert_int_equal(switch_to(fixture, &two, &detail), -EROFS);
	assert_non_null(strstr(detail, "cannot remove"));
	free(detail);
	assert_combined(fixture, 2);
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generation_moves_last),
		CASE(link_that_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
