/* SPDX-License-Identifier: MIT */
#include "act/exec.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/program.h"
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t data[] = { 0x00, 0x0f, 0xab, 0xff };
static const struct tlsa record = { { 3, 1, 1 }, data, sizeof(data) };

static const struct config_spec spec = {
	.port = 25, .protocol = "tcp",
	.host = lent("mail.example.com."),
	.owner = lent("_25._tcp.mail.example.com."),
};

static struct exec_request request_of(const struct config_target *target,
				      enum exec_operation operation)
{
	return (struct exec_request){
		.target = target, .operation = operation, .record = &record,
		.spec = &spec, .zone = "example.com.", .live_hash = "beef",
		.renewed_domains = "mail.example.com *.example.com",
		.letsencrypt_directory = "/etc/letsencrypt",
		.timeout_ms = EXEC_TIMEOUT_MS,
	};
}

/* Runs SCRIPT for real. */
static struct exec_request run_script(const char *script,
				      enum exec_operation operation)
{
	char *arguments[] = { lent("/bin/sh"), lent("-c"),
			      lent(script), NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, operation);

	exec_run(&real, &request);
	return request;
}

TEST(verdicts)
{
	static const struct {
		const char *script;
		enum exec_operation operation;
		enum exec_verdict verdict;
		const char *part;
	} cases[] = {
		{ "exit 0", EXEC_PUBLISH, EXEC_DONE, "done" },
		{ "exit 0", EXEC_DELETE, EXEC_DONE, "to delete 311" },
		{ "exit 1", EXEC_PUBLISH, EXEC_ALREADY, "already" },
		{ "exit 1", EXEC_DELETE, EXEC_NOT_YET, "not up yet" },
		{ "echo no; exit 2", EXEC_PUBLISH, EXEC_ERROR,
		  "exit status 2: no" },
		{ "exit 127", EXEC_DELETE, EXEC_ERROR, "127" },
		{ "exit 128", EXEC_PUBLISH, EXEC_SOFT_ERROR, "later" },
		{ "exit 255", EXEC_DELETE, EXEC_SOFT_ERROR, "255" },
		{ "kill -KILL $$", EXEC_DELETE, EXEC_ERROR,
		  "ended by signal 9" },
		{ "exit 137", EXEC_DELETE, EXEC_SOFT_ERROR, "137" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exec_request request = run_script(cases[i].script,
							 cases[i].operation);

		assert_int_equal(request.verdict, cases[i].verdict);
		if (!strstr(request.detail, cases[i].part))
			fail_msg("\"%s\" lacks \"%s\"", request.detail,
				 cases[i].part);
		assert_non_null(strstr(request.detail,
				       "_25._tcp.mail.example.com."));
		free(request.detail);
	}
}

static void run_fake(struct exec_request *request)
{
	exec_run(&fake, request);
	assert_int_equal(told.timeout_ms, EXEC_TIMEOUT_MS);
	assert_string_equal(told.user, "dns");
}

#define COMMON \
	"TLSA_USAGE=3\nTLSA_SELECTOR=1\nTLSA_MATCHING=1\nTLSA_PARAM=311\n" \
	"TLSA_PORT=25\nTLSA_PROTOCOL=tcp\nTLSA_DOMAIN=mail.example.com\n" \
	"TLSA_HASH=000fabff\n"
#define FIRST \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n" \
	"IFS= \t\n\n"

TEST(environment)
{
	char *arguments[] = { lent("/program"), NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_user = lent("dns"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, EXEC_PUBLISH);

	run_fake(&request);
	assert_string_equal(told.environment,
			    FIRST "TLSA_OPERATION=publish\n" COMMON
			    "ZONE_DOMAIN=example.com\n"
			    "RENEWED_DOMAINS=mail.example.com *.example.com\n"
			    "LETSENCRYPT_DIR=/etc/letsencrypt\n");
	free(request.detail);
	request = request_of(&target, EXEC_DELETE);
	request.renewed_domains = "";
	request.zone = ".";
	run_fake(&request);
	assert_string_equal(told.environment,
			    FIRST "TLSA_OPERATION=delete\n" COMMON
			    "TLSA_LIVE_HASH=beef\nZONE_DOMAIN=.\n"
			    "RENEWED_DOMAINS=\n"
			    "LETSENCRYPT_DIR=/etc/letsencrypt\n");
	free(request.detail);
	request.live_hash = NULL;
	run_fake(&request);
	assert_null(strstr(told.environment, "TLSA_LIVE_HASH"));
	free(request.detail);
}

TEST(environment_for_all_ports)
{
	const struct config_spec all = {
		.port = CONFIG_PORT_ANY, .protocol = "tcp",
		.host = lent("mail.example.com."),
	};
	char *arguments[] = { lent("/program"), NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_user = lent("dns"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, EXEC_PUBLISH);

	request.spec = &all;
	run_fake(&request);
	assert_non_null(strstr(told.environment, "\nTLSA_PORT=*\n"));
	free(request.detail);
}

TEST(real_environment)
{
	struct exec_request request;

	assert_int_equal(setenv("SECRET", "leak", 1), 0);
	request = run_script("test -z \"$SECRET$HOME$USER\" && "
			     "test \"$TLSA_HASH\" = 000fabff && "
			     "test \"$ZONE_DOMAIN\" = example.com",
			     EXEC_PUBLISH);
	assert_int_equal(unsetenv("SECRET"), 0);
	assert_int_equal(request.verdict, EXEC_DONE);
	free(request.detail);
}

TEST(no_program)
{
	char *arguments[] = { lent("/nonexistent/program"), NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, EXEC_PUBLISH);

	exec_run(&real, &request);
	assert_int_equal(request.verdict, EXEC_NOT_STARTED);
	assert_non_null(strstr(request.detail, "No such file"));
	free(request.detail);
	target.exec_user = lent("dns");
	canned = (struct program){ .error = EINVAL };
	run_fake(&request);
	assert_int_equal(request.verdict, EXEC_NOT_STARTED);
	assert_non_null(strstr(request.detail, " as dns: "));
	free(request.detail);
}

TEST(timeout)
{
	char *arguments[] = { lent("/program"), NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_user = lent("dns"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, EXEC_DELETE);

	canned = (struct program){ .timed_out = true, .status = 137,
				   .output = lent("hm\n") };
	run_fake(&request);
	assert_int_equal(request.verdict, EXEC_TIMEOUT);
	assert_non_null(strstr(request.detail, "120 s, killed: hm"));
	free(request.detail);
}

/* ---- What others can change ------------------------------------------- */

static char *directory;

static char *path_in(const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

static void expect_fault(const char *path, const char *user, const char *part)
{
	char *arguments[] = { lent(path), NULL };
	struct config_target target = { .exec_user = lent(user),
					.exec_arguments = arguments };
	char *fault = exec_fault(&real, target.exec_arguments[0],
				 target.exec_user);

	if (!part && fault)
		fail_msg("%s: %s", path, fault);
	if (part && (!fault || !strstr(fault, part)))
		fail_msg("%s: %s, not \"%s\"", path, fault ? fault : "good",
			 part);
	free(fault);
}

static void try_mode(const char *path, unsigned mode, const char *at)
{
	char *program = path_in("sub/program");

	assert_int_equal(chmod(path, mode), 0);
	expect_fault(program, NULL, at);
	expect_fault(program, "root", at);
	expect_fault(program, "0", at);
	expect_fault(program, "nobody", NULL);
	free(program);
}

TEST(others_can_change)
{
	char *sub, *program, *link;

	directory = test_directory_make();
	sub = path_in("sub");
	program = path_in("sub/program");
	link = path_in("sub/link");
	assert_int_equal(mkdir(sub, 0755), 0);
	test_file_write(directory, "sub/program", "#!/bin/sh\nexit 0\n");
	assert_int_equal(symlink("program", link), 0);
	try_mode(program, 0755, NULL);
	try_mode(program, 0757, program);
	expect_fault(link, NULL, program);
	try_mode(program, 0775, program);
	try_mode(program, 04755, NULL);
	try_mode(sub, 0777, sub);
	try_mode(sub, 01777, NULL);
	try_mode(sub, 0775, NULL);
	try_mode(sub, 0755, NULL);
	if (geteuid() == 0) {
		assert_int_equal(chown(program, 65534, 65534), 0);
		expect_fault(program, NULL, program);
		expect_fault(program, "nobody", NULL);
		assert_int_equal(chown(program, 0, 0), 0);
		assert_int_equal(chown(sub, 65534, 65534), 0);
		expect_fault(program, NULL, "chown root");
	}
	test_directory_remove(directory);
	free(sub);
	free(program);
	free(link);
}

/* It is not run then. */
TEST(unsafe_is_not_run)
{
	char *program, *arguments[] = { NULL, NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_arguments = arguments };
	struct exec_request request;

	directory = test_directory_make();
	program = path_in("program");
	test_file_write(directory, "program", "#!/bin/sh\nexit 0\n");
	arguments[0] = program;
	assert_int_equal(chmod(program, 0755), 0);
	request = request_of(&target, EXEC_PUBLISH);
	exec_run(&real, &request);
	assert_int_equal(request.verdict, EXEC_DONE);
	free(request.detail);
	assert_int_equal(chmod(program, 0777), 0);
	exec_run(&real, &request);
	assert_int_equal(request.verdict, EXEC_NOT_STARTED);
	assert_non_null(strstr(request.detail, "chmod go-w"));
	free(request.detail);
	test_directory_remove(directory);
	free(program);
}

/* ---- What it prints --------------------------------------------------- */

TEST(last_words)
{
	struct exec_request request;

	request = run_script("head -c 3000000 /dev/zero | tr '\\0' x; exit 3",
			     EXEC_PUBLISH);
	assert_int_equal(request.verdict, EXEC_ERROR);
	assert_true(strlen(request.detail) < 600);
	free(request.detail);
	request = run_script("printf 'a\\nb\\0c\\033[2J\\377\\n'; exit 3",
			     EXEC_PUBLISH);
	assert_non_null(strstr(request.detail, "3: b c\\x1b[2J\\xff"));
	free(request.detail);
}

/* Killed with all that it started, at the request's own limit. */
TEST(real_timeout)
{
	char *arguments[] = { lent("/bin/sh"), lent("-c"),
			      lent("echo on it; sleep 300 & sleep 300"),
			      NULL };
	struct config_target target = { .name = lent("mail.example.com"),
					.exec_arguments = arguments };
	struct exec_request request = request_of(&target, EXEC_PUBLISH);

	request.timeout_ms = 1000;
	exec_run(&real, &request);
	assert_int_equal(request.verdict, EXEC_TIMEOUT);
	assert_non_null(strstr(request.detail, "after 1 s, killed: on it"));
	free(request.detail);
}

#define CASE(name) CASE_WITH(name, program_open, program_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(verdicts), CASE(environment),
		CASE(environment_for_all_ports),
		CASE(real_environment),
		CASE(no_program), CASE(timeout),
		CASE(others_can_change), CASE(unsafe_is_not_run),
		CASE(last_words), CASE(real_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
