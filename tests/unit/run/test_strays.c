/* SPDX-License-Identifier: MIT */
#include "run/strays.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

#include <stdio.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static enum exit_status open_and_close(const char *command,
				       enum run_manner manner)
{
	struct pass pass;
	enum exit_status status = run_open(&pass, &host->world, &host->config,
					   called(command), manner);

	run_close(&pass);
	assert_false(host->locked);
	return status;
}

static void save_stray(const char *name, bool published)
{
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");
	struct state *stray = state_new(name);
	struct tlsa_set set = { 0 };

	host_add_record(host, 1, &set);
	if (published)
		state_add_published(stray, "_25._tcp.stray.",
				    &set.records[0]);
	assert_int_equal(state_save(&host->world, dir, stray), 0);
	tlsa_set_clear(&set);
	state_free(stray);
	real->dir_close(real, dir);
}

static struct state *load_stray(const char *name)
{
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");
	struct state *stray;
	char *detail;

	assert_int_equal(state_load(real, dir, name, &stray, &detail),
			 STATE_OK);
	real->dir_close(real, dir);
	return stray;
}

static void expect_alarm(const char *name, const char *part)
{
	struct state *stray = load_stray(name);

	if (part)
		assert_non_null(strstr(stray->alarm.text, part));
	else
		assert_null(stray->alarm.text);
	state_free(stray);
}

/* Its records are gone. */
static void mend_stray(const char *name)
{
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");
	struct state *stray = load_stray(name);

	state_remove_published(stray, stray->published[0].owner,
			       &stray->published[0].record);
	assert_int_equal(state_save(&host->world, dir, stray), 0);
	real->dir_close(real, dir);
	state_free(stray);
}

static unsigned count_said(const char *command, enum run_manner manner)
{
	unsigned n = 0;
	char *text;

	log_open(LOG_SINK_STDOUT, NULL, LOG_LEVEL_NORMAL, true);
	capture_begin();
	open_and_close(command, manner);
	text = capture_end();
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	for (char *at = text; (at = strstr(at, "error: ")); at++)
		n++;
	free(text);
	return n;
}

/* What is no longer configured is told of while something stands there. */
TEST(strays)
{
	struct pass pass;

	open_and_close("run", RUN_PLAIN);
	save_stray("old.test", true);
	save_stray("done.test", false);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	assert_int_equal(pass.strays.count, 1);
	assert_non_null(strstr(pass.strays.items[0].line, "old.test"));
	assert_non_null(strstr(pass.strays.items[0].line, "_25._tcp.stray."));
	assert_true(strays_stand(&pass.strays));
	run_close(&pass);
	/* Whoever reads the next run's words may not have read these. */
	assert_int_equal(count_said("run", RUN_PLAIN), 1);
	assert_int_equal(count_said("run", RUN_AGAIN), 0);
	assert_int_equal(count_said("post", RUN_PLAIN), 1);
	assert_int_equal(count_said("status", RUN_PLAIN), 0);
}

/* To be told of rewrites its state: that it came from a backup stays known. */
TEST(a_stray_from_a_backup)
{
	struct state *stray;

	open_and_close("run", RUN_PLAIN);
	save_stray("old.test", true);
	host->fixture->faults.changed_ms = host->now.wall_ms + 3 * 60000;
	open_and_close("run", RUN_PLAIN);
	host->fixture->faults.changed_ms = 0;
	expect_alarm("old.test", "no longer in the configuration");
	stray = load_stray("old.test");
	assert_true(stray->copied && stray->unproven);
	state_free(stray);
}

/* What published no more and has nothing under way needs nobody. */
TEST(a_stray_that_is_done)
{
	struct pass pass;

	open_and_close("run", RUN_PLAIN);
	save_stray("old.test", true);
	open_and_close("run", RUN_PLAIN);
	expect_alarm("old.test", "no longer in the configuration");
	mend_stray("old.test");
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("status"), RUN_PLAIN), EXIT_DONE);
	assert_false(strays_stand(&pass.strays));
	run_close(&pass);
	expect_alarm("old.test", "no longer in the configuration");
	open_and_close("run", RUN_PLAIN);
	expect_alarm("old.test", NULL);
}

static void save_removal(enum removal removal)
{
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");
	struct state *stray = state_new("old.test");

	stray->removal = removal;
	assert_int_equal(state_save(&host->world, dir, stray), 0);
	state_free(stray);
	real->dir_close(real, dir);
}

static bool is_there(void)
{
	char *path = xasprintf("%s/targets/old.test.json",
			       host->fixture->state_path);
	FILE *file = fopen(path, "r");

	free(path);
	if (file)
		fclose(file);
	return file != NULL;
}

/* Once its section is gone nothing of a removed target is needed; before that
 * is over a person is. */
TEST(a_stray_that_is_removed)
{
	open_and_close("run", RUN_PLAIN);
	save_removal(REMOVAL_DELETES);
	open_and_close("run", RUN_PLAIN);
	expect_alarm("old.test", "put it back until alnitak remove says");
	save_removal(REMOVAL_DONE);
	open_and_close("status", RUN_PLAIN);
	assert_true(is_there());
	assert_int_equal(count_said("run", RUN_PLAIN), 0);
	assert_false(is_there());
}

/* A command that was killed while it saved: a target at rest saves nothing. */
TEST(half_written_states_go)
{
	static const char name[] = ".mail.json.tmp";
	struct world *real = &host->fixture->real;
	struct file_info info;
	int dir;

	open_and_close("run", RUN_PLAIN);
	dir = real->dir_open(real, host->fixture->places.state, "targets");
	assert_int_equal(real->file_write(real, dir, name, "", 0, 0600), 0);
	open_and_close("status", RUN_DRY);
	host->lock_error = -EAGAIN;
	open_and_close("run", RUN_PLAIN);
	assert_int_equal(real->file_info(real, dir, name, false, &info), 0);
	host->lock_error = 0;
	open_and_close("run", RUN_PLAIN);
	assert_int_equal(real->file_info(real, dir, name, false, &info),
			 -ENOENT);
	real->dir_close(real, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(strays),
		CASE(a_stray_from_a_backup), CASE(a_stray_that_is_done),
		CASE(a_stray_that_is_removed),
		CASE(half_written_states_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
