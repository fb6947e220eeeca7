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
	    LIVE "privkey.pem" }, { .place = LINKS_REST } },
	{ { ARCHIVE "cert7.pem", ARCHIVE "chain7.pem",
	    ARCHIVE "fullchain7.pem", ARCHIVE "privkey7.pem" },
	  { .place = LINKS_ARCHIVE, .number = 7 } },
	{ { ARCHIVE "cert7.pem", ARCHIVE "chain7.pem",
	    ARCHIVE "fullchain7.pem", ARCHIVE "privkey8.pem" },
	  { .place = LINKS_MIXED } },
	{ { LIVE "cert.pem", LIVE "chain.pem", ARCHIVE "fullchain7.pem",
	    LIVE "privkey.pem" }, { .place = LINKS_MIXED } },
	{ { NULL, LIVE "chain.pem", LIVE "fullchain.pem",
	    LIVE "privkey.pem" }, { .place = LINKS_MIXED } },
	{ { LIVE "cert.pem", LIVE "chain.pem", LIVE "fullchain.pem", NULL },
	  { .place = LINKS_MIXED } },
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
	test_file_write(fixture->dane_path, NAME "/combined.pem", "");
	assert_links(fixture, &fixture_rest);
	path = xasprintf("%s/" NAME "/privkey.pem", fixture->dane_path);
	assert_int_equal(fixture->real.file_remove(&fixture->real, WORLD_CWD,
						   path), 0);
	free(path);
	test_file_write(fixture->dane_path, NAME "/privkey.pem", "");
	assert_links(fixture, &foreign);
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

	write_links(fixture, cases[9].texts);
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
		CASE(other_files), CASE(absolute_links),
		CASE(unfit_names), CASE(every_fault),
		CASE(one_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
