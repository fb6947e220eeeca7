/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "base/xalloc.h"
#include "world/posix/parts.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define RANDOM_PIECE_MAX 65536
#define EXIT_NO_RANDOM 4

int posix_or_errno(int result)
{
	return result < 0 ? -errno : result;
}

bool posix_is_name(int dir, const char *name)
{
	if (dir == WORLD_CWD)
		return name[0] != '\0';
	return name[0] != '\0' && !strchr(name, '/') && !streq(name, ".") &&
	       !streq(name, "..");
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	must(clock_gettime(clock, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t posix_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t posix_deadline_ms(const struct world *world)
{
	if (!world->deadline_ms)
		return INT64_MAX;
	return posix_monotonic_ms() + world->deadline_ms -
	       clock_ms(CLOCK_BOOTTIME);
}

void posix_sleep_ms(unsigned milliseconds)
{
	struct timespec left = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Where the kernel does not say (a sandbox), it counts as unsteered. */
static bool is_synchronised(void)
{
	struct timex timex = { .modes = 0 };
	int clock = adjtimex(&timex);

	return clock >= 0 && clock != TIME_ERROR &&
	       !(timex.status & STA_UNSYNC);
}

static void posix_now(struct world *world, struct moment *moment)
{
	const struct posix *posix = world->self;

	*moment = (struct moment){
		.wall_ms = clock_ms(CLOCK_REALTIME),
		.boot_ms = clock_ms(CLOCK_BOOTTIME),
		.synchronised = is_synchronised(),
	};
	memcpy(moment->boot_id, posix->boot_id, sizeof(moment->boot_id));
}

static void posix_sleep(struct world *world, unsigned milliseconds)
{
	(void)world;
	posix_sleep_ms(milliseconds);
}

/* Message IDs that can be guessed are worse than no run. */
static _Noreturn void exit_without_random(void)
{
	fputs("alnitak: the system gives no random numbers\n", stderr);
	exit(EXIT_NO_RANDOM);
}

static void posix_random(struct world *world, void *data, size_t size)
{
	unsigned char *rest = data;

	(void)world;
	while (size > 0) {
		size_t piece = size < RANDOM_PIECE_MAX ? size
						       : RANDOM_PIECE_MAX;

		if (RAND_bytes(rest, (int)piece) != 1)
			exit_without_random();
		rest += piece;
		size -= piece;
	}
}

static void read_boot_id(struct posix *posix)
{
	ssize_t size = -1;
	int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		size = read(fd, posix->boot_id, sizeof(posix->boot_id) - 1);
		close(fd);
	}
	posix->boot_id[size > 0 ? size : 0] = '\0';
	posix->boot_id[strcspn(posix->boot_id, "\n")] = '\0';
}

/* Else the next file to be opened would become standard output. */
static void occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* A caller that ignored SIGCHLD would take our programs' exit statuses. */
static void prepare_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

void world_posix_open(struct world *world)
{
	struct posix *posix = xcalloc(1, sizeof(*posix));

	posix->lock = posix->porter = posix->channel = -1;
	occupy_standard_descriptors();
	prepare_signals();
	read_boot_id(posix);
	*world = (struct world){
		.self = posix,
		.uid = geteuid(),
		.now = posix_now,
		.sleep = posix_sleep,
		.random = posix_random,
	};
	world_posix_add_files(world);
	world_posix_add_rights(world);
	world_posix_add_space(world);
	world_posix_add_members(world);
	world_posix_add_lock(world);
	world_posix_add_program(world);
	world_posix_add_net(world);
	world_posix_add_tls(world);
	world_posix_add_hands(world);
}

void world_posix_open_bare(struct world *world, int channel)
{
	struct posix *posix = xcalloc(1, sizeof(*posix));

	posix->lock = posix->porter = -1;
	posix->channel = channel;
	*world = (struct world){ .self = posix, .now = posix_now,
				 .random = posix_random };
	world_posix_add_tls(world);
}

void world_posix_close(struct world *world)
{
	struct posix *posix = world->self;

	world->unlock(world);
	if (posix->porter >= 0)
		close(posix->porter);
	free(posix->impatient);
	free(posix);
	*world = (struct world){ .self = NULL };
}
