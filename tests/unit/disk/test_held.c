/* SPDX-License-Identifier: MIT */
#include "disk/held.h"

#include "base/xalloc.h"
#include "support/links.h"

static void assert_holds(struct fixture *fixture, unsigned number)
{
	char *detail;
	int error = held_add(&fixture->lineage, number,
			     &fixture->version[number], PEM_ALL_LINKS,
			     &detail);

	if (error)
		fail_msg("%d: %s", error, detail);
	assert_null(detail);
	assert_int_equal(fixture->faults.unsynced, 0);
}

static enum version_error load(struct fixture *fixture, unsigned number)
{
	struct chain *chain;
	char *detail;
	enum version_error error = held_load(
		&fixture->real_lineage, &fixture->version[number],
		&chain, &detail);

	assert_int_equal(chain != NULL, error == VERSION_OK);
	if (chain)
		assert_true(fingerprint_equal(&chain->version,
					      &fixture->version[number]));
	chain_free(chain);
	free(detail);
	return error;
}

/* held/NAME/HEX/FILE, or with NULL the directory; allocated. */
static char *held_path(struct fixture *fixture, unsigned number,
		       const char *file)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	return xasprintf("%s/held/" NAME "/%s%s%s", fixture->state_path,
			 fingerprint_format(&fixture->version[number], hex),
			 file ? "/" : "", file ? file : "");
}

static struct file_info info_of(struct fixture *fixture, const char *path)
{
	struct file_info info;

	assert_int_equal(fixture->real.file_info(&fixture->real, WORLD_CWD,
						 path, false, &info), 0);
	return info;
}

static void remove_archive(struct fixture *fixture, unsigned number)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf("%s/archive/" NAME "/%s%u.pem",
				       fixture->letsencrypt_path,
				       pem_kind_names[kind], number);

		assert_int_equal(fixture->real.file_remove(
			&fixture->real, WORLD_CWD, path), 0);
		free(path);
	}
}

/* certbot may delete the archive files: what is held remains. */
static void test_outlives_archive(void **state)
{
	struct fixture *fixture = *state;
	const struct links held = { .place = LINKS_HELD,
				    .held = fixture->version[1],
				    .files = FOUR };
	char *detail;

	assert_int_equal(load(fixture, 1), VERSION_ABSENT);
	assert_holds(fixture, 1);
	remove_archive(fixture, 1);
	assert_int_equal(load(fixture, 1), VERSION_OK);
	assert_int_equal(links_switch(&fixture->real_lineage,
				      &held, &detail), 0);
	assert_served(fixture, 1);
	/* Held already, so the archive is not needed. */
	assert_holds(fixture, 1);
}

static void assert_holds_next(struct fixture *fixture, unsigned number,
			      unsigned in_archive, int want)
{
	char *detail;

	assert_int_equal(held_add_next(&fixture->lineage, in_archive,
				       &fixture->version[number], &detail),
			 want);
	assert_int_equal(want != 0, detail != NULL);
	free(detail);
	assert_int_equal(fixture->faults.unsynced, 0);
}

static void assert_all(struct fixture *fixture, size_t want)
{
	struct chains all = { 0 };

	assert_int_equal(held_load_all(&fixture->real_lineage, &all), 0);
	assert_int_equal(all.count, want);
	chains_free(&all);
}

/* What waits for its turn: found by its fingerprint, and not taken for what is
 * in service. */
static void test_next(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	assert_holds(fixture, 1);
	assert_holds_next(fixture, 2, 0, -ENOENT);
	assert_holds_next(fixture, 2, 1, -ESTALE);
	assert_holds_next(fixture, 2, 2, 0);
	remove_archive(fixture, 2);
	assert_holds_next(fixture, 2, 0, 0);
	assert_int_equal(load(fixture, 2), VERSION_OK);
	assert_false(held_is_whole(&fixture->lineage, &fixture->version[2],
				   FOUR));
	assert_all(fixture, 1);
	/* Its turn has come. */
	assert_int_equal(held_add(&fixture->lineage, 0, &fixture->version[2],
				  PEM_ALL_LINKS, &detail), 0);
	assert_true(held_is_whole(&fixture->lineage, &fixture->version[2],
				  PEM_ALL_LINKS));
	assert_all(fixture, 2);
}

