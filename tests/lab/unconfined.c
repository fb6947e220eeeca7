/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into alnitak, it lets its processes keep what rights they have: so
 * valgrind, which is in there with them, can go on, and say what it counted.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

/* What was counted before is the parent's. */
static void begin_anew(void)
{
	CALLGRIND_ZERO_STATS;
}

__attribute__((constructor)) static void begin(void)
{
	pthread_atfork(NULL, NULL, begin_anew);
}

static int refuse(void)
{
	errno = EPERM;
	return -1;
}

int prctl(int what, ...)
{
	(void)what;
	return 0;
}

long syscall(long number, ...)
{
	(void)number;
	return refuse();
}

int chroot(const char *path)
{
	(void)path;
	return refuse();
}

int setgroups(size_t count, const gid_t *groups)
{
	(void)count;
	(void)groups;
	return refuse();
}

int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
	(void)what;
	(void)limit;
	return 0;
}
