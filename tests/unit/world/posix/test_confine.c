/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "base/xalloc.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * Somebody has taken over the process that parses what strangers send, and has
 * it do whatever he likes: what can he do?
 */
static const char *const deeds[] = {
	"reads a key", "reads a file of all", "makes a file",
	"makes a socket for TCP", "makes a socket for UDP",
	"makes a local socket", "signals its parent", "signals everybody",
	"traces its parent", "reads the memory of its parent",
	"opens the memory of its parent", "forks", "starts a program",
	"makes memory that runs", "becomes root", "has a root directory",
	"is root", "connects by what it sends", "reads the environment",
};

struct target {
	char key[64];
	pid_t parent;
};

static struct target target;

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd >= 0 || openat(AT_FDCWD, path, flags, 0600) >= 0;
}

static bool reads_memory(pid_t pid)
{
	char here[8], *there = target.key;
	struct iovec local = { here, sizeof(here) };
	struct iovec remote = { there, sizeof(here) };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0;
}

static bool opens_memory(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return opens(path, O_RDONLY);
}

static bool forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool starts(void)
{
	char *arguments[] = { lent("/bin/true"), NULL };

	return execv("/bin/true", arguments) == 0 || errno != EPERM;
}

static bool makes_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ||
	       mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
	       mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0;
}

/* What this says first tells whether the call was made at all. */
static bool sends_fast(void)
{
	return sendto(STDERR_FILENO, "x", 1, MSG_FASTOPEN, NULL, 0) >= 0 ||
	       errno != EPERM;
}

static bool can(size_t deed, const struct target *at)
{
	struct stat info;

	switch (deed) {
	case 0: return opens(at->key, O_RDONLY);
	case 1: return opens("/etc/passwd", O_RDONLY);
	case 2: return opens("/made", O_RDWR | O_CREAT);
	case 3: return socket(AF_INET, SOCK_STREAM, 0) >= 0;
	case 4: return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
	case 5: return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
	case 6: return kill(at->parent, 0) == 0;
	case 7: return kill(-1, 0) == 0;
	case 8: return ptrace(PTRACE_ATTACH, at->parent, NULL, NULL) == 0;
	case 9: return reads_memory(at->parent);
	case 10: return opens_memory(at->parent);
	case 11: return forks();
	case 12: return starts();
	case 13: return makes_code();
	case 14: return setuid(0) == 0;
	case 15: return stat("/", &info) == 0;
	case 16: return getuid() == 0;
	case 17: return sends_fast();
	case 18: return getenv("TEST_CONFINE_TOKEN") != NULL;
	}
	return true;
}

static void take_over(struct world *inner, const void *context,
		      struct octets_reader *task, struct octets *result)
{
	(void)inner;
	(void)task;
	for (size_t i = 0; i < COUNT(deeds); i++)
		octets_put_number(result, can(i, context));
}

/* Before the porter was made: the key is a file, and nobody has read it. */
TEST(nothing_can_be_done)
{
	struct errand errand = { .work = take_over, .context = &target };
	struct octets_reader result;
	struct world world;
	int fd;

	strcpy(target.key, "/tmp/test_confine.XXXXXX");
	fd = mkstemp(target.key);
	assert_true(fd >= 0);
	close(fd);
	target.parent = getpid();
	assert_int_equal(setenv("TEST_CONFINE_TOKEN", "secret", 1), 0);
	world_posix_open(&world);
	world_posix_hire(&world);
	world.delegate(&world, &errand, 1);
	unlink(target.key);
	assert_int_equal(errand.outcome, ERRAND_DONE);
	result = (struct octets_reader){ .data = errand.result.data,
					 .left = errand.result.size };
	for (size_t i = 0; i < COUNT(deeds); i++)
		if (octets_bool(&result))
			fail_msg("it %s", deeds[i]);
	assert_true(octets_over(&result));
	errand_clear(&errand);
	world_posix_close(&world);
}

/* The same things are possible here: else that would show nothing. */
TEST(here_it_can)
{
	strcpy(target.key, "/etc/passwd");
	assert_true(can(0, &target));
	assert_true(can(3, &target));
	target.parent = getpid();
	assert_true(can(6, &target));
	assert_true(can(9, &target));
	assert_true(can(11, &target));
	assert_true(can(15, &target));
	assert_true(can(17, &target));
	assert_true(can(18, &target));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_can_be_done),
		cmocka_unit_test(test_here_it_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