static void drop_to_one(struct fixture *fixture,
			const struct fingerprint *next)
{
	assert_int_equal(held_drop(&fixture->lineage, &fixture->version[1],
				   next, PEM_ALL_LINKS), 0);
	assert_int_equal(load(fixture, 1), VERSION_OK);
}

/* .. and let go where it is not named. */
static void test_next_is_let_go(void **state)
{
	struct fixture *fixture = *state;

	assert_holds(fixture, 1);
	assert_holds_next(fixture, 2, 2, 0);
	drop_to_one(fixture, &fixture->version[2]);
	assert_int_equal(load(fixture, 2), VERSION_OK);
	drop_to_one(fixture, &fixture->version[1]);
	assert_int_equal(load(fixture, 2), VERSION_ABSENT);
	assert_holds_next(fixture, 2, 2, 0);
	drop_to_one(fixture, NULL);
	assert_int_equal(load(fixture, 2), VERSION_ABSENT);
}

static void test_hard_links(void **state)
{
	struct fixture *fixture = *state;
	char *held = held_path(fixture, 1, "privkey.pem");
	char *archive = xasprintf("%s/archive/" NAME "/privkey1.pem",
				  fixture->letsencrypt_path);
	char *directory = held_path(fixture, 1, NULL);

	assert_holds(fixture, 1);
	assert_int_equal(info_of(fixture, held).inode,
			 info_of(fixture, archive).inode);
	assert_int_equal(info_of(fixture, directory).mode, 0700);
	assert_int_equal(info_of(fixture, held).kind, FILE_REGULAR);
	free(directory);
	free(held);
	free(archive);
}

static void test_copies(void **state)
{
	static const int errors[] = { -EXDEV, -EPERM, -EMLINK, -EOPNOTSUPP };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct fixture *fixture;
		char *held, *archive;

		assert_int_equal(fixture_open(state), 0);
		fixture = *state;
		archive = xasprintf("%s/archive/" NAME "/privkey1.pem",
				    fixture->letsencrypt_path);
		held = held_path(fixture, 1, "privkey.pem");
		fixture->faults.link_error = errors[i];
		assert_holds(fixture, 1);
		assert_int_equal(load(fixture, 1), VERSION_OK);
		assert_int_equal(info_of(fixture, held).mode,
				 info_of(fixture, archive).mode);
		assert_int_not_equal(info_of(fixture, held).inode,
				     info_of(fixture, archive).inode);
		free(archive);
		free(held);
		assert_int_equal(fixture_close(state), 0);
	}
}

/* What certbot calls the directory is its own affair. */
static void test_archive_of_another_name(void **state)
{
	struct fixture *fixture = *state;
	const char *root = fixture->letsencrypt_path;
	char *from = xasprintf("%s/archive/" NAME, root);
	char *to = xasprintf("%s/archive/" NAME "-0001", root);
	struct links rest = { .place = LINKS_REST };
	char *detail, *text;

	assert_int_equal(links_switch(&fixture->real_lineage, &fixture_one,
				      &detail), 0);
	assert_int_equal(fixture->real.rename(&fixture->real, WORLD_CWD, from,
					      to), 0);
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *link = xasprintf("live/" NAME "/%s.pem",
				       pem_kind_names[kind]);

		text = xasprintf("%s/%s2.pem", to, pem_kind_names[kind]);
		test_link_write(root, link, text);
		free(text);
		free(link);
	}
	/* Links to where it was are ours, but no good. */
	rest.place = LINKS_MIXED;
	assert_links(fixture, &rest);
	assert_holds(fixture, 1);
	assert_int_equal(links_switch(&fixture->real_lineage, &fixture_one,
				      &detail), 0);
	assert_links(fixture, &fixture_one);
	assert_served(fixture, 1);
	text = xasprintf("%s/" NAME ".old-1", fixture->dane_path);
	assert_int_equal(fixture->real.dir_open(&fixture->real, WORLD_CWD,
						text), -ENOENT);
	free(text);
	free(from);
	free(to);
}

