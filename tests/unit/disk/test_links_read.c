/* SPDX-License-Identifier: MIT */
#include "disk/links_read.h"

#include "base/xalloc.h"
#include "support/links.h"

#define LIVE "../../../letsencrypt/live/" NAME "/"
#define ARCHIVE "../../../letsencrypt/archive/" NAME "/"

/* Four links by hand; NULL: none. */
static void write_links(struct fixture *fixture, const char *const texts[4])
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf(NAME "/%s.pem", pem_kind_names[kind]);

		if (texts[kind])
			test_link_write(fixture->dane_path, path,
					texts[kind]);
		free(path);
	}
}

static const struct {
	const char *texts[4];
	struct links links;
} cases[] = {
	{ { LIVE "cert.pem", LIVE "chain.pem", LIVE "fullchain.pem",
	    LIVE "privkey.pem" }, { .place = LINKS_REST, .files = FOUR } },
	{ { ARCHIVE "cert7.pem", ARCHIVE "chain7.pem",
	    ARCHIVE "fullchain7.pem", ARCHIVE "privkey7.pem" },
	  { .place = LINKS_ARCHIVE, .number = 7, .files = FOUR } },
	{ { ARCHIVE "cert7.pem", ARCHIVE "chain7.pem",
	    ARCHIVE "fullchain7.pem", ARCHIVE "privkey8.pem" },
	  { .place = LINKS_MIXED } },
	{ { LIVE "cert.pem", LIVE "chain.pem", ARCHIVE "fullchain7.pem",
	    LIVE "privkey.pem" }, { .place = LINKS_MIXED } },
	{ { NULL, LIVE "chain.pem", LIVE "fullchain.pem",
	    LIVE "privkey.pem" },
	  { .place = LINKS_REST, .files = FOUR & ~PEM_BIT(PEM_CERT) } },
	{ { LIVE "cert.pem", LIVE "chain.pem", LIVE "fullchain.pem", NULL },
	  { .place = LINKS_REST, .files = FOUR & ~PEM_BIT(PEM_PRIVKEY) } },
	{ { NULL, NULL, ARCHIVE "fullchain7.pem", NULL },
	  { .place = LINKS_ARCHIVE, .number = 7,
	    .files = PEM_BIT(PEM_FULLCHAIN) } },
	{ { LIVE "chain.pem", LIVE "chain.pem", LIVE "fullchain.pem",
	    LIVE "privkey.pem" }, { .place = LINKS_FOREIGN } },
	{ { LIVE "cert.pem", LIVE "chain.pem", LIVE "fullchain.pem",
	    "/etc/ssl/private/key.pem" }, { .place = LINKS_FOREIGN } },
	{ { LIVE "cert.pem", NULL, LIVE "fullchain.pem", "elsewhere" },
	  { .place = LINKS_FOREIGN } },
	{ { "elsewhere", "nowhere", LIVE "fullchain.pem",
	    ARCHIVE "privkey7.pem" }, { .place = LINKS_FOREIGN } },
};

static void test_places(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fixture_open(state), 0);
		write_links(*state, cases[i].texts);
		if (cases[i].links.files)
			assert_links_are(*state, &cases[i].links);
		else
			assert_links(*state, &cases[i].links);
		assert_int_equal(fixture_close(state), 0);
	}
}

static void test_absent(void **state)
{
	const struct links absent = { .place = LINKS_ABSENT };

	assert_links(*state, &absent);
}

static void test_no_directory(void **state)
{
	struct fixture *fixture = *state;
	const struct links foreign = { .place = LINKS_FOREIGN };

	test_file_write(fixture->dane_path, NAME, "a file");
	assert_links(fixture, &foreign);
	assert_int_equal(fixture->real.file_remove(
		&fixture->real, fixture->places.dane, NAME), 0);
	/* Not even where the link leads to a directory of ours. */
	test_link_write(fixture->dane_path, NAME, "../../letsencrypt/live/"
			NAME);
	assert_links(fixture, &foreign);
}

static void test_empty_directory(void **state)
{
	struct fixture *fixture = *state;
	const struct links mixed = { .place = LINKS_MIXED };

	assert_int_equal(fixture->real.dir_make(
		&fixture->real, fixture->places.dane, NAME, 0755), 0);
	assert_links(fixture, &mixed);
}

/* A file in place of a link; other files beside the links do not matter. */
static void test_other_files(void **state)
{
	struct fixture *fixture = *state;
	const struct links foreign = { .place = LINKS_FOREIGN };
	char *path;

	write_links(fixture, cases[0].texts);
	test_file_write(fixture->dane_path, NAME "/combined.pam", "");
	assert_links(fixture, &fixture_rest);
	path = xasprintf("%s/" NAME "/privkey.pem", fixture->dane_path);
	assert_int_equal(fixture->real.file_remove(&fixture->real, WORLD_CWD,
						   path), 0);
	free(path);
	test_file_write(fixture->dane_path, NAME "/privkey.pem", "");
	assert_links(fixture, &foreign);
}

