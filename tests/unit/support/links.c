/* SPDX-License-Identifier: MIT */
#include "support/links.h"

#include "base/xalloc.h"
#include "world/posix/posix.h"

const struct links fixture_rest = { .place = LINKS_REST, .files = FOUR };
const struct links fixture_one = { .place = LINKS_ARCHIVE, .number = 1,
				   .files = FOUR };
const struct links fixture_two = { .place = LINKS_ARCHIVE, .number = 2,
				   .files = FOUR };

/* Keys are dear: the versions are made once for all tests. */
static struct test_version *versions[3];
static struct fingerprint leaves[3];

static struct test_version *version_of(unsigned number)
{
	struct test_pki *pki;
	struct chain *chain;

	if (versions[number])
		return versions[number];
	pki = test_pki_open();
	versions[number] = test_version_make(pki, NAME, TEST_LEAF_EC);
	test_pki_close(pki);
	assert_int_equal(chain_parse(versions[number]->fullchain,
				     strlen(versions[number]->fullchain),
				     &chain),
			 CHAIN_OK);
	leaves[number] = chain->version;
	chain_free(chain);
	return versions[number];
}

static void __attribute__((destructor)) free_versions(void)
{
	for (unsigned i = 0; i < 3; i++) {
		if (versions[i])
			test_version_free(versions[i]);
	}
}

static int open_directory(struct fixture *fixture, const char *path)
{
	char *keep = xasprintf("%s/.keep", path + strlen(fixture->root) + 1);
	int dir;

	test_file_write(fixture->root, keep, "");
	free(keep);
	dir = fixture->real.dir_open(&fixture->real, WORLD_CWD, path);
	assert_true(dir >= 0);
	assert_int_equal(fixture->real.file_remove(&fixture->real, dir,
						   ".keep"), 0);
	return dir;
}

static void write_lineage(struct fixture *fixture)
{
	for (unsigned number = 1; number <= 2; number++) {
		test_archive_write(fixture->letsencrypt_path, NAME, number,
				   version_of(number));
		fixture->version[number] = leaves[number];
	}
	test_live_write(fixture->letsencrypt_path, NAME, 2);
}

int fixture_open(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	world_posix_open(&fixture->real);
	fixture->faults.real = &fixture->real;
	faults_open(&fixture->world, &fixture->faults);
	fixture->root = test_directory_make();
	fixture->dane_path = xasprintf("%s/etc/alnitak/dane", fixture->root);
	fixture->letsencrypt_path = xasprintf("%s/etc/letsencrypt",
					      fixture->root);
	fixture->state_path = xasprintf("%s/state", fixture->root);
	fixture->places = (struct links_places){
		.dane = open_directory(fixture, fixture->dane_path),
		.letsencrypt = open_directory(fixture,
					      fixture->letsencrypt_path),
		.state = open_directory(fixture, fixture->state_path),
		.dane_path = fixture->dane_path,
		.letsencrypt_path = fixture->letsencrypt_path,
		.state_path = fixture->state_path,
	};
	fixture->lineage = (struct lineage){
		&fixture->world, &fixture->places, NAME, NULL };
	fixture->real_lineage = (struct lineage){
		&fixture->real, &fixture->places, NAME, NULL };
	write_lineage(fixture);
	*state = fixture;
	return 0;
}

int fixture_close(void **state)
{
	struct fixture *fixture = *state;

	fixture->real.dir_close(&fixture->real, fixture->places.dane);
	fixture->real.dir_close(&fixture->real, fixture->places.letsencrypt);
	fixture->real.dir_close(&fixture->real, fixture->places.state);
	test_directory_remove(fixture->root);
	free(fixture->dane_path);
	free(fixture->letsencrypt_path);
	free(fixture->state_path);
	world_posix_close(&fixture->real);
	free(fixture);
	return 0;
}

struct links fixture_whole(struct fixture *fixture, unsigned number,
			   unsigned generation)
{
	char *detail;

	assert_int_equal(held_add(&fixture->real_lineage, number,
				  &fixture->version[number], PEM_ALL_LINKS,
				  &detail), 0);
	return (struct links){ .place = LINKS_ARCHIVE, .number = number,
			       .files = PEM_ALL_LINKS,
			       .combined = fixture->version[number],
			       .generation = generation };
}

void fixture_calm(struct fixture *fixture)
{
	fixture->faults.calls = 0;
	fixture->faults.failing = 0;
	fixture->faults.dead = false;
	fixture->faults.exchange_failed = false;
	fixture->faults.before = NULL;
}

