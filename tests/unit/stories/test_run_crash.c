/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"
#include "support/run.h"

#include <sys/stat.h>

/* ---- Disk and state --------------------------------------------------- */

static char *archive_file(const struct host *host, const char *file)
{
	return xasprintf("%s/archive/%s/%s", host->fixture->letsencrypt_path,
			 NAME, file);
}

static int (*real_file_read)(struct world *, int, const char *, size_t,
			     char **, size_t *, struct file_info *);

/* Whatever belongs to version 1, and what is held, cannot be read now. */
static int read_with_trouble(struct world *world, int dir, const char *name,
			     size_t size_max, char **data, size_t *size,
			     struct file_info *info)
{
	size_t n = strlen(name);

	if ((n > 5 && streq(name + n - 5, "1.pem")) ||
	    strncmp(name, "held/", 5) == 0)
		return -EMFILE;
	return real_file_read(world, dir, name, size_max, data, size, info);
}

static void test_unreadable_is_not_gone(void **state)
{
	struct host *host = *state;
	struct state *saved;

	host->config.follow_live = true;
	host_pass(host, "run", EXIT_DONE);
	host_renew(host, 2);	/* without pre: nothing is held */
	real_file_read = host->world.file_read;
	host->world.file_read = read_with_trouble;
	assert_int_equal(host_pass(host, "run", EXIT_FAILED).step,
			 STEP_STUCK);
	saved = host_state(host);
	assert_true(fingerprint_equal(&saved->released,
				      &host->fixture->version[1]));
	state_free(saved);
	host->world.file_read = real_file_read;
	expect_waits(host, "run", REASON_CACHES);
	assert_links(host->fixture, &fixture_one);
}

static void test_archive_gone_while_pinned(void **state)
{
	static const char *const files[] = { "cert1.pem", "chain1.pem",
					     "fullchain1.pem", "privkey1.pem" };
	struct host *host = *state;

	begin_pending(host);
	for (size_t i = 0; i < 4; i++) {
		char *path = archive_file(host, files[i]);

		assert_int_equal(remove(path), 0);
		free(path);
	}
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	assert_links(host->fixture, &(struct links){ .place = LINKS_HELD,
		.held = host->fixture->version[1] });
}

static void remove_held(const struct host *host)
{
	struct fixture *fixture = host->fixture;

	assert_int_equal(fixture->real.rename(&fixture->real,
					      fixture->places.state, "held",
					      "gone"), 0);
}

static void damage_state(const struct host *host)
{
	char *path = xasprintf("targets/%s.json", NAME);

	test_file_write(host->fixture->state_path, path, "{ \"format\": 1");
	free(path);
}

/* Whatever became of the state: the renewal must not reach the services. */
static void test_pre_pins_with_a_damaged_state(void **state)
{
	struct host *host = *state;

	begin_settled(host);
	damage_state(host);
	host_pass(host, "pre", EXIT_STATE);
	assert_links(host->fixture, &fixture_one);
	host_renew(host, 2);
	host_pass(host, "deploy", EXIT_STATE);
	host_pass(host, "post", EXIT_STATE);
	assert_served(host->fixture, 1);
	expect_served(host, true, false);
	assert_int_equal(fake_net.updates, 1);
}

static void remove_full_chain(const struct host *host)
{
	char *path = archive_file(host, "fullchain1.pem");

	assert_int_equal(remove(path), 0);
	free(path);
}

/* combined.pem tells what the links showed, and that is held. */
static void test_pre_finds_what_is_held_with_a_damaged_state(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	remove_full_chain(host);
	damage_state(host);
	host_pass(host, "pre", EXIT_STATE);
	assert_links(host->fixture, &(struct links){ .place = LINKS_HELD,
		.held = host->fixture->version[1] });
	assert_served(host->fixture, 1);
}

/* Nor is it held: links to files that certbot has removed are not led to a
 * certificate that no record matches. */
static void test_pre_leaves_broken_links_with_a_damaged_state(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	remove_full_chain(host);
	remove_held(host);
	damage_state(host);
	host_pass(host, "pre", EXIT_STATE);
	assert_links(host->fixture, &fixture_one);
}

/* The state was moved away in the middle: A is what is shown. */
static void test_state_lost_while_pending(void **state)
{
	struct host *host = *state;
	char *path;

	begin_pending(host);
	path = xasprintf("%s/targets/%s.json", host->fixture->state_path,
			 NAME);
	assert_int_equal(remove(path), 0);
	free(path);
	expect_waits(host, "run", REASON_CACHES);
	assert_links(host->fixture, &fixture_one);
	finish_rollover(host);
}

/* The deed is not done, and of that one line speaks. */
static int later_saves_fail(struct world *world, int dir, const char *from,
			    const char *to)
{
	struct faults *faults = world->self;

	return streq(to, NAME ".json") ? -ENOSPC :
	       faults->real->rename(faults->real, dir, from, to);
}

