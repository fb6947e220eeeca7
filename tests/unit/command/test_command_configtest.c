/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

#include <sys/stat.h>
#include <unistd.h>

static struct host *host;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static void expect(enum exit_status want, const char *part)
{
	struct options options = { .command = command_find("configtest") };
	char *text;

	capture_begin();
	assert_int_equal(command_configtest(&host->world, &host->config,
					    &options), want);
	text = capture_end();
	if (part && !strstr(text, part))
		fail_msg("\"%s\" is not in: %s", part, text);
	free(text);
}

TEST(good)
{
	expect(EXIT_DONE, "1 target\n");
	assert_int_equal(fake_net.surveys, 0);
}

TEST(bad)
{
	struct config_zone zone = { .name = lent("example.com."),
				    .key = lent("/nowhere/key") };
	char *directory = host->config.letsencrypt_directory;

	host->config.letsencrypt_directory = lent("/nowhere/at/all");
	expect(EXIT_CONFIG, NULL);
	host->config.letsencrypt_directory = directory;
	host->target.name = lent("unknown.test");
	expect(EXIT_CONFIG, NULL);
	host->target.name = lent(NAME);
	host->config.zones = &zone;
	host->config.zone_count = 1;
	expect(EXIT_CONFIG, NULL);
	host->config.zone_count = 0;
	assert_int_equal(chmod(host->config.key, 0644), 0);
	expect(EXIT_CONFIG, NULL);
	assert_int_equal(chmod(host->config.key, 0600), 0);
	expect(EXIT_DONE, NULL);
}

/* Links, promises, or what is run as root: nobody else may write there. */
TEST(sources)
{
	host->config.sources[0] = (struct address){
		.family = 4, .bytes = { 192, 0, 2, 77 } };
	expect(EXIT_CONFIG, NULL);
	host->config.sources[0] = (struct address){
		.family = 4, .bytes = { 127, 0, 0, 7 } };
	expect(EXIT_DONE, NULL);
}

TEST(what_others_can_write)
{
	char *paths[] = {
		host->fixture->dane_path, host->fixture->letsencrypt_path,
		host->fixture->state_path,
		xasprintf("%s/alnitak.conf", host->fixture->root),
		xasprintf("%s/more.conf", host->fixture->root),
	};

	test_file_write(host->fixture->root, "alnitak.conf", "");
	test_file_write(host->fixture->root, "more.conf", "");
	host->config.path = paths[3];
	host->config.included = (struct texts){ &paths[4], 1 };
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(chmod(paths[i], 0700), 0);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(chmod(paths[i], 0755), 0);
		expect(EXIT_DONE, NULL);
		assert_int_equal(chmod(paths[i], 0775), 0);
		expect(EXIT_CONFIG, NULL);
		assert_int_equal(chmod(paths[i], 0757), 0);
		expect(EXIT_CONFIG, NULL);
		assert_int_equal(chmod(paths[i], 0700), 0);
	}
	host->world.uid++;
	expect(host->fixture->real.uid ? EXIT_CONFIG : EXIT_DONE, NULL);
	free(paths[4]);
	free(paths[3]);
}

/* Nothing is wrong with that; it is said all the same. */
TEST(includes_without_a_file)
{
	char *lines[] = { lent("a.conf:7: include \"x/*\" matches no file") };
	char *path = xasprintf("%s/log", host->fixture->root), *text;
	struct world *real = &host->fixture->real;
	size_t size;

	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  true), 0);
	host->config.unmatched = (struct texts){ lines, 1 };
	expect(EXIT_DONE, NULL);
	log_close();
	assert_int_equal(real->file_read(real, WORLD_CWD, path, 10000, &text,
					 &size, NULL), 0);
	assert_non_null(strstr(text, "warning: a.conf:7: include \"x/*\" "));
	free(text);
	free(path);
}

/* A record about the issuer, and a chain that has none. */
TEST(no_issuer)
{
	char *path = xasprintf("archive/%s/fullchain1.pem", NAME);
	char *cert = xasprintf("%s/archive/%s/cert1.pem",
			       host->fixture->letsencrypt_path, NAME);
	struct world *real = &host->fixture->real;
	char *text;
	size_t size;

	host->spec.params.usage = 2;
	expect(EXIT_DONE, NULL);
	assert_int_equal(real->file_read(real, WORLD_CWD, cert, 100000, &text,
					 &size, NULL), 0);
	test_file_write(host->fixture->letsencrypt_path, path, text);
	expect(EXIT_CONFIG, NULL);
	free(text);
	free(path);
	free(cert);
}

static void try_program(const char *user, const char *path, bool good)
{
	char *arguments[] = { lent(path), NULL };

	host->world.execute = host->fixture->real.execute;
	host->target.api = API_EXEC;
	host->target.exec_user = lent(user);
	host->target.exec_arguments = arguments;
	expect(good ? EXIT_DONE : EXIT_CONFIG, NULL);
}

TEST(program)
{
	try_program(NULL, "/bin/sh", true);
	try_program(NULL, "/nonexistent/program", false);
	try_program(NULL, "/etc/passwd", false);
	try_program(NULL, "/etc", false);
	try_program("no-such-user", "/bin/sh", false);
	if (geteuid() != 0)
		return;
	try_program("nobody", "/bin/sh", true);
	/* Its key is not the world's to read, nor is a program beside it. */
	assert_int_equal(chmod(host->config.key, 0700), 0);
	try_program(NULL, host->config.key, true);
	try_program("nobody", host->config.key, false);
	assert_int_equal(chmod(host->config.key, 0722), 0);
	try_program(NULL, host->config.key, false);
}

static void try_notify(const char *user, const char *path, bool good)
{
	char *arguments[] = { lent(path), NULL };

	host->world.execute = host->fixture->real.execute;
	host->config.notify = arguments;
	host->config.notify_user = lent(user);
	expect(good ? EXIT_DONE : EXIT_CONFIG, NULL);
	assert_int_equal(host->notices, 0);
}

TEST(notify)
{
	try_notify(NULL, "/bin/sh", true);
	try_notify(NULL, "/nonexistent/program", false);
	try_notify(NULL, "/etc/passwd", false);
	try_notify("no-such-user", "/bin/sh", false);
	assert_int_equal(chmod(host->config.key, 0722), 0);
	try_notify(NULL, host->config.key, false);
	assert_int_equal(chmod(host->config.key, 0700), 0);
	if (geteuid() == 0)
		try_notify("nobody", host->config.key, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, host_close)
		CASE(good),
		CASE(bad),
		CASE(sources),
		CASE(what_others_can_write),
		CASE(includes_without_a_file),
		CASE(no_issuer),
		CASE(program),
		CASE(notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