void assert_links(struct fixture *fixture, const struct links *want)
{
	struct links links;
	char *detail;

	assert_int_equal(links_read(&fixture->real_lineage,
				    &links, &detail), 0);
	assert_int_equal(links.place, want->place);
	if (want->place == LINKS_ARCHIVE)
		assert_int_equal(links.number, want->number);
	if (want->place == LINKS_HELD)
		assert_true(fingerprint_equal(&links.held, &want->held));
	assert_int_equal(detail != NULL, want->place == LINKS_MIXED ||
			 want->place == LINKS_FOREIGN);
	free(detail);
}

void assert_links_are(struct fixture *fixture, const struct links *want)
{
	struct links links;
	char *detail;

	assert_links(fixture, want);
	assert_int_equal(links_read(&fixture->real_lineage,
				    &links, &detail), 0);
	free(detail);
	assert_int_equal(links.files, want->files);
	assert_int_equal(links.generation, want->generation);
	if (want->files & PEM_BIT(PEM_COMBINED))
		assert_true(fingerprint_equal(&links.combined,
					      &want->combined));
}

void assert_served(struct fixture *fixture, unsigned number)
{
	struct chain *chain;
	char *detail;
	enum version_error error;

	error = version_load(&fixture->real, NULL, fixture->places.dane, NAME,
			     "", &chain, &detail);
	if (error != VERSION_OK)
		fail_msg("%s: %s", version_error_text(error), detail);
	if (number)
		assert_true(fingerprint_equal(&chain->version,
					      &fixture->version[number]));
	chain_free(chain);
	free(detail);
}

static char *read_text(struct fixture *fixture, int dir, char *path)
{
	char *data;
	size_t size;

	assert_int_equal(fixture->real.file_read(&fixture->real, dir, path,
						 100000, &data, &size, NULL),
			 0);
	free(path);
	return data;
}

void assert_combined(struct fixture *fixture, unsigned number)
{
	int archive = fixture->places.letsencrypt;
	char *key = read_text(fixture, archive, xasprintf(
		"archive/" NAME "/privkey%u.pem", number));
	char *chain = read_text(fixture, archive, xasprintf(
		"archive/" NAME "/fullchain%u.pem", number));
	char *found = read_text(fixture, fixture->places.dane,
				xstrdup(NAME "/combined.pem"));
	char *want = xasprintf("%s%s", key, chain);

	assert_string_equal(found, want);
	free(want);
	free(found);
	free(chain);
	free(key);
}

void assert_entries(struct fixture *fixture, int dir, const char *want)
{
	struct texts names;
	char *text = xstrdup(""), *longer;

	assert_int_equal(fixture->real.dir_list(&fixture->real, dir, &names),
			 0);
	for (size_t i = 0; i < names.count; i++) {
		longer = xasprintf("%s%s%s", text, i ? " " : "",
				   names.items[i]);
		free(text);
		text = longer;
	}
	assert_string_equal(text, want);
	free(text);
	texts_clear(&names);
}

int switch_to(struct fixture *fixture, const struct links *wanted,
	      char **detail)
{
	return links_switch(&fixture->lineage, wanted, detail);
}

void assert_switches(struct fixture *fixture, const struct links *wanted)
{
	char *detail;
	int error = switch_to(fixture, wanted, &detail);

	if (error)
		fail_msg("%d: %s", error, detail);
	assert_null(detail);
	assert_int_equal(fixture->faults.unsynced, 0);
	assert_links_are(fixture, wanted);
}

void write_foreign(struct fixture *fixture)
{
	static const char *const kinds[] = { "cert", "chain", "fullchain" };

	for (int i = 0; i < 3; i++) {
		char *path = xasprintf(NAME "/%s.pem", kinds[i]);
		char *text = xasprintf("%s/archive/" NAME "/../" NAME
				       "/%s1.pem", fixture->letsencrypt_path,
				       kinds[i]);

		test_link_write(fixture->dane_path, path, text);
		free(path);
		free(text);
	}
	test_file_write(fixture->dane_path, NAME "/privkey.pem", "my key");
	test_file_write(fixture->dane_path, NAME "/combined.pem", "my file");
}

void assert_kept(struct fixture *fixture, const char *path, const char *want)
{
	char *data;
	size_t size;

	assert_int_equal(fixture->real.file_read(
		&fixture->real, fixture->places.dane, path, 100, &data, &size,
		NULL), 0);
	assert_string_equal(data, want);
	free(data);
}
