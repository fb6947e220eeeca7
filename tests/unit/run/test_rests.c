/* SPDX-License-Identifier: MIT */
#include "run/rests.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/passes.h"
#include "tell/metrics.h"
#include "tell/summary.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct host *host;
static unsigned states_read;
static bool states_fail;

static int counting_read(struct world *world, int dir, const char *name,
			 size_t size_max, char **data, size_t *size,
			 struct file_info *info)
{
	states_read += streq(name, NAME ".json");
	if (states_fail && streq(name, NAME ".json"))
		return -EIO;
	return host->fixture->world.file_read(world, dir, name, size_max, data,
					      size, info);
}

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->world.file_read = counting_read;
	host->fixture->faults.files_are_old = true;
	host->config.recheck_seconds = 4 * 24 * 3600;
	begin_settled(host);
	return 0;
}

static uint64_t inode_of(const char *path)
{
	struct stat info = { .st_ino = 0 };

	fstatat(host->fixture->places.state, path, &info, 0);
	return info.st_ino;
}

/* One pass, in which NAME's state is read or not, and which finds it at rest
 * all the same. */
static void expect_read(bool read)
{
	states_read = 0;
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step,
			 STEP_NOTHING);
	assert_int_equal(states_read, read);
}

/* It rests by what a run before has noted. */
static void settle(void)
{
	expect_read(true);
	expect_read(false);
}

/* The same octets in another file. */
static void put_anew(const char *path)
{
	char *script = xasprintf("cp -dp %s/%s %s/copy && mv %s/copy %s/%s",
				 host->fixture->root, path,
				 host->fixture->root, host->fixture->root,
				 host->fixture->root, path);

	assert_int_equal(system(script), 0);
	free(script);
}

TEST(what_rests_is_not_read)
{
	uint64_t inode;

	settle();
	inode = inode_of(RESTS_NAME);
	assert_true(inode);
	expect_read(false);
	/* Nothing is written for it either. */
	assert_int_equal(inode_of(RESTS_NAME), inode);
	assert_int_equal(fake_net.surveys, 2);
}

/* Who shows or changes anything at all reads all there is. */
TEST(only_run_believes)
{
	static const char *const words[] = { "init", "pre", "deploy", "post",
					     "remove" };

	settle();
	for (size_t i = 0; i < COUNT(words); i++) {
		states_read = 0;
		host_pass(host, words[i], EXIT_DONE);
		assert_int_equal(states_read, 1);
	}
}

TEST(a_dry_run_reads)
{
	struct pass pass;

	settle();
	states_read = 0;
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_DRY), EXIT_DONE);
	assert_int_equal(states_read, 1);
	assert_null(pass.targets.items[0].rests);
	run_close(&pass);
}

/* What changed a moment ago may change again within the same tick. */
TEST(young_files_are_not_noted)
{
	host->fixture->faults.files_are_old = false;
	expect_read(true);
	expect_read(true);
	assert_int_equal(inode_of(RESTS_NAME), 0);
}

TEST(a_state_put_back_is_read)
{
	settle();
	put_anew("state/targets/" NAME ".json");
	settle();
}

/* As in-place as can be: nothing but a time tells. */
TEST(a_touched_state_is_read)
{
	char *path = xasprintf("%s/state/targets/" NAME ".json",
			       host->fixture->root);

	settle();
	usleep(20000);
	assert_int_equal(chmod(path, 0600), 0);
	settle();
	free(path);
}

TEST(files_put_anew_are_read)
{
	static const char *const paths[] = {
		"etc/letsencrypt/archive/" NAME "/cert2.pem",
		"etc/letsencrypt/archive/" NAME "/privkey1.pem",
		"etc/letsencrypt/live/" NAME "/chain.pem",
		"etc/alnitak/dane/" NAME "/cert.pem",
	};

	settle();
	for (size_t i = 0; i < COUNT(paths); i++) {
		expect_read(false);
		put_anew(paths[i]);
		states_read = 0;
		host_pass(host, "run", EXIT_DONE);
		assert_int_equal(states_read, 1);
	}
}

