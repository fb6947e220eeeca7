/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

#include <sys/stat.h>

/* What is in service stays in service, whatever becomes of certbot's files, of
 * the state and of the links. */
static struct links held_one(const struct host *host)
{
	return (struct links){ .place = LINKS_HELD,
			       .held = host->fixture->version[1] };
}

static void take_away(const struct host *host, int dir, const char *what)
{
	struct world *real = &host->fixture->real;
	static unsigned n;
	char *to = xasprintf("gone%u", ++n);

	assert_int_equal(real->rename(real, dir, what, to), 0);
	free(to);
}

/* As `certbot delete` does. */
static void delete_lineage(const struct host *host)
{
	take_away(host, host->fixture->places.letsencrypt, "archive");
	take_away(host, host->fixture->places.letsencrypt, "live");
}

static struct links links_of(const struct host *host)
{
	struct links links;
	char *detail;

	assert_int_equal(links_read(&host->fixture->real_lineage, &links,
				    &detail), 0);
	free(detail);
	return links;
}

/* The links can be read, all five, and are of version 1. */
static void expect_one_in_service(struct host *host)
{
	struct links links = links_of(host);

	assert_served(host->fixture, 1);
	assert_int_equal(links.files, PEM_ALL_LINKS);
	assert_true(fingerprint_equal(&links.combined,
				      &host->fixture->version[1]));
	assert_true(held_is_whole(&host->fixture->real_lineage,
				  &host->fixture->version[1], links.files));
}

static void test_deleted_at_rest(void **state)
{
	struct host *host = *state;

	host->config.follow_live = true;
	begin_settled(host);
	assert_links(host->fixture, &fixture_rest);
	expect_one_in_service(host);
	assert_combined(host->fixture, 1);
	delete_lineage(host);
	host_pass(host, "run", EXIT_FAILED);
	assert_links(host->fixture, &(struct links){ .place = LINKS_HELD,
		.held = held_one(host).held });
	expect_one_in_service(host);
}

static void test_deleted_while_pinned(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host->config.follow_live = false;
	host_pass(host, "run", EXIT_DONE);
	assert_links(host->fixture, &fixture_one);
	delete_lineage(host);
	host_pass(host, "pre", EXIT_DONE);
	expect_one_in_service(host);
}

/* With the state lost as well. */
static void test_deleted_without_state(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	delete_lineage(host);
	take_away(host, host->fixture->places.state, "targets");
	host_pass(host, "run", EXIT_FAILED);
	expect_one_in_service(host);
}

/* .. and without the link that tells: there is one held version only. */
static void test_deleted_without_state_and_combined(void **state)
{
	struct host *host = *state;

	host->target.files = FOUR;
	begin_settled(host);
	assert_int_equal(links_of(host).files, FOUR);
	delete_lineage(host);
	take_away(host, host->fixture->places.state, "targets");
	host_pass(host, "run", EXIT_FAILED);
	assert_served(host->fixture, 1);
}

static void write_three(struct host *host)
{
	struct test_pki *pki = test_pki_open();
	struct test_version *three = test_version_make(pki, NAME,
						       TEST_LEAF_EC);

	test_archive_write(host->fixture->letsencrypt_path, NAME, 3, three);
	host_renew(host, 3);
	test_version_free(three);
	test_pki_close(pki);
}

static void clear_archive(struct host *host, unsigned number)
{
	for (int kind = 0; kind < PEM_KINDS; kind++) {
		char *path = xasprintf("%s/archive/" NAME "/%s%u.pem",
				       host->fixture->letsencrypt_path,
				       pem_kind_names[kind], number);

		assert_int_equal(host->fixture->real.file_remove(
			&host->fixture->real, WORLD_CWD, path), 0);
		free(path);
	}
}

/* Certbot renews faster than caches forget, and clears away what is neither in
 * service nor live: it has its turn all the same. */
static void test_deleted_before_its_turn(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host_renew(host, 2);
	expect_waits(host, "deploy", REASON_CACHES);
	pass_time(host, 300000);
	write_three(host);
	expect_waits(host, "deploy", REASON_CACHES);
	clear_archive(host, 1);
	clear_archive(host, 2);
	/* The links are led to what is held of A, and B stays held beside. */
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	pass_time(host, 500000);
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 2);
	assert_links(host->fixture, &(struct links){ .place = LINKS_HELD,
		.held = host->fixture->version[2] });
	for (int i = 0; i < 50; i++) {
		if (host_pass(host, "run", EXIT_DONE).step == STEP_NOTHING)
			break;
		pass_time(host, HOUR_MS / 4);
	}
	assert_rests(host, 3);
	assert_false(held_is_whole(&host->fixture->real_lineage,
				   &host->fixture->version[2], FOUR));
}

