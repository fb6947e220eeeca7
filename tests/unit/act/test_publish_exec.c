/* SPDX-License-Identifier: MIT */
#include "act/publish_exec.h"

#include "base/xalloc.h"
#include "support/passes.h"

static struct host *host;

/* What the program does, and what it was told. */
static struct {
	enum { OBEYS, LIES } manner;
	struct program result;	/* status, signal, timed_out, error */
	unsigned runs, timeout_ms;
	char port;		/* the first character of what it was told */
	char *asked;		/* "publish HASH-BEGIN, .." */
	char *renewed, *live;
} program_does;

static char *arguments[] = { lent("/nonexistent/publish"), NULL };
static struct config_spec specs[2];

static const char *value_of(const struct program *program, const char *name)
{
	size_t size = strlen(name);

	for (const char *const *item = program->environment; *item; item++)
		if (strncmp(*item, name, size) == 0 && (*item)[size] == '=')
			return *item + size + 1;
	return NULL;
}

static void replace(char **text, char *with)
{
	free(*text);
	*text = with;
}

static void obey(const struct program *program)
{
	bool deletes = streq(value_of(program, "TLSA_OPERATION"), "delete");
	char *text = xasprintf("%s %s", value_of(program, "TLSA_PARAM"),
			       value_of(program, "TLSA_HASH"));
	struct tlsa record;

	assert_true(tlsa_parse(text, &record));
	if (deletes)
		tlsa_set_remove(&fake_net.served, &record);
	else
		tlsa_set_add(&fake_net.served, &record);
	fake_net.emptied |= deletes && fake_net.served.count == 0;
	tlsa_clear(&record);
	free(text);
}

/* The combinations of what is served, after every single call, in full. */
static void expect_covered(unsigned version)
{
	struct fixture *fixture = host->fixture;
	struct chain *chain;
	char *detail;

	assert_int_equal(lineage_load_archive(
		&fixture->real_lineage, version, &chain, &detail), VERSION_OK);
	assert_true(tlsa_set_covers(&fake_net.served, chain));
	chain_free(chain);
	free(detail);
}

static unsigned covered;	/* the version that must always match, or 0 */

static void fake_program(struct world *world, struct program *program)
{
	const char *live = value_of(program, "TLSA_LIVE_HASH");

	(void)world;
	program->output = xstrdup("last words\n");
	if (streq(program->arguments[0], "/bin/sh"))
		return;	/* the reload */
	program_does.runs++;
	program_does.timeout_ms = program->timeout_ms;
	program_does.port = value_of(program, "TLSA_PORT")[0];
	replace(&program_does.asked, xasprintf("%s%s %s, ",
		program_does.asked ? program_does.asked : "",
		value_of(program, "TLSA_OPERATION"),
		value_of(program, "TLSA_PARAM")));
	replace(&program_does.renewed,
		xstrdup(value_of(program, "RENEWED_DOMAINS")));
	replace(&program_does.live, live ? xstrdup(live) : NULL);
	assert_string_equal(value_of(program, "ZONE_DOMAIN"), "example.com");
	assert_string_equal(value_of(program, "TLSA_DOMAIN"), NAME);
	program->status = program_does.result.status;
	program->signal = program_does.result.signal;
	program->timed_out = program_does.result.timed_out;
	program->error = program_does.result.error;
	if (program_does.manner == OBEYS)
		obey(program);
	if (covered)
		expect_covered(covered);
}

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->world.execute = fake_program;
	specs[0] = specs[1] = host->spec;
	specs[1].params = (struct tlsa_params){ 3, 0, 1 };
	host->target.specs = specs;
	host->target.api = API_EXEC;
	host->target.exec_arguments = arguments;
	memset(&program_does, 0, sizeof(program_does));
	covered = 0;
	return 0;
}

static int close_all(void **state)
{
	free(program_does.asked);
	free(program_does.renewed);
	free(program_does.live);
	return host_close(state);
}

static void expect_asked(const char *want)
{
	if (!program_does.asked || !streq(program_does.asked, want))
		fail_msg("asked for %s", program_does.asked);
	replace(&program_does.asked, NULL);
}

/* Nothing stands yet, and B waits already: A's records come first, B's when
 * these are seen. */
TEST(first_publication)
{
	host->target.spec_count = 2;
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	covered = 1;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("publish 301, publish 311, publish 301, publish 311, ");
	assert_int_equal(fake_net.served.count, 4);
}

/* The whole way; 301 is given up on it, and its records end in order. */
TEST(rollover)
{
	host->target.spec_count = 2;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("publish 301, publish 311, ");
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	covered = 1;
	host_pass(host, "deploy", EXIT_DONE);
	expect_asked("publish 301, publish 311, ");
	covered = 2;
	host->target.spec_count = 1;
	for (int i = 0; i < 20; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS);
	}
	expect_asked("delete 301, delete 311, delete 301, ");
	assert_int_equal(fake_net.served.count, 1);
	assert_null(program_does.live);
	assert_int_equal(fake_net.updates, 0);
}

