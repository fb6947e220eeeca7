/* SPDX-License-Identifier: MIT */
#include "run/strays.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

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
	assert_non_null(strstr(pass.strays.lines[0], "old.test"));
	assert_non_null(strstr(pass.strays.lines[0], "_25._tcp.stray."));
	run_close(&pass);
	/* It was told, and is not told again by the timer. */
	assert_int_equal(count_said("run", RUN_PLAIN), 0);
	assert_int_equal(count_said("run", RUN_REPEAT_ALARMS), 1);
	/* Whoever calls a hook or init is told. */
	assert_int_equal(count_said("post", RUN_PLAIN), 1);
	assert_int_equal(count_said("status", RUN_PLAIN), 0);
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
		CASE(half_written_states_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