/* Services go on with A after B was released, and certbot clears it away: as
 * long as it may be presented its files are there, whatever the links do. */
static void test_held_while_presented(void **state)
{
	struct host *host = *state;
	const struct fingerprint *one = &host->fixture->version[1];
	const struct lineage *lineage = &host->fixture->real_lineage;

	host->config.follow_live = true;
	begin_pending(host);
	pass_time(host, HOUR_MS);
	fake_net.probe = PROBE_SAW_OLD;
	expect_waits(host, "run", REASON_PROBE);
	clear_archive(host, 1);
	/* Pinned, and put to rest again. */
	host_pass(host, "pre", EXIT_DONE);
	assert_links(host->fixture, &fixture_two);
	expect_waits(host, "post", REASON_PROBE);
	assert_links(host->fixture, &fixture_rest);
	assert_true(held_is_whole(lineage, one, FOUR));
	fake_net.probe = PROBE_SAW_NEW;
	finish_rollover(host);
	assert_false(held_is_whole(lineage, one, FOUR));
}

static char *state_text(struct host *host)
{
	char *data;
	size_t size;

	assert_int_equal(host->fixture->real.file_read(
		&host->fixture->real, host->fixture->places.state,
		"targets/" NAME ".json", 1000000, &data, &size, NULL), 0);
	return data;
}

/* A rollover ends, and then the state is that of before it. Returns the links
 * of that time, which have moved on. */
static struct links state_comes_back(struct host *host)
{
	struct links links;
	char *backup;

	begin_settled(host);
	backup = state_text(host);
	links = links_of(host);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	host_pass(host, "post", EXIT_DONE);
	finish_rollover(host);
	assert_served(host->fixture, 2);
	test_file_write(host->fixture->state_path, "targets/" NAME ".json",
			backup);
	free(backup);
	return links;
}

/* The state of before the release comes back: the links are newer, and stay
 * where they are, though A is still in the archive. */
static void test_state_from_a_backup(void **state)
{
	struct host *host = *state;
	struct state *saved;

	state_comes_back(host);
	host_pass(host, "init", EXIT_DONE);
	assert_served(host->fixture, 2);
	saved = host_state(host);
	assert_true(fingerprint_equal(&saved->released,
				      &host->fixture->version[2]));
	assert_true(saved->unproven);
	assert_int_equal(saved->generation, links_of(host).generation);
	state_free(saved);
}

/* What is held comes back with the state, of former times like that; the links
 * did not, and tell. */
static void test_all_state_from_a_backup(void **state)
{
	struct host *host = *state;
	const struct lineage *lineage = &host->fixture->real_lineage;
	char *detail = NULL;

	host->target.files = FOUR;
	state_comes_back(host);
	assert_int_equal(held_add(lineage, 1, &host->fixture->version[1],
				  FOUR, &detail), 0);
	free(detail);
	assert_int_equal(held_drop(lineage, &host->fixture->version[1], NULL,
				   FOUR), 0);
	host->reloads = 0;
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(host->reloads, 0);
	assert_served(host->fixture, 2);
	finish_rollover(host);
	assert_served(host->fixture, 2);
}

/* The links come back with it: then what is held tells. Services have B, and
 * so have caches: A is loaded when these have its record. */
static void test_state_and_links_from_a_backup(void **state)
{
	struct host *host = *state;
	struct links links;
	struct state *saved;
	char *detail;

	links = state_comes_back(host);
	links.files = FOUR;
	assert_int_equal(links_switch(&host->fixture->real_lineage, &links,
				      &detail), 0);
	free(detail);
	host->reloads = 0;
	expect_waits(host, "run", REASON_CACHES);
	assert_int_equal(host->reloads, 0);
	expect_served(host, true, true);
	saved = host_state(host);
	assert_true(state_is_presented(saved, &host->fixture->version[2]));
	assert_true(saved->unproven);
	state_free(saved);
	pass_time(host, HOUR_MS);
	host_pass(host, "run", EXIT_DONE);
	assert_true(host->reloads > 0);
}

/* With the same links, and nothing held: then its file tells. */
static void test_state_of_before_a_reload(void **state)
{
	struct host *host = *state;
	struct state *saved;

	begin_settled(host);
	host_renew(host, 2);
	finish_rollover(host);
	saved = host_state(host);
	assert_false(saved->unproven);
	assert_true(saved->reloaded_ms > 0);
	state_free(saved);
	host->fixture->faults.changed_ms = host->now.wall_ms + 2 * 60000;
	host_pass(host, "run", EXIT_DONE);
	saved = host_state(host);
	assert_true(saved->unproven);
	assert_int_equal(saved->reloaded_ms, 0);
	state_free(saved);
}