/* certbot --reuse-key may leave a link to an older key. */
static void test_key_by_link(void **state)
{
	struct fixture *fixture = *state;
	char *key = xasprintf("%s/archive/" NAME "/privkey1.pem",
			      fixture->letsencrypt_path);
	char *moved = xasprintf("%s/archive/" NAME "/moved.pem",
				fixture->letsencrypt_path);
	char *held = held_path(fixture, 1, "privkey.pem");

	assert_int_equal(fixture->real.rename(&fixture->real, WORLD_CWD, key,
					      moved), 0);
	test_link_write(fixture->letsencrypt_path,
			"archive/" NAME "/privkey1.pem", "moved.pem");
	assert_holds(fixture, 1);
	assert_int_equal(info_of(fixture, held).kind, FILE_REGULAR);
	free(held);
	free(moved);
	free(key);
}

/* But what is damaged, or of another name. */
static void test_all_that_are_held(void **state)
{
	struct fixture *fixture = *state;
	char *path = held_path(fixture, 2, "chain.pem");

	assert_all(fixture, 0);
	assert_holds(fixture, 1);
	assert_holds(fixture, 2);
	assert_all(fixture, 2);
	assert_int_equal(fixture->real.file_remove(&fixture->real, WORLD_CWD,
						   path), 0);
	free(path);
	assert_all(fixture, 1);
}

static void assert_does_not_hold(struct fixture *fixture, unsigned number,
				 unsigned leaf, const char *part)
{
	char *detail;

	assert_int_not_equal(held_add(&fixture->lineage, number,
				      &fixture->version[leaf], PEM_ALL_LINKS,
				      &detail), 0);
	assert_non_null(detail);
	if (!strstr(detail, part))
		fail_msg("\"%s\" lacks \"%s\"", detail, part);
	free(detail);
	assert_int_equal(load(fixture, leaf), VERSION_ABSENT);
}

static void test_wrong_number(void **state)
{
	assert_does_not_hold(*state, 2, 1, "another certificate");
	assert_does_not_hold(*state, 7, 1, "cert7.pem");
}

/* Half of a version is none, and what was broken later is made anew. */
static void test_repairs(void **state)
{
	struct fixture *fixture = *state;
	char *path = held_path(fixture, 1, "chain.pem");

	for (int i = 0; i < 2; i++) {
		fixture->faults.exchange_error = i == 1 ? -EINVAL : 0;
		assert_holds(fixture, 1);
		assert_int_equal(fixture->real.file_remove(
			&fixture->real, WORLD_CWD, path), 0);
		assert_int_equal(load(fixture, 1), VERSION_INCOMPLETE);
		assert_holds(fixture, 1);
		assert_int_equal(load(fixture, 1), VERSION_OK);
	}
	free(path);
}

/* A directory under the name of another version. */
static void test_wrong_name(void **state)
{
	struct fixture *fixture = *state;
	char *one = held_path(fixture, 1, NULL);
	char *two = held_path(fixture, 2, NULL);

	assert_holds(fixture, 1);
	assert_int_equal(fixture->real.rename(&fixture->real, WORLD_CWD, one,
					      two), 0);
	assert_int_equal(load(fixture, 2), VERSION_MIXED);
	assert_holds(fixture, 2);
	assert_int_equal(load(fixture, 2), VERSION_OK);
	free(one);
	free(two);
}

/* ---- Letting go -------------------------------------------------------- */

static void assert_releases(struct fixture *fixture,
			    const struct fingerprint *keep)
{
	assert_int_equal(held_drop(&fixture->lineage, keep, NULL,
				   PEM_ALL_LINKS), 0);
}