/* One of the five that is not ours is a reason not to touch them. */
static void test_other_combined(void **state)
{
	struct fixture *fixture = *state;
	const struct links foreign = { .place = LINKS_FOREIGN };

	write_links(fixture, cases[0].texts);
	test_file_write(fixture->dane_path, NAME "/combined.pem", "");
	assert_links(fixture, &foreign);
}

/* combined.pem of another version than the others is seen, and so is the
 * generation. */
static void test_combined(void **state)
{
	struct fixture *fixture = *state;
	struct links links = { .place = LINKS_REST, .files = PEM_ALL_LINKS,
			       .combined = fixture->version[1],
			       .generation = 12 };
	char hex[FINGERPRINT_TEXT_SIZE];
	char *text = xasprintf("../../../../state/held/" NAME "/%s/"
			       "combined.pem",
			       fingerprint_format(&links.combined, hex));

	write_links(fixture, cases[0].texts);
	test_link_write(fixture->dane_path, NAME "/combined.pem", text);
	test_link_write(fixture->dane_path, NAME "/.generation", "12");
	assert_links_are(fixture, &links);
	free(text);
}

static void test_combined_alone(void **state)
{
	struct fixture *fixture = *state;
	struct links links = { .place = LINKS_HELD,
			       .held = fixture->version[1],
			       .files = PEM_BIT(PEM_COMBINED),
			       .combined = fixture->version[1] };
	char hex[FINGERPRINT_TEXT_SIZE];
	char *text = xasprintf("%s/held/" NAME "/%s/combined.pem",
			       fixture->state_path,
			       fingerprint_format(&links.combined, hex));

	test_link_write(fixture->dane_path, NAME "/combined.pem", text);
	assert_links_are(fixture, &links);
	free(text);
}

/* Whatever else stands there is no number. */
static void test_other_generation(void **state)
{
	struct fixture *fixture = *state;

	write_links(fixture, cases[0].texts);
	test_link_write(fixture->dane_path, NAME "/.generation", "-1");
	assert_links_are(fixture, &fixture_rest);
	fixture->real.file_remove(&fixture->real, fixture->places.dane,
				  NAME "/.generation");
}

static void test_absolute_links(void **state)
{
	struct fixture *fixture = *state;
	struct links held = { .place = LINKS_HELD,
			      .held = fixture->version[1] };
	char hex[FINGERPRINT_TEXT_SIZE];

	fingerprint_format(&held.held, hex);
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf(NAME "/%s.pem", pem_kind_names[kind]);
		char *text = xasprintf("%s/held/" NAME "/%s/%s.pem",
				       fixture->state_path, hex,
				       pem_kind_names[kind]);

		test_link_write(fixture->dane_path, path, text);
		free(path);
		free(text);
	}
	assert_links(fixture, &held);
}

static void test_unfit_names(void **state)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b",
					     "../x", "a\nb" };
	struct fixture *fixture = *state;
	struct links links;
	char *detail;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fixture->lineage.name = names[i];
		assert_int_equal(links_read(&fixture->lineage, &links,
					    &detail), -EINVAL);
		assert_null(detail);
	}
	assert_int_equal(fixture->faults.calls, 0);
}

/* What cannot be read is an error and never taken for absent. */
static void test_every_fault(void **state)
{
	struct fixture *fixture = *state;
	unsigned total;
	struct links links;
	char *detail;

	write_links(fixture, cases[10].texts);
	assert_int_equal(links_read(&fixture->lineage, &links, &detail), 0);
	free(detail);
	total = fixture->faults.calls;
	assert_true(total >= 6);
	for (unsigned k = 1; k <= total; k++) {
		fixture_calm(fixture);
		fixture->faults.failing = k;
		assert_int_equal(links_read(&fixture->lineage, &links,
					    &detail), -EIO);
		assert_null(detail);
	}
}

static void test_one_entry(void **state)
{
	static const struct {
		const char *text;
		int is;
	} entries[] = {
		{ LIVE "cert.pem", ENTRY_OURS },
		{ "../cert.pem", ENTRY_FOREIGN },
		{ NULL, ENTRY_MISSING },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++) {
		struct entry entry;

		if (entries[i].text)
			test_link_write(fixture->dane_path, "entry",
					entries[i].text);
		assert_int_equal(links_read_entry(
			&fixture->real_lineage, fixture->places.dane, "entry",
			PEM_CERT, &entry), 0);
		assert_int_equal(entry.is, entries[i].is);
		if (entries[i].text)
			assert_string_equal(entry.text, entries[i].text);
		else
			assert_null(entry.text);
		free(entry.text);
		fixture->real.file_remove(&fixture->real,
					  fixture->places.dane, "entry");
	}
}

#define CASE(name) CASE_WITH(name, fixture_open, fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places), CASE(absent),
		CASE(no_directory), CASE(empty_directory),
		CASE(other_files), CASE(other_combined), CASE(combined),
		CASE(combined_alone), CASE(other_generation),
		CASE(absolute_links),
		CASE(unfit_names), CASE(every_fault),
		CASE(one_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