/* Nothing is taken for old that is not: each command finds what the one before
 * it left. */
static void test_state_of_today(void **state)
{
	struct host *host = *state;
	unsigned last = 0;

	host->config.follow_live = true;
	begin_settled(host);
	for (int i = 0; i < 3; i++) {
		struct state *saved;

		host_pass(host, "pre", EXIT_DONE);
		host_pass(host, "post", EXIT_DONE);
		saved = host_state(host);
		assert_true(saved->has_settled);
		assert_int_equal(saved->generation, links_of(host).generation);
		assert_true(saved->generation > last);
		last = saved->generation;
		state_free(saved);
	}
}

/* Links that go and come as the configuration says, at rest. */
static void test_files_of_the_configuration(void **state)
{
	static const unsigned sets[] = {
		PEM_BIT(PEM_COMBINED), FOUR, PEM_ALL_LINKS,
		PEM_BIT(PEM_FULLCHAIN) | PEM_BIT(PEM_PRIVKEY),
		PEM_BIT(PEM_COMBINED) | PEM_BIT(PEM_CERT),
	};
	struct host *host = *state;

	begin_settled(host);
	for (size_t i = 0; i < 2 * sizeof(sets) / sizeof(sets[0]); i++) {
		unsigned files = sets[i % (sizeof(sets) / sizeof(sets[0]))];
		bool combined = files & PEM_BIT(PEM_COMBINED);

		host->config.follow_live = i & 1;
		host->target.files = files;
		assert_int_equal(host_pass(host, "run", EXIT_DONE).step,
				 STEP_NOTHING);
		assert_int_equal(links_of(host).files, files);
		if (combined)
			assert_combined(host->fixture, 1);
		assert_int_equal(held_is_whole(&host->fixture->real_lineage,
					       &host->fixture->version[1],
					       PEM_ALL_LINKS), combined);
	}
}

/* A rollover with combined.pem alone. */
static void test_combined_alone(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	host->target.files = PEM_BIT(PEM_COMBINED);
	host_pass(host, "run", EXIT_DONE);
	assert_combined(host->fixture, 1);
	host_renew(host, 2);	/* without pre */
	expect_waits(host, "run", REASON_CACHES);
	assert_combined(host->fixture, 1);
	pass_time(host, HOUR_MS);
	host_pass(host, "run", EXIT_DONE);
	assert_combined(host->fixture, 2);
}

/* As an older program left it: four links, nothing held, no generation. */
static void test_upgrade(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	assert_int_equal(links_switch(&host->fixture->real_lineage,
				      &fixture_rest, &(char *){ NULL }), 0);
	take_away(host, host->fixture->places.state, "held");
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step,
			 STEP_NOTHING);
	expect_one_in_service(host);
	assert_combined(host->fixture, 1);
}

static unsigned mode_of(const char *path)
{
	struct stat info;

	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 0777;
}

/* As older programs, or other umasks, made the directories. */
static void test_modes_are_mended(void **state)
{
	struct host *host = *state;
	const struct fixture *fixture = host->fixture;
	char *links = xasprintf("%s/" NAME, fixture->dane_path);
	char *held = xasprintf("%s/held", fixture->state_path);
	char *targets = xasprintf("%s/targets", fixture->state_path);

	begin_settled(host);
	assert_int_equal(chmod(fixture->dane_path, 0700), 0);
	assert_int_equal(chmod(fixture->state_path, 0700), 0);
	assert_int_equal(chmod(links, 0700), 0);
	assert_int_equal(chmod(held, 0700), 0);
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(mode_of(fixture->dane_path), 0755);
	assert_int_equal(mode_of(fixture->state_path), 0711);
	assert_int_equal(mode_of(links), 0755);
	assert_int_equal(mode_of(held), 0711);
	assert_int_equal(mode_of(targets), 0700);
	free(targets);
	free(held);
	free(links);
}

#define CASE(name) CASE_WITH(name, host_open, host_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(deleted_at_rest), CASE(deleted_while_pinned),
		CASE(deleted_without_state),
		CASE(deleted_without_state_and_combined),
		CASE(deleted_before_its_turn),
		CASE(held_while_presented),
		CASE(state_from_a_backup), CASE(state_of_today),
		CASE(state_and_links_from_a_backup),
		CASE(all_state_from_a_backup),
		CASE(state_of_before_a_reload),
		CASE(files_of_the_configuration), CASE(combined_alone),
		CASE(upgrade), CASE(modes_are_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