static void test_release(void **state)
{
	struct fixture *fixture = *state;

	assert_releases(fixture, NULL);
	assert_holds(fixture, 1);
	assert_holds(fixture, 2);
	assert_releases(fixture, &fixture->version[2]);
	assert_int_equal(load(fixture, 1), VERSION_ABSENT);
	assert_int_equal(load(fixture, 2), VERSION_OK);
	assert_releases(fixture, NULL);
	assert_int_equal(load(fixture, 2), VERSION_ABSENT);
	assert_entries(fixture, fixture->places.state, "held");
	assert_releases(fixture, NULL);
}

/* Whatever the caller says, what services read is not taken away. */
static void test_release_spares_links(void **state)
{
	struct fixture *fixture = *state;
	const struct links held = { .place = LINKS_HELD,
				    .held = fixture->version[1],
				    .files = FOUR };
	char *detail, *path;

	assert_holds(fixture, 1);
	assert_holds(fixture, 2);
	assert_int_equal(links_switch(&fixture->real_lineage,
				      &held, &detail), 0);
	assert_releases(fixture, NULL);
	assert_int_equal(load(fixture, 2), VERSION_ABSENT);
	assert_served(fixture, 1);
	path = xasprintf("%s/" NAME "/cert.pem", fixture->dane_path);
	assert_int_equal(fixture->real.file_remove(&fixture->real, WORLD_CWD,
						   path), 0);
	assert_releases(fixture, NULL);
	assert_int_equal(load(fixture, 1), VERSION_OK);
	free(path);
}

static void test_unfit_names(void **state)
{
	struct fixture *fixture = *state;
	char *detail;

	fixture->lineage.name = "..";
	assert_int_equal(held_add(&fixture->lineage, 1, &fixture->version[1],
				  FOUR, &detail), -EINVAL);
	assert_null(detail);
	assert_int_equal(held_drop(&fixture->lineage, NULL, NULL, FOUR),
			 -EINVAL);
	assert_int_equal(fixture->faults.calls, 0);
}

/* ---- Faults ------------------------------------------------------------ */

/* True when call K was never reached. */
static bool fault_at(void **state, bool dead, unsigned k)
{
	enum version_error found;
	struct fixture *fixture;
	char *detail;
	bool reached;
	int error;

	assert_int_equal(fixture_open(state), 0);
	fixture = *state;
	fixture->faults.failing = k;
	fixture->faults.dead = dead;
	error = held_add(&fixture->lineage, 1, &fixture->version[1],
			 PEM_ALL_LINKS, &detail);
	reached = fixture->faults.calls >= k;
	assert_int_equal(error != 0, detail != NULL);
	assert_true(reached || !error);
	free(detail);
	/* Never half a version under its name. */
	found = load(fixture, 1);
	assert_true(found == VERSION_OK || (error && found == VERSION_ABSENT));
	fixture->faults.failing = 0;
	assert_holds(fixture, 1);
	assert_int_equal(load(fixture, 1), VERSION_OK);
	assert_releases(fixture, NULL);
	assert_entries(fixture, fixture->places.state, "held");
	assert_int_equal(fixture_close(state), 0);
	return !reached;
}

static void test_every_fault(void **state)
{
	for (int dead = 0; dead < 2; dead++) {
		unsigned k = 1;

		while (!fault_at(state, dead, k))
			k++;
		assert_true(k > 20 && k < 100);
	}
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(outlives_archive), CASE(next),
		CASE(next_is_let_go), CASE(hard_links),
		cmocka_unit_test(test_copies), CASE(key_by_link),
		CASE(archive_of_another_name),
		CASE(all_that_are_held),
		CASE(wrong_number), CASE(repairs),
		CASE(wrong_name), CASE(release),
		CASE(release_spares_links), CASE(unfit_names),
		cmocka_unit_test(test_every_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