/* TLSA_LIVE_HASH is the data of the record that must be there. */
TEST(live_hash)
{
	struct tlsa_set set = { 0 };
	char *text;

	host->target.spec_count = 1;
	host_pass(host, "run", EXIT_DONE);
	assert_null(program_does.live);
	host_pass(host, "pre", EXIT_DONE);
	host_renew(host, 2);
	for (int i = 0; i < 20; i++) {
		host_pass(host, "run", EXIT_DONE);
		pass_time(host, HOUR_MS);
	}
	expect_asked("publish 311, publish 311, delete 311, ");
	host_add_record(host, 2, &set);
	text = tlsa_format(&set.records[0]);
	assert_string_equal(program_does.live, strrchr(text, ' ') + 1);
	free(text);
	tlsa_set_clear(&set);
}

/* An owner that is gone from the configuration says itself what to tell. */
TEST(no_longer_configured)
{
	struct config_spec other = host->spec;

	host->target.spec_count = 1;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("publish 311, ");
	other.owner = lent("_26._tcp.mail.example.com.");
	host->target.specs = &other;
	program_does.manner = LIES;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("delete 311, ");
}

/* The same of a record for all ports. */
TEST(no_longer_configured_for_all_ports)
{
	struct config_spec other = host->spec, all = host->spec;

	all.owner = lent("*._tcp.mail.example.com.");
	all.port = CONFIG_PORT_ANY;
	host->target.specs = &all;
	host->target.spec_count = 1;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("publish 311, ");
	assert_int_equal(program_does.port, '*');
	other.owner = lent("_26._tcp.mail.example.com.");
	host->target.specs = &other;
	program_does.manner = LIES;
	host_pass(host, "run", EXIT_DONE);
	expect_asked("delete 311, ");
	assert_int_equal(program_does.port, '*');
}

static void expect_failure(enum exit_status want, const char *part)
{
	struct state *saved;

	host_pass(host, "run", want);
	assert_int_equal(program_does.runs, 1);
	program_does.runs = 0;
	saved = host_state(host);
	if (part && !strstr(saved->alarm.text, part))
		fail_msg("\"%s\" lacks \"%s\"", saved->alarm.text, part);
	if (!part)
		assert_null(saved->alarm.text);
	assert_int_equal(saved->published_count,
			 program_does.result.error ? 0 : 1);
	state_free(saved);
	pass_time(host, HOUR_MS);
}

/* It does nothing, whatever it says: once in a pass, and never believed. */
TEST(verdicts)
{
	static const struct {
		struct program result;
		enum exit_status want;
		const char *part;
	} rows[] = {
		{ { .error = ENOENT }, EXIT_FAILED, "is its path right" },
		{ { .error = EACCES }, EXIT_FAILED, "chmod +x" },
		{ { .status = 0 }, EXIT_DONE, NULL },
		{ { .status = 1 }, EXIT_DONE, NULL },
		{ { .status = 128 }, EXIT_DONE, NULL },
		{ { .status = 255 }, EXIT_DONE, NULL },
		{ { .status = 2 }, EXIT_FAILED, "status 2: last words" },
		{ { .status = 127 }, EXIT_FAILED, ": last words" },
		{ { .status = 139, .signal = 11 }, EXIT_FAILED, "signal 11" },
		{ { .status = 137, .signal = 9, .timed_out = true },
		  EXIT_FAILED, "not done after 120 s" },
	};

	host->target.spec_count = 1;
	program_does.manner = LIES;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		program_does.result = rows[i].result;
		expect_failure(rows[i].want, rows[i].part);
		assert_int_equal(fake_net.served.count, 0);
	}
}

/* After a failure the target's other records are not asked for. */
TEST(failure_ends_the_target)
{
	host->target.spec_count = 2;
	program_does.result.status = 2;
	program_does.manner = LIES;
	host_pass(host, "run", EXIT_FAILED);
	expect_asked("publish 301, ");
}

/* Certbot's deploy hook alone says what was renewed, and has little time. */
TEST(deploy)
{
	char *lineage = xasprintf("%s/live/" NAME,
				  host->config.letsencrypt_directory);
	struct pass pass;

	host->target.spec_count = 1;
	program_does.manner = LIES;
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("deploy"), RUN_PLAIN), EXIT_DONE);
	pass.source.renewed = (struct renewed){ lineage, NAME " www.test" };
	run_pass(&pass);
	run_close(&pass);
	assert_int_equal(program_does.runs, 1);
	assert_string_equal(program_does.renewed, NAME " www.test");
	assert_true(program_does.timeout_ms <= 40000);
	host_pass(host, "run", EXIT_DONE);
	assert_string_equal(program_does.renewed, "");
	assert_int_equal(program_does.timeout_ms, 120000);
	free(lineage);
}

/* A program that takes all of deploy's time is not followed by another. */
static void slow_program(struct world *world, struct program *program)
{
	fake_program(world, program);
	if (!streq(program->arguments[0], "/bin/sh"))
		pass_time(host, program->timeout_ms);
}

TEST(deploy_ends)
{
	struct action action;

	host->target.spec_count = 2;
	host->world.execute = slow_program;
	action = host_pass(host, "deploy", EXIT_DONE);
	assert_int_equal(action.reason, REASON_TIME);
	expect_asked("publish 301, ");
	host_pass(host, "run", EXIT_DONE);
	expect_asked("publish 311, ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(first_publication),
		CASE(rollover),
		CASE(live_hash),
		CASE(no_longer_configured),
		CASE(no_longer_configured_for_all_ports),
		CASE(verdicts),
		CASE(failure_ends_the_target),
		CASE(deploy),
		CASE(deploy_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
