/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "unit.h"
#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not time(), which may lag a tick behind. */
static int64_t wall_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(now)
{
	int64_t before_ms = wall_ms();
	struct timex timex = { .modes = 0 };
	struct moment moment;
	struct world world;

	world_posix_open(&world);
	world.now(&world, &moment);
	assert_true(moment.wall_ms >= before_ms);
	assert_true(moment.wall_ms <= wall_ms());
	assert_true(moment.boot_ms > 0);
	assert_int_equal(moment.synchronised,
			 adjtimex(&timex) >= 0 &&
			 !(timex.status & STA_UNSYNC));
	world_posix_close(&world);
}

TEST(boot_id)
{
	char expected[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	struct moment moment;
	struct world world;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%63s", expected), 1);
	fclose(file);
	assert_int_equal(strlen(expected), 36);
	world_posix_open(&world);
	world.now(&world, &moment);
	assert_string_equal(moment.boot_id, expected);
	world_posix_close(&world);
}

TEST(sleep_takes_its_time)
{
	struct moment before, after;
	struct world world;

	world_posix_open(&world);
	world.now(&world, &before);
	world.sleep(&world, 15);
	world.now(&world, &after);
	assert_true(after.boot_ms - before.boot_ms >= 14);
	world_posix_close(&world);
}

/* Every octet is written, also of a large piece, and none beyond. */
TEST(random)
{
	static uint8_t data[200001], seen[200001];
	struct world world;
	size_t i, zeros = 0;
	int round;

	world_posix_open(&world);
	for (round = 0; round < 4; round++) {
		world.random(&world, data, sizeof(data) - 1);
		for (i = 0; i < sizeof(data); i++)
			seen[i] |= data[i];
	}
	for (i = 0; i < sizeof(data) - 1; i++)
		zeros += seen[i] == 0;
	assert_int_equal(zeros, 0);
	assert_int_equal(seen[sizeof(data) - 1], 0);
	world_posix_close(&world);
}

static int write_to_nobody(void)
{
	int ends[2];

	if (pipe(ends) != 0)
		return 1;
	close(ends[0]);
	return write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
}

/* In a child whose standard descriptors are closed: 0 when all is well. */
static int survives_a_bare_start(void)
{
	struct world world;
	int fd;

	for (fd = 0; fd <= 2; fd++)
		close(fd);
	world_posix_open(&world);
	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 3;
	if (write_to_nobody() != 0)
		return 4;
	world_posix_close(&world);
	return 0;
}

TEST(closed_descriptors_and_broken_pipes)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(survives_a_bare_start());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void take_random_from_nowhere(void)
{
	struct world world;
	char octet;

	RAND_set_DRBG_type(NULL, "no such generator", NULL, NULL, NULL);
	world_posix_open(&world);
	world.random(&world, &octet, 1);
	_exit(0);
}

TEST(no_random_numbers)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		take_random_from_nowhere();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
}

TEST(all_functions_are_there)
{
	struct world world;
	void *functions[(sizeof(world) - offsetof(struct world, now)) /
			sizeof(void *)];
	size_t i;

	world_posix_open(&world);
	assert_int_equal(world.uid, geteuid());
	memcpy(functions, (char *)&world + offsetof(struct world, now),
	       sizeof(functions));
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		assert_non_null(functions[i]);
	world_posix_close(&world);
	assert_null(world.self);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_boot_id),
		cmocka_unit_test(test_sleep_takes_its_time),
		cmocka_unit_test(test_no_random_numbers),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_closed_descriptors_and_broken_pipes),
		cmocka_unit_test(test_all_functions_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