TEST(what_is_renewed_is_read)
{
	settle();
	host_renew(host, 2);
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step, STEP_WAIT);
	expect_served(host, true, true);
	expect_waits(host, "run", REASON_CACHES);
}

TEST(what_was_held_is_read)
{
	char *script = xasprintf("rm %s/state/held/" NAME "/*/combined.pem",
				 host->fixture->root);

	settle();
	assert_int_equal(system(script), 0);
	states_read = 0;
	host_pass(host, "run", EXIT_DONE);
	assert_int_equal(states_read, 1);
	free(script);
}

/* It may be whole in a moment, and then was in service: no time of what is
 * looked at will tell. */
TEST(what_comes_back_beside_it_is_read)
{
	char *script = xasprintf("cd %s/state/held/" NAME " && mkdir $(ls | "
				 "tr 0-9a-f 1-9a-f0)", host->fixture->root);

	settle();
	assert_int_equal(system(script), 0);
	expect_read(true);
	expect_read(true);
	free(script);
}

/* The links lead to one number, and live to another of the same content: the
 * files of the one may change alone. */
TEST(a_version_with_two_numbers_is_read)
{
	char *script = xasprintf("cd %s/etc/letsencrypt && for f in archive/"
				 NAME "/*1.pem; do cp $f ${f%%1.pem}2.pem; "
				 "done", host->fixture->root);

	settle();
	assert_int_equal(system(script), 0);
	test_live_write(host->fixture->letsencrypt_path, NAME, 2);
	expect_read(true);
	expect_read(!host_follows_live);
	free(script);
}

TEST(clocks_must_agree)
{
	settle();
	host->now.boot_ms += HOUR_MS;
	expect_read(true);
	host->now.boot_ms -= HOUR_MS;
	expect_read(true);
	settle();
	host->now.wall_ms += HOUR_MS;
	expect_read(true);
	host->now.wall_ms -= HOUR_MS;
	expect_read(true);
}

/* Where a time service is known to have set the clock before. */
TEST(boots)
{
	host->now.synchronised = true;
	put_anew("state/targets/" NAME ".json");
	host_pass(host, "init", EXIT_DONE);
	settle();
	strcpy(host->now.boot_id, "another");
	expect_read(false);
	host->now.synchronised = false;
	expect_read(true);
}

TEST(until_the_next_look)
{
	unsigned surveys = fake_net.surveys;

	settle();
	pass_time(host, 2 * 24 * HOUR_MS);
	expect_read(false);
	assert_int_equal(fake_net.surveys, surveys);
	pass_time(host, 3 * 24 * HOUR_MS);
	expect_read(true);
	assert_true(fake_net.surveys > surveys);
}

TEST(another_configuration)
{
	settle();
	host->spec.params.matching = 2;
	states_read = 0;
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step, STEP_WAIT);
	assert_int_equal(states_read, 1);
	/* What waits does not rest, though all else is as it was. */
	assert_int_equal(host_pass(host, "run", EXIT_DONE).step, STEP_WAIT);
	assert_int_equal(states_read, 2);
}

/* .. and written again. */
TEST(a_file_that_is_not_ours)
{
	char *path = xasprintf("%s/state/" RESTS_NAME, host->fixture->root);

	settle();
	assert_int_equal(chmod(path, 0622), 0);
	settle();
	assert_int_equal(truncate(path, 100), 0);
	settle();
	assert_int_equal(unlink(path), 0);
	settle();
	free(path);
}

/* Its end is to be told, or told once more tomorrow. */
TEST(who_was_told_of_is_read)
{
	struct state *saved = host_state(host);
	int dir = host->world.dir_open(&host->world,
				       host->fixture->places.state, "targets");

	saved->alarm.told = xstrdup("it burns");
	saved->alarm.told_ms = host->now.wall_ms;
	assert_int_equal(state_save(&host->world, dir, saved), 0);
	state_free(saved);
	host->world.dir_close(&host->world, dir);
	expect_read(true);
	expect_read(true);
	expect_read(true);
}

