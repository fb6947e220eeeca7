/* SPDX-License-Identifier: MIT */
#include "look/former.h"

#include "base/xalloc.h"
#include "disk/held.h"
#include "look/gather.h"
#include "support/gathering.h"

static void lose_held(struct host *host)
{
	char *held = xasprintf("%s/held", host->fixture->state_path);
	char *lost = xasprintf("%s/lost", host->fixture->state_path);

	assert_int_equal(rename(held, lost), 0);
	free(held);
	free(lost);
}

/* No state tells: combined.pem does, what is held, or plain files. */
static void test_kept(void **state)
{
	struct host *host = *state;
	struct links links = fixture_rest;
	const struct fingerprint *first = &host->fixture->version[1];

	host_renew(host, 2);
	links.files = PEM_ALL_LINKS;
	links.combined = *first;
	hold(host, 1);
	switch_links(host, &links);
	load(host);
	assert_ptr_equal(facts.kept, facts.returned.items[0]);
	facts_clear(&facts);
	lose_held(host);
	load(host);
	assert_int_equal(facts.returned.count, 0);
	assert_int_equal(facts.former.count, 2);
	assert_true(chain_is(facts.kept, first));
	facts_clear(&facts);
	hold(host, 2);
	links.combined = host->fixture->version[2];
	switch_links(host, &links);
	load(host);
	assert_true(chain_is(facts.kept, &host->fixture->version[2]));
	facts_clear(&facts);
	release(host, 2);
	state_add_presented(promises, first);
	load(host);
	assert_null(facts.kept);
	assert_int_equal(facts.former.count, 0);
	promises->guessed = true;
	facts_clear(&facts);
	load(host);
	assert_int_equal(facts.former.count, 2);
	facts_clear(&facts);
}

/* What has no key any more cannot go on. */
static void test_incomplete(void **state)
{
	struct host *host = *state;
	struct fixture *fixture = host->fixture;
	struct world *real = &fixture->real;
	int archive;

	host_renew(host, 2);
	load(host);
	assert_int_equal(facts.former.count, 2);
	facts_clear(&facts);
	archive = real->dir_open(real, fixture->places.letsencrypt,
				 "archive/" NAME);
	assert_int_equal(real->file_remove(real, archive, "privkey1.pem"), 0);
	real->dir_close(real, archive);
	load(host);
	assert_int_equal(facts.former.count, 1);
	assert_true(chain_is(facts.former.items[0], &fixture->version[2]));
	assert_int_equal(facts.disk_trouble, 0);
	facts_clear(&facts);
}

/* .. but one that cannot be read may be what is in service. */
static void test_trouble(void **state)
{
	struct host *host = *state;
	struct faults *faults = &host->fixture->faults;
	bool over = false;

	host_renew(host, 2);
	for (unsigned call = 1; !over; call++) {
		fixture_calm(host->fixture);
		faults->failing = call;
		load(host);
		over = faults->calls < call;
		if (facts.former.count < 2 && !facts.disk_trouble)
			fail_msg("call %u: one is missing, no trouble", call);
		facts_clear(&facts);
	}
	fixture_calm(host->fixture);
}

/* What the link leads to takes its place. */
static void make_plain(struct fixture *fixture, const char *name)
{
	struct world *real = &fixture->real;
	int links = real->dir_open(real, fixture->places.dane, NAME);
	char *text;
	size_t size;

	assert_int_equal(real->file_read(real, links, name, 65536, &text,
					 &size, NULL), 0);
	assert_int_equal(real->file_remove(real, links, name), 0);
	assert_int_equal(real->file_write(real, links, name, text, size, 0600),
			 0);
	real->dir_close(real, links);
	free(text);
}

/* As a package that is purged leaves them. */
static void test_plain_files(void **state)
{
	struct host *host = *state;
	struct fixture *fixture = host->fixture;

	switch_links(host, &fixture_one);
	make_plain(fixture, "fullchain.pem");
	host_renew(host, 2);
	load(host);
	assert_int_equal(facts.links.place, LINKS_FOREIGN);
	assert_true(chain_is(facts.kept, &fixture->version[1]));
	facts_clear(&facts);
	release(host, 2);
	load(host);
	assert_null(facts.kept);
	facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, gathering_open, gathering_close)
		CASE(kept),
		CASE(incomplete),
		CASE(trouble),
		CASE(plain_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
