/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "base/bounds.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONG_MS 20000

static struct world world;

static int setup(void **state)
{
	(void)state;
	world_posix_open(&world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_posix_close(&world);
	return 0;
}

static const char *const environment[] = { "PATH=/usr/bin:/bin", "ONE=1",
					   NULL };

/* Runs SCRIPT with the shell. The output is the caller's. */
static struct program shell_as(const char *user, unsigned timeout_ms,
			       const char *script)
{
	const char *arguments[] = { "/bin/sh", "-c", script, NULL };
	struct program program = {
		.arguments = arguments,
		.environment = environment,
		.timeout_ms = timeout_ms,
		.user = user,
	};

	world.execute(&world, &program);
	program.arguments = NULL;
	return program;
}

static void assert_says(const char *script, int status, const char *output)
{
	struct program program = shell_as(NULL, LONG_MS, script);

	assert_int_equal(program.error, 0);
	assert_false(program.timed_out);
	assert_int_equal(program.status, status);
	assert_string_equal(program.output, output);
	assert_int_equal(program.output_size, strlen(output));
	free(program.output);
}

TEST(status_and_output)
{
	assert_says("true", 0, "");
	assert_says("exit 7", 7, "");
	assert_says("echo out; echo err >&2; exit 1", 1, "out\nerr\n");
	assert_says("kill -TERM $$", 128 + SIGTERM, "");
	assert_says("exec >&- 2>&-; exit 3", 3, "");
	assert_says("printf 'a\\0b\\0'", 0, "a b ");
}

/* What the program sees of us: only what is meant for it. */
TEST(surroundings)
{
	int leaked = open("/dev/null", O_RDONLY);

	assert_int_equal(dup2(leaked, 8), 8);
	setenv("SECRET", "leaks", 1);
	signal(SIGUSR1, SIG_IGN);
	umask(0);
	assert_says("echo \"$ONE$SECRET\"", 0, "1\n");
	assert_says("env | grep -v ^PWD= | sort", 0,
		    "ONE=1\nPATH=/usr/bin:/bin\n");
	assert_says("cat", 0, "");
	assert_says("pwd; umask", 0, "/\n0077\n");
	assert_says("for n in 0 1 2 3 4 5 6 7 8 9; do "
		    "test -e /proc/$$/fd/$n && echo $n; done", 1, "0\n1\n2\n");
	assert_says("kill -USR1 $$; echo survived", 128 + SIGUSR1, "");
	/*
	 * Of all signals none is blocked or ignored: SIGPIPE was, with us. But
	 * for 32 and 33, the C library's own, which GNU make leaves ignored and
	 * nobody can reset.
	 */
	assert_says("grep -c '^Sig\\(Blk:.0*\\|Ign:.0*\\(180000000\\)"
		    "\\{0,1\\}\\)$' /proc/self/status", 0, "2\n");
	/* Process group and session are its own, and no terminal. */
	assert_says("test \"$(cut -d' ' -f5-7 /proc/$$/stat)\" = \"$$ $$ 0\"",
		    0, "");
	close(leaked);
	close(8);
}

/* Runs SCRIPT with SIZE octets of INPUT. */
static struct program fed(const char *script, const char *input, size_t size)
{
	const char *arguments[] = { "/bin/sh", "-c", script, NULL };
	struct program program = {
		.arguments = arguments, .environment = environment,
		.input = input, .input_size = size, .timeout_ms = LONG_MS,
	};

	world.execute(&world, &program);
	assert_int_equal(program.error, 0);
	program.arguments = NULL;
	return program;
}

/* More than a pipe holds, read or not. */
TEST(standard_input)
{
	size_t size = 300000;
	char *text = malloc(size);
	struct program program;

	assert_non_null(text);
	memset(text, 'x', size);
	program = fed("wc -c", text, size);
	assert_string_equal(program.output, "300000\n");
	free(program.output);
	program = fed("exit 3", text, size);
	assert_int_equal(program.status, 3);
	free(program.output);
	program = fed("cat; cat; test -e /proc/$$/fd/3 && echo more", "a\0b",
		      3);
	assert_string_equal(program.output, "a b");
	free(program.output);
	program = fed("cat", "", 0);
	assert_string_equal(program.output, "");
	free(program.output);
	free(text);
}

TEST(cannot_start)
{
	static const struct {
		const char *path;
		int error;
	} cases[] = {
		{ "/nonexistent", ENOENT },
		{ "/etc/passwd", EACCES },
		{ "/etc", EACCES },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *arguments[] = { cases[i].path, NULL };
		struct program program = { .arguments = arguments,
					   .environment = environment,
					   .timeout_ms = LONG_MS };

		world.execute(&world, &program);
		assert_int_equal(program.error, cases[i].error);
		assert_int_not_equal(program.status, 0);
		assert_string_equal(program.output, "");
		free(program.output);
	}
}

TEST(no_descriptors)
{
	struct rlimit limit, small;
	struct program program;

	getrlimit(RLIMIT_NOFILE, &limit);
	small = limit;
	small.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &small);
	program = shell_as(NULL, LONG_MS, "true");
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(program.error, EMFILE);
	free(program.output);
}

