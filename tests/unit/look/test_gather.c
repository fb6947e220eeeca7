/* SPDX-License-Identifier: MIT */
#include "look/gather.h"

#include "base/xalloc.h"
#include "disk/held.h"
#include "support/gathering.h"

/* What is held was in service: the state must know it. */
static void test_returned(void **state)
{
	struct host *host = *state;
	const struct fingerprint *second = &host->fixture->version[2];

	host_renew(host, 2);
	release(host, 1);
	hold(host, 1);
	load(host);
	assert_int_equal(facts.returned.count, 0);
	assert_null(facts.kept);
	facts_clear(&facts);
	hold(host, 2);
	load(host);
	assert_false(facts.held_unread);
	assert_int_equal(facts.returned.count, 1);
	assert_true(chain_is(facts.returned.items[0], second));
	assert_ptr_equal(facts.kept, facts.returned.items[0]);
	facts_clear(&facts);
	state_add_presented(promises, second);
	load(host);
	assert_int_equal(facts.returned.count, 0);
	facts_clear(&facts);
}

static void test_fresh(void **state)
{
	struct host *host = *state;

	load(host);
	assert_non_null(facts.live);
	assert_int_equal(facts.live_number, 1);
	assert_int_equal(facts.links.place, LINKS_ABSENT);
	assert_null(facts.shown);
	assert_null(facts.released);
	assert_int_equal(facts.presented.count, 0);
	assert_int_equal(facts.owner_count, 1);
	assert_string_equal(facts.owners[0].owner, HOST_OWNER);
	assert_int_equal(facts.owners[0].param_count, 1);
	assert_int_equal(facts.now_ms, HOST_BEGIN);
	assert_int_equal(facts.rules.ttl_floor_seconds, 300);
	assert_int_equal(facts.rules.ttl_factor, 2);
	assert_int_equal(facts.rules.margin_seconds, 120);
	assert_false(facts.config_settled);
	facts_clear(&facts);
}

static void test_rest_right(void **state)
{
	static const struct {
		enum rest_right right;
		int lock;
		bool may_rest, runs;
	} rows[] = {
		{ REST_UNLESS_CERTBOT, 0, true, false },
		{ REST_UNLESS_CERTBOT, 1, false, true },
		{ REST_UNLESS_CERTBOT, -EACCES, false, true },
		{ REST_ALWAYS, 1, true, true },
		{ REST_NEVER, 0, false, false },
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct source source = source_of(host);

		source.rest = rows[i].right;
		host->certbot_lock = rows[i].lock;
		facts_load(&facts, &source, &host->target, promises,
			   &host->now);
		assert_int_equal(facts.may_rest, rows[i].may_rest);
		assert_int_equal(facts.certbot_runs, rows[i].runs);
		facts_clear(&facts);
	}
}

static void test_versions(void **state)
{
	struct host *host = *state;
	struct fingerprint gone = { { 9 } };

	release(host, 1);
	state_add_presented(promises, &host->fixture->version[2]);
	state_add_presented(promises, &gone);
	switch_links(host, &fixture_two);
	load(host);
	assert_int_equal(facts.presented.count, 3);
	assert_ptr_equal(facts.released, facts.presented.items[0]);
	assert_int_equal(facts.released_number, 1);
	assert_false(facts.released_held);
	assert_true(fingerprint_equal(&facts.presented.items[1]->version,
				      &host->fixture->version[2]));
	assert_null(facts.presented.items[2]);
	assert_true(fingerprint_equal(&facts.shown->version,
				      &host->fixture->version[2]));
	assert_int_equal(facts.links.place, LINKS_ARCHIVE);
	assert_int_equal(facts.disk_trouble, 0);
	facts_clear(&facts);
}

static void remove_archive(struct host *host, unsigned number)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf("%s/archive/%s/%s%u.pem",
				       host->fixture->letsencrypt_path, NAME,
				       pem_kind_names[kind], number);

		assert_int_equal(remove(path), 0);
		free(path);
	}
}

/* combined.pem says for which version the links were made. Certbot's numbers
 * may begin anew, and put another one under theirs. */
static void test_links_made_for_another(void **state)
{
	struct host *host = *state;
	struct fixture *fixture = host->fixture;
	struct test_pki *pki = test_pki_open();
	struct test_version *other = test_version_make(pki, NAME,
						       TEST_LEAF_EC);
	const struct links two = { .place = LINKS_ARCHIVE, .number = 2,
				   .files = PEM_ALL_LINKS,
				   .combined = fixture->version[2] };
	char *detail;

	test_pki_close(pki);
	release(host, 1);
	assert_int_equal(held_add(&fixture->real_lineage, 2,
				  &fixture->version[2], PEM_ALL_LINKS,
				  &detail), 0);
	switch_links(host, &two);
	load(host);
	assert_true(facts.shown_as_made);
	facts_clear(&facts);
	test_archive_write(fixture->letsencrypt_path, NAME, 2, other);
	load(host);
	assert_non_null(facts.shown);
	assert_false(facts.shown_as_made);
	facts_clear(&facts);
	test_version_free(other);
}

static void test_held(void **state)
{
	struct host *host = *state;
	struct fixture *fixture = host->fixture;
	char *detail;

	release(host, 2);
	assert_int_equal(held_add(&fixture->real_lineage, 2,
				  &fixture->version[2], FOUR, &detail), 0);
	remove_archive(host, 2);
	load(host);
	assert_int_equal(facts.released_number, 0);
	assert_true(facts.released_held);
	assert_non_null(facts.released);
	facts_clear(&facts);
}