/* Nothing but the last save of a run that only waits: a person is told, and
 * so is who looks at the exit status. */
static void test_last_save_fails(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	host->world.rename = later_saves_fail;
	host_pass(host, "run", EXIT_FAILED);
}

static void test_state_that_cannot_be_written(void **state)
{
	struct host *host = *state;
	char *path = xasprintf("%s/targets/.%s.json.tmp",
			       host->fixture->state_path, NAME);
	const char *line;
	char *said;

	begin_settled(host);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	assert_int_equal(mkdir(path, 0700), 0);
	capture_begin();
	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	host_pass(host, "deploy", EXIT_FAILED);
	log_close();
	said = capture_end();
	line = strstr(said, "cannot write its state");
	assert_non_null(line);
	assert_null(strstr(line + 1, "cannot write its state"));
	expect_served(host, true, false);
	assert_int_equal(rmdir(path), 0);
	host_pass(host, "deploy", EXIT_DONE);
	expect_served(host, true, true);
	free(said);
	free(path);
}

static void test_clock_set_forward(void **state)
{
	struct host *host = *state;

	begin_pending(host);
	host->now.wall_ms += 24 * HOUR_MS;
	expect_waits(host, "run", REASON_CACHES);
	assert_served(host->fixture, 1);
	finish_rollover(host);
}

/* ---- A crash anywhere -------------------------------------------------- */

/* Whatever the links show is promised to be presented. */
static void expect_promised(struct host *host)
{
	struct fixture *fixture = host->fixture;
	struct chain *chain;
	char *detail;
	struct state *saved;

	if (version_load(&fixture->real, NULL, fixture->places.dane, NAME, "",
			 &chain, &detail) != VERSION_OK)
		fail_msg("services see %s", detail);
	saved = host_state(host);
	assert_true(state_is_presented(saved, &chain->version));
	state_free(saved);
	chain_free(chain);
	free(detail);
}

static bool crash_at(struct host *host, unsigned call)
{
	struct faults *faults = &host->fixture->faults;
	struct pass pass;
	bool finished;

	fixture_calm(host->fixture);
	faults->failing = call;
	faults->dead = true;
	if (run_open(&pass, &host->world, &host->config, called("run"),
		     RUN_PLAIN) == EXIT_DONE)
		run_pass(&pass);
	run_close(&pass);
	finished = faults->calls < call;
	fixture_calm(host->fixture);
	return finished;
}

/* Some calls of real files; the simulator takes every one, of memory. Fewer
 * where sanitizers make each call dear. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define STRIDE 127
#else
#define STRIDE 31
#endif

/* One in turn, each time from the same beginning, to the end. */
static void crash_everywhere(void **state, int64_t wait_ms)
{
	for (unsigned call = 1, done = 0; !done; call += STRIDE) {
		struct host *host = *state;

		begin_pending(host);
		pass_time(host, wait_ms);
		done = crash_at(host, call);
		expect_promised(host);
		finish_rollover(host);
		host_close(state);
		host_open(state);
	}
}

static void test_crash_in_the_release(void **state)
{
	crash_everywhere(state, 2 * HOUR_MS);
}

/* Release and reload done, it dies somewhere on the way to the end. */
static void test_crash_after_the_release(void **state)
{
	for (unsigned call = 1, done = 0; !done; call += STRIDE) {
		struct host *host = *state;

		begin_pending(host);
		pass_time(host, 2 * HOUR_MS);
		expect_waits(host, "run", REASON_LINGER);
		pass_time(host, HOUR_MS);
		done = crash_at(host, call);
		expect_promised(host);
		finish_rollover(host);
		host_close(state);
		host_open(state);
	}
}

static void test_crash_after_a_missed_pre(void **state)
{
	for (unsigned call = 1, done = 0; !done; call += STRIDE) {
		struct host *host = *state;

		begin_settled(host);
		host_renew(host, 2);
		done = crash_at(host, call);
		finish_rollover(host);
		host_close(state);
		host_open(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, host_open, host_close)
		CASE(unreadable_is_not_gone),
		CASE(archive_gone_while_pinned),
		CASE(pre_pins_with_a_damaged_state),
		CASE(pre_finds_what_is_held_with_a_damaged_state),
		CASE(pre_leaves_broken_links_with_a_damaged_state),
		CASE(state_lost_while_pending),
		CASE(last_save_fails),
		CASE(state_that_cannot_be_written),
		CASE(clock_set_forward),
		CASE(crash_in_the_release),
		CASE(crash_after_the_release),
		CASE(crash_after_a_missed_pre),
	};

	return RUN_BOTH_WAYS(tests);
}
