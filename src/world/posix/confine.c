/* SPDX-License-Identifier: MIT */
#include "world/posix/confine.h"

#include "base/bounds.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534
#define DESCRIPTORS_MAX 65536
/* More than one errand may need: its channel, and sockets for handshakes. */
#define FILES_MAX (SOCKETS_MAX + 64)

/* AddressSanitizer takes what memory there is, and what it finds has to be
 * said. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif
static const bool is_sanitized = SANITIZED;

/* ---- Descriptors, environment, user, root -------------------------------- */

/* On a terminal it could be read from, too. What a hand would say there is
 * said by who sent it: it ended. */
static void leave_terminal(void)
{
	int fd = is_sanitized ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && dup2(fd, STDERR_FILENO) >= 0)
		close(fd);
}

/* Certbot's hooks have tokens there. */
static void forget_environment(void)
{
	for (char **item = environ; item && *item; item++)
		explicit_bzero(*item, strlen(*item));
}

static void close_others(int one, int other)
{
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		if (fd == STDERR_FILENO || fd == one || fd == other)
			continue;
#ifdef HAVE_CLOSE_RANGE
		if (fd > one && fd > other &&
		    close_range((unsigned)fd, ~0U, 0) == 0)
			return;
#endif
		close(fd);
	}
}

/* A directory that is gone: nobody can put anything there. */
static void leave_root(void)
{
	char path[] = "/tmp/alnitak.XXXXXX";
	int fd;

	if (!mkdtemp(path))
		return;
	fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	rmdir(path);
	if (fd >= 0 && fchdir(fd) == 0 && chroot(".") != 0 && chdir("/") != 0)
		_exit(EXIT_FAILURE);
	if (fd >= 0)
		close(fd);
}

static void leave_user(void)
{
	if (geteuid() == 0 && setgroups(0, NULL) == 0 &&
	    setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		_exit(EXIT_FAILURE);
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
	const struct rlimit both = { most, most };

	setrlimit(what, &both);
}

/* ---- Landlock ------------------------------------------------------------ */

/* The kernel's own words; not every header has them yet. */
#define LANDLOCK_CREATE 444
#define LANDLOCK_RESTRICT 446
#define LANDLOCK_VERSION 1U
#define LANDLOCK_FILES_1 UINT64_C(0x1fff)	/* all that version 1 knows */
#define LANDLOCK_FILES_2 UINT64_C(0x2000)
#define LANDLOCK_FILES_3 UINT64_C(0x4000)
#define LANDLOCK_FILES_5 UINT64_C(0x8000)
#define LANDLOCK_NET_4 UINT64_C(0x3)
#define LANDLOCK_SCOPE_6 UINT64_C(0x3)

struct landlock {
	uint64_t files, net, scoped;
};

/* Handles all that there is, and allows none of it. */
static void leave_files(void)
{
	long version = syscall(LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION);
	struct landlock rules = { .files = LANDLOCK_FILES_1 };
	size_t size = sizeof(rules.files);
	long fd;

	if (version < 1)
		return;
	rules.files |= version >= 2 ? LANDLOCK_FILES_2 : 0;
	rules.files |= version >= 3 ? LANDLOCK_FILES_3 : 0;
	rules.files |= version >= 5 ? LANDLOCK_FILES_5 : 0;
	if (version >= 4) {
		rules.net = LANDLOCK_NET_4;
		size += sizeof(rules.net);
	}
	if (version >= 6) {
		rules.scoped = LANDLOCK_SCOPE_6;
		size += sizeof(rules.scoped);
	}
	fd = syscall(LANDLOCK_CREATE, &rules, size, 0);
	if (fd < 0)
		return;
	syscall(LANDLOCK_RESTRICT, (int)fd, 0);
	close((int)fd);
}

void confine_porter(int porter, int channel)
{
	leave_terminal();
	close_others(porter, channel);
	forget_environment();
	leave_root();
	leave_user();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Another user makes a process open to that user, and forgets who is
	 * to be told of its parent's end. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	leave_files();
}

/* ---- Seccomp ------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Memory that can be run is made by nobody. */
#define ALLOW_DATA(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), \
	LOAD(args[2]), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

/* Nor does anybody connect by what he sends (RFC 7413). */
#define ALLOW_SEND(name, flags) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), \
	LOAD(args[flags]), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 1, 0), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void leave_calls(void)
{
	struct sock_filter rows[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(read), ALLOW(write), ALLOW(recvmsg), ALLOW(recvfrom),
		ALLOW(ppoll), ALLOW(close),
#ifdef __NR_poll
		ALLOW(poll),
#endif
		ALLOW(getsockopt), ALLOW(shutdown),
		ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),
		ALLOW(futex), ALLOW(getrandom), ALLOW(clock_gettime),
		ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(gettimeofday),
		ALLOW(restart_syscall), ALLOW(rt_sigreturn),
		ALLOW(rt_sigprocmask), ALLOW(exit), ALLOW(exit_group),
		ALLOW(sigaltstack),	/* AddressSanitizer asks for it */
		ALLOW_DATA(mmap), ALLOW_DATA(mprotect),
		ALLOW_SEND(sendto, 3), ALLOW_SEND(sendmsg, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog filter = {
		.len = sizeof(rows) / sizeof(rows[0]), .filter = rows };

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}
#else
static void leave_calls(void)
{
}
#endif

void confine_hand(void)
{
	signal(SIGALRM, SIG_DFL);
	alarm(ERRAND_SECONDS_MAX);
	limit(RLIMIT_CPU, ERRAND_CPU_SECONDS_MAX);
	if (!is_sanitized)
		limit(RLIMIT_DATA, ERRAND_MEMORY_MAX);
	limit(RLIMIT_NPROC, 0);
	leave_calls();
}

unsigned confine_rights(void)
{
	unsigned rights = geteuid() == 0 ? RIGHT_ROOT : 0;
	int file = open("/", O_RDONLY | O_CLOEXEC);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (file >= 0)
		rights |= RIGHT_FILES;
	if (fd >= 0)
		rights |= RIGHT_SOCKETS;
	if (kill(getppid(), 0) == 0)
		rights |= RIGHT_SIGNALS;
	close(file);
	close(fd);
	return rights;
}