TEST(time_limit_ends_the_group)
{
	struct program program;
	struct moment before, after;
	pid_t child;

	world.now(&world, &before);
	program = shell_as(NULL, 3000, "echo first; sleep 300 & echo $!; wait");
	world.now(&world, &after);
	assert_true(after.boot_ms - before.boot_ms >= 2999);
	assert_true(after.boot_ms - before.boot_ms < LONG_MS);
	assert_true(program.timed_out);
	assert_int_equal(program.error, 0);
	assert_int_equal(program.status, 128 + SIGKILL);
	assert_int_equal(program.signal, SIGKILL);
	assert_int_equal(strncmp(program.output, "first\n", 6), 0);
	child = (pid_t)strtol(program.output + 6, NULL, 10);
	assert_true(child > 1);
	/* It may not have been reaped yet; killed it is. */
	while (kill(child, 0) == 0) {
		char path[64], state_of_child = 'R';
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
		file = fopen(path, "r");
		if (!file)
			break;
		if (fscanf(file, "%*d %*s %c", &state_of_child) != 1)
			state_of_child = 'Z';
		fclose(file);
		if (state_of_child == 'Z' || state_of_child == 'X')
			break;
	}
	free(program.output);
}

TEST(the_deadline_comes_first)
{
	struct program program;
	struct moment now;

	world.now(&world, &now);
	world.deadline_ms = now.boot_ms + 100;
	program = shell_as(NULL, LONG_MS, "exec sleep 300");
	assert_true(program.timed_out);
	free(program.output);
	world.now(&world, &now);
	assert_between(now.boot_ms - world.deadline_ms, 0, LONG_MS - 200);
	world.deadline_ms = 0;
}

TEST(closed_output_has_a_time_limit_too)
{
	struct program program = shell_as(NULL, 50, "exec sleep 300 >&- 2>&-");

	assert_true(program.timed_out);
	free(program.output);
}

TEST(daemons_are_not_waited_for)
{
	struct program program;
	struct moment before, after;

	world.now(&world, &before);
	program = shell_as(NULL, LONG_MS, "sleep 300 & echo $!");
	world.now(&world, &after);
	assert_int_equal(program.error, 0);
	assert_false(program.timed_out);
	assert_int_equal(program.status, 0);
	assert_true(after.boot_ms - before.boot_ms < LONG_MS / 2);
	assert_int_equal(kill((pid_t)strtol(program.output, NULL, 10),
			      SIGKILL), 0);
	free(program.output);
}

/* Someone else took it: then it cannot be said to have succeeded. */
TEST(unknown_end_is_a_failure)
{
	struct program program;

	signal(SIGCHLD, SIG_IGN);
	program = shell_as(NULL, LONG_MS, "echo done");
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(program.error, 0);
	assert_int_not_equal(program.status, 0);
	assert_false(program.timed_out);
	assert_string_equal(program.output, "done\n");
	free(program.output);
}

TEST(output_is_bounded)
{
	struct program program = shell_as(NULL, LONG_MS,
		"head -c 1000000 /dev/zero | tr '\\0' x; exit 5");

	assert_int_equal(program.error, 0);
	assert_int_equal(program.status, 5);
	assert_int_equal(program.output_size, PROGRAM_OUTPUT_MAX);
	assert_int_equal(strspn(program.output, "x"), PROGRAM_OUTPUT_MAX);
	free(program.output);
}

TEST(endless_output_has_a_time_limit_too)
{
	/* So long that a loaded machine gets to the bound before. */
	struct program program = shell_as(NULL, 3000, "exec yes");

	assert_true(program.timed_out);
	assert_int_equal(program.output_size, PROGRAM_OUTPUT_MAX);
	free(program.output);
}

TEST(unknown_users)
{
	static const char *const users[] = { "no-such-user", "", "3999999999",
					     "99999999999999999999", "-1",
					     "0x0", "root " };
	struct program program;
	size_t i;

	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		program = shell_as(users[i], LONG_MS, "id -u");
		assert_int_equal(program.error, EINVAL);
		assert_string_equal(program.output, "");
		free(program.output);
	}
}

TEST(other_user)
{
	static const char *const users[] = { "nobody", "65534" };
	struct program program;
	size_t i;

	if (geteuid() != 0)
		skip();
	for (i = 0; i < 2; i++) {
		program = shell_as(users[i], LONG_MS,
			"sed -n 's/^\\([UG]id\\|Groups\\):\t//p' "
			"/proc/self/status");
		assert_int_equal(program.error, 0);
		assert_string_equal(program.output,
				    "65534\t65534\t65534\t65534\n"
				    "65534\t65534\t65534\t65534\n"
				    "65534 \n");
		free(program.output);
	}
}

TEST(somebody_of_a_group)
{
	const char *arguments[] = { "/bin/sh", "-c", "id -u; id -G", NULL };
	const unsigned group = 4242;
	struct program program = {
		.arguments = arguments, .environment = environment,
		.timeout_ms = LONG_MS, .group = &group,
	};

	if (geteuid() != 0)
		skip();
	world.execute(&world, &program);
	assert_int_equal(program.error, 0);
	assert_string_equal(program.output, "65534\n4242\n");
	free(program.output);
}

TEST(ourselves_as_user)
{
	char user[16], expected[32];
	struct program program;

	snprintf(user, sizeof(user), "%u", (unsigned)geteuid());
	snprintf(expected, sizeof(expected), "%s\n", user);
	program = shell_as(user, LONG_MS, "id -u");
	assert_int_equal(program.error, 0);
	assert_string_equal(program.output, expected);
	free(program.output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_and_output),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_time_limit_ends_the_group),
		cmocka_unit_test(test_the_deadline_comes_first),
		cmocka_unit_test(test_closed_output_has_a_time_limit_too),
		cmocka_unit_test(test_daemons_are_not_waited_for),
		cmocka_unit_test(test_unknown_end_is_a_failure),
		cmocka_unit_test(test_output_is_bounded),
		cmocka_unit_test(test_endless_output_has_a_time_limit_too),
		cmocka_unit_test(test_unknown_users),
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_somebody_of_a_group),
		cmocka_unit_test(test_ourselves_as_user),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
