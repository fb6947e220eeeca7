/* SPDX-License-Identifier: MIT */
#include "disk/links_pin.h"

#include "base/xalloc.h"
#include "support/links.h"

#include <stdio.h>

static void remove_below(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);

	assert_int_equal(remove(path), 0);
	free(path);
}

static unsigned pins(struct fixture *fixture)
{
	unsigned number;
	char *detail;

	assert_int_equal(links_pin_live(&fixture->lineage, &number, &detail),
			 0);
	assert_null(detail);
	assert_false(links_follow_live(&fixture->lineage));
	assert_int_equal(fixture->faults.unsynced, 0);
	return number;
}

/* What the links show stays what it was, and is no longer live's. */
static void test_pins_what_live_shows(void **state)
{
	struct fixture *fixture = *state;

	assert_switches(fixture, &fixture_rest);
	assert_true(links_follow_live(&fixture->lineage));
	assert_false(links_are_pinned(&fixture->lineage));
	assert_int_equal(pins(fixture), 2);
	assert_true(links_are_pinned(&fixture->lineage));
	assert_links(fixture, &fixture_two);
	assert_served(fixture, 2);
	assert_entries(fixture, fixture->places.dane, NAME);
	assert_int_equal(pins(fixture), 0);
}

/* Those that lead elsewhere are not touched. */
static void test_pins_only_what_follows(void **state)
{
	struct fixture *fixture = *state;
	static const char rest[] = "../../../letsencrypt/live/" NAME
				   "/privkey.pem";
	struct links links;
	char *detail;

	assert_switches(fixture, &fixture_one);
	assert_false(links_follow_live(&fixture->lineage));
	assert_int_equal(pins(fixture), 0);
	assert_links(fixture, &fixture_one);
	remove_below(fixture->dane_path, NAME "/privkey.pem");
	test_link_write(fixture->dane_path, NAME "/privkey.pem", rest);
	assert_true(links_follow_live(&fixture->lineage));
	assert_int_equal(pins(fixture), 2);
	assert_int_equal(links_read(&fixture->real_lineage, &links, &detail),
			 0);
	assert_int_equal(links.place, LINKS_MIXED);
	free(detail);
}

static void test_nothing_to_pin(void **state)
{
	struct fixture *fixture = *state;

	assert_false(links_follow_live(&fixture->lineage));
	assert_false(links_are_pinned(&fixture->lineage));
	assert_int_equal(pins(fixture), 0);
	write_foreign(fixture);
	assert_false(links_are_pinned(&fixture->lineage));
	assert_int_equal(pins(fixture), 0);
	fixture->lineage.name = "..";
	assert_true(links_follow_live(&fixture->lineage));
}

/* certbot has cleaned up: that is no pin that would hold. */
static void test_pinned_to_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_switches(fixture, &fixture_one);
	assert_true(links_are_pinned(&fixture->lineage));
	remove_below(fixture->letsencrypt_path,
		     "archive/" NAME "/privkey1.pem");
	assert_false(links_are_pinned(&fixture->lineage));
	assert_false(links_follow_live(&fixture->lineage));
}

/* The truth is told: without a whole live version there is nothing to pin
 * to. */
static void test_live_is_not_whole(void **state)
{
	struct fixture *fixture = *state;
	unsigned number;
	char *detail;

	assert_switches(fixture, &fixture_rest);
	remove_below(fixture->letsencrypt_path, "live/" NAME "/privkey.pem");
	assert_int_not_equal(links_pin_live(&fixture->lineage, &number,
					    &detail), 0);
	assert_int_equal(number, 0);
	assert_non_null(strstr(detail, "privkey.pem"));
	free(detail);
	assert_links(fixture, &fixture_rest);
	assert_true(links_follow_live(&fixture->lineage));
}

static struct fixture *watched;

/* At no call does a service that starts find another version. */
static void watch_services(void)
{
	assert_served(watched, 2);
}

static bool fault_at(void **state, unsigned call, bool dead)
{
	struct fixture *fixture;
	unsigned number;
	char *detail;
	bool reached;

	fixture_open(state);
	fixture = watched = *state;
	assert_switches(fixture, &fixture_rest);
	fixture_calm(fixture);
	fixture->faults.failing = call;
	fixture->faults.dead = dead;
	fixture->faults.before = watch_services;
	if (links_pin_live(&fixture->lineage, &number, &detail) == 0)
		assert_links(fixture, &fixture_two);
	free(detail);
	reached = fixture->faults.calls >= call;
	fixture_calm(fixture);
	pins(fixture);
	assert_links(fixture, &fixture_two);
	fixture_close(state);
	return reached;
}

static void test_faults(void **state)
{
	unsigned call = 1;

	while (fault_at(state, call, false))
		call++;
	assert_true(call > 20);
	for (call = 1; fault_at(state, call, true); call++)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)
		CASE(pins_what_live_shows),
		CASE(pins_only_what_follows),
		CASE(nothing_to_pin),
		CASE(pinned_to_nothing),
		CASE(live_is_not_whole),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
