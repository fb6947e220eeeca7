/* SPDX-License-Identifier: MIT */
#include "run/run.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/passes.h"
#include "support/run.h"

/*
 * Six targets whose programs hang, as they do while an API is down, and after
 * them in the configuration one that has nothing to do with it.
 */
#define HUNG 6
#define GOOD HUNG
#define GOOD_OWNER "_443._tcp.good.test."

static struct host *host;
static struct config_target targets[HUNG + 1];
static struct config_spec specs[HUNG + 1];
static char *arguments[] = { lent("/nonexistent/publish"), NULL };

/* The ports of those whose program was started, in their turn. */
static unsigned started[32], start_count;
static bool reloads_hang;

static bool is_of_good(const struct program *program)
{
	for (const char *const *item = program->environment; *item; item++)
		if (streq(*item, "ALNITAK_TARGET=good.test"))
			return true;
	return false;
}

static unsigned port_of(const struct program *program)
{
	for (const char *const *item = program->environment; *item; item++)
		if (strncmp(*item, "TLSA_PORT=", 10) == 0)
			return (unsigned)atoi(*item + 10);
	return 0;
}

static void hang(struct world *world, struct program *program)
{
	(void)world;
	program->output = xstrdup("");
	if (!port_of(program) && (!reloads_hang || is_of_good(program)))
		return;
	assert_true(start_count < COUNT(started));
	started[start_count++] = port_of(program);
	pass_time(host, program->timeout_ms);
	program->timed_out = true;
	program->status = 137;
}

/* An archive of its own for each, with what is in that of NAME. */
static void add_target(size_t i, const char *name, const char *owner)
{
	const char *letsencrypt = host->fixture->letsencrypt_path;
	char *archive = xasprintf("archive/%s", name);

	test_link_write(letsencrypt, archive, NAME);
	test_live_write(letsencrypt, name, 1);
	specs[i] = host->spec;
	specs[i].owner = unconst(owner);
	targets[i] = host->target;
	targets[i].name = unconst(name);
	targets[i].specs = &specs[i];
	free(archive);
}

static int open_all(void **state)
{
	static char names[HUNG][16], owners[HUNG][32];

	host_open(state);
	host = *state;
	for (unsigned i = 0; i < HUNG; i++) {
		snprintf(names[i], sizeof(names[i]), "x%u.test", i);
		snprintf(owners[i], sizeof(owners[i]), "_%u._tcp.x%u.test.",
			 i + 1, i);
		add_target(i, names[i], owners[i]);
		specs[i].port = (uint16_t)(i + 1);
		targets[i].api = API_EXEC;
		targets[i].exec_arguments = arguments;
	}
	add_target(GOOD, "good.test", GOOD_OWNER);
	fake_net.elsewhere = GOOD_OWNER;
	host->config.targets = targets;
	host->config.target_count = COUNT(targets);
	host->world.execute = hang;
	start_count = 0;
	reloads_hang = false;
	return 0;
}

static struct pass pass;

/* One pass of COMMAND; how long it had the lock, milliseconds. */
static int64_t run(const char *command, enum exit_status want)
{
	int64_t begun_ms = host->now.boot_ms;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called(command), RUN_PLAIN), EXIT_DONE);
	run_pass(&pass);
	assert_int_equal(run_status(&pass), want);
	return host->now.boot_ms - begun_ms;
}

static void end(void)
{
	run_close(&pass);
	assert_int_equal(host->world.deadline_ms, 0);
	start_count = 0;
}

/* It ends in time, the good one is served, and in the next run those are first
 * that had no turn in this one. */
TEST(programs_that_hang)
{
	unsigned tried;

	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	assert_int_equal(pass.targets.items[GOOD].action.step, STEP_NOTHING);
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	assert_int_equal(pass.targets.items[HUNG - 1].action.reason,
			 REASON_TIME);
	tried = start_count;
	assert_between(tried, 1, HUNG - 1);
	for (unsigned i = 0; i < tried; i++)
		assert_int_equal(started[i], i + 1);
	end();
	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	for (unsigned i = 0; i < HUNG - tried && i < start_count; i++)
		assert_int_equal(started[i], tried + i + 1);
	end();
}