/* Another command could not read the state, which is as it was. */
TEST(the_end_of_a_damage_is_told)
{
	char *notify[] = { lent("/notify"), NULL };

	host->config.notify = notify;
	host->config.notify_user = lent("nobody");
	settle();
	states_fail = true;
	host_pass(host, "deploy", EXIT_STATE);
	states_fail = false;
	assert_int_equal(host->notices, 1);
	for (int i = 0; i < 2; i++) {
		expect_read(false);
		assert_int_equal(host->notices, 2);
		assert_non_null(strstr(host->notice, "out of trouble"));
	}
}

/* Links that are pinned while certbot runs go back when it has ended. */
TEST(nothing_rests_while_certbot_runs)
{
	const struct links pinned = { .place = LINKS_ARCHIVE, .number = 1 };

	host->certbot_lock = 1;
	expect_read(true);
	expect_read(true);
	host->certbot_lock = 0;
	settle();
	/* Others are pinned for good. */
	if (!host_follows_live)
		return;
	host->certbot_lock = 1;
	host_pass(host, "pre", EXIT_DONE);
	expect_read(true);
	assert_links(host->fixture, &pinned);
	host->certbot_lock = 0;
	expect_read(true);
	assert_links(host->fixture, &(struct links){ .place = LINKS_REST });
}

TEST(who_is_found_to_share_an_owner)
{
	struct pass pass;
	const struct target *other;

	host_add_second(host, "_25._tcp.second.example.com.");
	for (int i = 0; i < 9; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS);
	}
	expect_read(false);
	host_renew(host, 2);
	fake_net.alias = "_25._tcp.second.example.com.";
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	other = &pass.targets.items[1];
	assert_non_null(other->rests);
	run_pass(&pass);
	assert_null(other->rests);
	assert_non_null(other->state);
	assert_ptr_equal(other->facts.state, other->state);
	run_close(&pass);
}

/* What others are told, with it and without. */
static void expect_told_the_same(void)
{
	char *told[2][2];
	struct pass pass;

	for (int i = 0; i < 2; i++) {
		host->fixture->faults.files_are_old = i == 0;
		assert_int_equal(run_open(&pass, &host->world, &host->config,
					  called("run"), RUN_PLAIN),
				 EXIT_DONE);
		assert_int_equal(!pass.targets.items[0].rests, i);
		run_pass(&pass);
		assert_int_equal(run_status(&pass), EXIT_DONE);
		told[i][0] = summary_text(&pass, &host->now);
		told[i][1] = metrics_text(&pass, &host->now);
		run_close(&pass);
	}
	for (int i = 0; i < 2; i++) {
		assert_string_equal(told[0][i], told[1][i]);
		free(told[0][i]);
		free(told[1][i]);
	}
	host->fixture->faults.files_are_old = true;
}

TEST(what_is_told_is_the_same)
{
	settle();
	expect_told_the_same();
}

/* Nobody looks any more, and what is in service ends: by time alone no more is
 * told of it, or done, than who reads all would. */
TEST(what_ends_is_told_the_same)
{
	const int64_t end_ms = INT64_C(2000000000) * 1000;

	host->config.recheck_seconds = 0;
	settle();
	pass_time(host, end_ms - host->now.wall_ms - HOUR_MS);
	expect_told_the_same();
	pass_time(host, 2 * HOUR_MS);
	expect_told_the_same();
	expect_read(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(what_rests_is_not_read),
		CASE(only_run_believes),
		CASE(a_dry_run_reads),
		CASE(young_files_are_not_noted),
		CASE(a_state_put_back_is_read),
		CASE(a_touched_state_is_read),
		CASE(files_put_anew_are_read),
		CASE(what_is_renewed_is_read),
		CASE(what_was_held_is_read),
		CASE(what_comes_back_beside_it_is_read),
		CASE(a_version_with_two_numbers_is_read),
		CASE(clocks_must_agree),
		CASE(boots),
		CASE(until_the_next_look),
		CASE(another_configuration),
		CASE(a_file_that_is_not_ours),
		CASE(who_was_told_of_is_read),
		CASE(the_end_of_a_damage_is_told),
		CASE(who_is_found_to_share_an_owner),
		CASE(nothing_rests_while_certbot_runs),
		CASE(what_is_told_is_the_same),
		CASE(what_ends_is_told_the_same),
	};

	return RUN_BOTH_WAYS(tests);
}