static void test_gone(void **state)
{
	struct host *host = *state;

	release(host, 2);
	remove_archive(host, 2);
	load(host);
	assert_int_equal(facts.released_number, 0);
	assert_false(facts.released_held);
	assert_null(facts.released);
	assert_int_equal(facts.disk_trouble, 0);
	facts_clear(&facts);
}

/* Each file call in turn fails: then nothing may look as if it were gone. */
static void test_trouble_is_not_absence(void **state)
{
	struct host *host = *state;
	struct faults *faults = &host->fixture->faults;

	release(host, 2);
	for (unsigned call = 1; ; call++) {
		bool over;

		fixture_calm(host->fixture);
		faults->failing = call;
		load(host);
		over = faults->calls < call;
		fixture_calm(host->fixture);
		if (!facts.released && !facts.disk_trouble)
			fail_msg("call %u: gone without trouble", call);
		facts_clear(&facts);
		if (over)
			break;
	}
}

/* The same before anything was released: what the links show may be what is
 * in service, and the live version must not be taken for it. */
static void test_trouble_is_not_a_new_host(void **state)
{
	struct host *host = *state;
	struct faults *faults = &host->fixture->faults;
	bool over = false;

	switch_links(host, &fixture_one);
	for (unsigned call = 1; !over; call++) {
		fixture_calm(host->fixture);
		faults->failing = call;
		load(host);
		over = faults->calls < call;
		fixture_calm(host->fixture);
		if (!facts.shown && !facts.disk_trouble && !facts.links_error)
			fail_msg("call %u: nothing shown, no trouble", call);
		assert_true(!facts.links_error ||
			    facts.links.place == LINKS_FOREIGN);
		facts_clear(&facts);
	}
}

static void test_broken_live(void **state)
{
	struct host *host = *state;

	host_renew(host, 3);
	load(host);
	assert_null(facts.live);
	assert_int_not_equal(facts.live_error, VERSION_OK);
	facts_clear(&facts);
}

/* Owners of promises and of the configuration are joined. */
static void test_owners(void **state)
{
	struct host *host = *state;
	struct tlsa_set set = { 0 };
	struct ledger *ledger;

	host_add_record(host, 1, &set);
	host_add_record(host, 2, &set);
	state_add_published(promises, HOST_OWNER, &set.records[0]);
	state_add_published(promises, "_443._tcp.old.", &set.records[0]);
	state_add_published(promises, "_443._tcp.old.", &set.records[1]);
	ledger = state_ledger(promises, "_443._tcp.old.");
	load(host);
	assert_int_equal(facts.owner_count, 2);
	assert_int_equal(facts.owners[0].param_count, 1);
	assert_int_equal(facts.owners[0].published.count, 1);
	assert_null(facts.owners[0].ledger);
	assert_string_equal(facts.owners[1].owner, "_443._tcp.old.");
	assert_int_equal(facts.owners[1].param_count, 0);
	assert_int_equal(facts.owners[1].published.count, 2);
	assert_ptr_equal(facts.owners[1].ledger, ledger);
	facts_clear(&facts);
	tlsa_set_clear(&set);
}

/* Ours: of the archive, or promised. Nobody else's. */
static void test_own(void **state)
{
	struct host *host = *state;
	struct source source = source_of(host);
	uint8_t data[32] = { 1 };
	struct tlsa foreign = { { 3, 1, 1 }, data, sizeof(data) };
	struct sighting primary = { .verdict = SIGHTING_SET };
	struct survey_owner seen = { .primary = &primary };

	host_add_record(host, 1, &primary.set);
	host_add_record(host, 2, &primary.set);
	tlsa_set_add(&primary.set, &foreign);
	load(host);
	facts.owners[0].seen = &seen;
	facts_find_own(&facts, &source);
	assert_int_equal(facts.owners[0].own.count, 2);
	assert_false(tlsa_set_contains(&facts.owners[0].own, &foreign));
	state_add_published(promises, HOST_OWNER, &foreign);
	facts_find_own(&facts, &source);
	assert_int_equal(facts.owners[0].own.count, 3);
	facts_clear(&facts);
	/* What a wildcard gives is nobody's to delete. */
	primary.verdict = SIGHTING_WILDCARD;
	load(host);
	facts.owners[0].seen = &seen;
	facts_find_own(&facts, &source);
	assert_int_equal(facts.owners[0].own.count, 0);
	facts_clear(&facts);
	tlsa_set_clear(&primary.set);
}

static void test_settled_config(void **state)
{
	struct host *host = *state;

	promises->settled_config = facts_config_digest(&host->target);
	load(host);
	assert_true(facts.config_settled);
	facts_clear(&facts);
	host->spec.params.selector = 0;
	load(host);
	assert_false(facts.config_settled);
	facts_clear(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, gathering_open, gathering_close)
		CASE(returned),
		CASE(fresh),
		CASE(rest_right),
		CASE(versions),
		CASE(links_made_for_another),
		CASE(held),
		CASE(gone),
		CASE(trouble_is_not_absence),
		CASE(trouble_is_not_a_new_host),
		CASE(broken_live),
		CASE(owners),
		CASE(own),
		CASE(settled_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
