/* SPDX-License-Identifier: MIT */
#include "disk/links.h"

#include "base/xalloc.h"
#include "support/links.h"

/* A switch with a fault at each of its calls. */
static struct fixture *watched;
static bool holds_both;

/* What a service would find that starts at this very moment: link by link two
 * versions side by side, but all four files. */
static void watch_services(void)
{
	struct links links;
	char *detail;

	assert_int_equal(links_read(&watched->real_lineage, &links, &detail),
			 0);
	assert_true(links.place == LINKS_REST ||
		    links.place == LINKS_ARCHIVE ||
		    (watched->faults.exchange_failed &&
		     links.place == LINKS_MIXED));
	free(detail);
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf(NAME "/%s.pem", pem_kind_names[kind]);
		char *data;
		size_t size;

		assert_int_equal(watched->real.file_read(
			&watched->real, watched->places.dane, path, 100000,
			&data, &size, NULL), 0);
		free(data);
		free(path);
	}
}

/* A run that was killed may have left a part of it in the first. */
static void assert_key_kept(struct fixture *fixture)
{
	struct file_info info;
	int first = fixture->real.dir_open(
		&fixture->real, fixture->places.dane, "." NAME ".old-1");
	bool there;

	assert_true(first >= 0);
	there = fixture->real.file_info(&fixture->real, first, "privkey.pem",
					false, &info) == 0;
	fixture->real.dir_close(&fixture->real, first);
	assert_kept(fixture, there ? "." NAME ".old-1/privkey.pem" :
		    "." NAME ".old-2/privkey.pem", "my key");
}

/* From FROM (NULL: foreign content) to TO with a fault at call K; then once
 * more in peace. True when the fault was never reached. */
static bool fault_at(void **state, const struct links *from,
		     const struct links *to, bool without_exchange, bool dead,
		     unsigned k)
{
	struct fixture *fixture;
	char *detail;
	bool reached;
	int error;

	assert_int_equal(fixture_open(state), 0);
	fixture = watched = *state;
	if (holds_both) {
		fixture_whole(fixture, 1, 1);
		fixture_whole(fixture, 2, 1);
	}
	if (!from)
		write_foreign(fixture);
	else if (from->place != LINKS_ABSENT)
		assert_switches(fixture, from);
	fixture_calm(fixture);
	fixture->faults.failing = k;
	fixture->faults.dead = dead;
	fixture->faults.exchange_error = without_exchange ? -EINVAL : 0;
	if (from && from->place != LINKS_ABSENT)
		fixture->faults.before = watch_services;
	error = switch_to(fixture, to, &detail);
	reached = fixture->faults.calls >= k;
	assert_int_equal(error != 0, detail != NULL);
	assert_true(reached || !error);
	free(detail);
	if (!error)
		assert_links(fixture, to);
	fixture->faults.failing = 0;
	assert_switches(fixture, to);
	if (from)
		assert_entries(fixture, fixture->places.dane, NAME);
	else
		assert_key_kept(fixture);
	assert_int_equal(fixture_close(state), 0);
	return !reached;
}

static void check_faults(void **state, const struct links *from,
			 const struct links *to)
{
	for (int way = 0; way < 4; way++) {
		unsigned k = 1;

		while (!fault_at(state, from, to, way & 1, way & 2, k))
			k++;
		assert_true(k > 15 && k < 200);
	}
}

static void test_faults_when_new(void **state)
{
	const struct links absent = { .place = LINKS_ABSENT };

	check_faults(state, &absent, &fixture_rest);
}

static void test_faults_when_pinning(void **state)
{
	check_faults(state, &fixture_rest, &fixture_one);
}

static void test_faults_when_releasing(void **state)
{
	check_faults(state, &fixture_one, &fixture_two);
	check_faults(state, &fixture_one, &fixture_rest);
}

static void test_faults_with_foreign(void **state)
{
	check_faults(state, NULL, &fixture_two);
}

/* All five and the generation, with those that go or come. */
static void check_whole(void **state, unsigned from_files, unsigned to_files)
{
	struct links from = { .place = LINKS_ARCHIVE, .number = 1,
			      .files = from_files, .generation = 3 };
	struct links to = { .place = LINKS_ARCHIVE, .number = 2,
			    .files = to_files, .generation = 4 };

	assert_int_equal(fixture_open(state), 0);
	from.combined = fixture_whole(*state, 1, 3).combined;
	to.combined = fixture_whole(*state, 2, 4).combined;
	assert_int_equal(fixture_close(state), 0);
	holds_both = true;
	check_faults(state, &from, &to);
	holds_both = false;
}

static void test_faults_with_combined(void **state)
{
	check_whole(state, PEM_ALL_LINKS, PEM_ALL_LINKS);
	check_whole(state, FOUR, PEM_ALL_LINKS);
	check_whole(state, PEM_ALL_LINKS, FOUR);
}

/* A killed switch, and then the wish for another version. */
static void test_change_of_mind(void **state)
{
	for (unsigned k = 1; k < 80; k++) {
		struct fixture *fixture;
		char *detail;

		assert_int_equal(fixture_open(state), 0);
		fixture = *state;
		assert_switches(fixture, &fixture_one);
		fixture_calm(fixture);
		fixture->faults.failing = k;
		fixture->faults.dead = true;
		fixture->faults.exchange_error = k & 1 ? -EINVAL : 0;
		switch_to(fixture, &fixture_two, &detail);
		free(detail);
		fixture->faults.failing = 0;
		assert_switches(fixture, &fixture_rest);
		assert_switches(fixture, &fixture_one);
		assert_served(fixture, 1);
		assert_entries(fixture, fixture->places.dane, NAME);
		assert_int_equal(fixture_close(state), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults_when_new),
		cmocka_unit_test(test_faults_when_pinning),
		cmocka_unit_test(test_faults_when_releasing),
		cmocka_unit_test(test_faults_with_foreign),
		cmocka_unit_test(test_faults_with_combined),
		cmocka_unit_test(test_change_of_mind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