TEST(programs_that_hang_in_the_hook)
{
	assert_true(run("deploy", EXIT_FAILED) <= HOOK_TIME_MS);
	assert_int_equal(start_count, 1);
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	end();
}

/* B's turn has come for all, and six services cannot be told. The good one, the
 * last, has its turn in the next run, as the first. */
TEST(reloads_that_hang)
{
	for (size_t i = 0; i < HUNG; i++)
		targets[i].api = API_RFC2136;
	run("run", EXIT_DONE);
	end();
	for (size_t i = 0; i <= HUNG; i++)
		test_live_write(host->fixture->letsencrypt_path,
				targets[i].name, 2);
	run("run", EXIT_DONE);
	end();
	pass_time(host, HOUR_MS);
	reloads_hang = true;
	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	assert_between(start_count, 1, HUNG - 1);
	assert_true(pass.targets.items[GOOD].state->reload_due);
	end();
	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	assert_false(pass.targets.items[GOOD].state->reload_due);
	assert_true(pass.targets.items[GOOD].state->proven_ms > 0);
	end();
}

/* ---- Name servers ----------------------------------------------------- */

/* Of another zone: what they may take they take, until nobody asks them. */
static void take_all(void)
{
	assert_true(host->world.deadline_ms > host->now.boot_ms);
	pass_time(host, host->world.deadline_ms - host->now.boot_ms);
}

TEST(servers_that_use_every_limit)
{
	struct target *good;

	host->config.targets = &targets[GOOD];
	host->config.target_count = 1;
	fake_net.before_survey = take_all;
	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	good = &pass.targets.items[0];
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	assert_true(good->state->published_count == 1);
	end();
	fake_net.before_survey = NULL;
	assert_true(run("run", EXIT_DONE) < 1000);
	end();
}

/* ---- Services --------------------------------------------------------- */

/* What nobody had the time to wait for is not a service that is down: the
 * first record does not begin. */
TEST(a_probe_that_is_cut_off)
{
	host->config.targets = &targets[GOOD];
	host->config.target_count = 1;
	fake_net.before_probe = take_all;
	fake_net.probe = PROBE_NO_ANSWER;
	assert_true(run("run", EXIT_FAILED) <= RUN_TIME_MS);
	assert_int_equal(fake_net.probes, 1);
	assert_int_equal(pass.targets.items[0].action.reason, REASON_TIME);
	assert_int_equal(fake_net.served_elsewhere.count, 0);
	end();
	fake_net.before_probe = NULL;
	run("run", EXIT_DONE);
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	end();
}

/* ---- Hooks ------------------------------------------------------------ */

/* A hook comes while the timer's run is at work: after the batch that it is in
 * the run ends, its states saved. */
static void come(void)
{
	host->is_awaited = true;
}

TEST(a_hook_waits)
{
	fake_net.before_survey = come;
	run("run", EXIT_DONE);
	assert_int_equal(fake_net.surveys, 1);
	assert_int_equal(fake_net.updates + start_count, 0);
	for (size_t i = 0; i < COUNT(targets); i++)
		assert_int_equal(pass.targets.items[i].action.reason,
				 REASON_TIME);
	end();
	/* A hook does not give way. */
	run("deploy", EXIT_FAILED);
	assert_int_equal(fake_net.served_elsewhere.count, 1);
	end();
}

#define CASE(name) CASE_WITH(name, open_all, host_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(programs_that_hang),
		CASE(programs_that_hang_in_the_hook),
		CASE(reloads_that_hang),
		CASE(servers_that_use_every_limit),
		CASE(a_probe_that_is_cut_off),
		CASE(a_hook_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
