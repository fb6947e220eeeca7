/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/xalloc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LOCK_POLL_MS 20
#define LOCK_MODE 0600

/*
 * Of the open file description, so that it does not go when some other
 * descriptor of the file is closed; against others it is like any lock.
 */
static int try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int error = posix_or_errno(fcntl(fd, F_OFD_SETLK, &lock));

	return error == -EACCES || error == -EINTR ? -EAGAIN : error;
}

static int open_lock(int dir, const char *name)
{
	return posix_or_errno(openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW |
				     O_NONBLOCK | O_CLOEXEC, LOCK_MODE));
}

/* Several may wait, so it is shared. Who cannot say that it waits does so
 * unseen. */
static int open_wanted(int dir, const char *name)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	char *wanted = xasprintf("%s.wanted", name);
	int fd = open_lock(dir, wanted);

	free(wanted);
	if (fd >= 0)
		fcntl(fd, F_OFD_SETLK, &lock);
	return fd;
}

static int wait_for_lock(int fd, int dir, const char *name,
			 unsigned timeout_ms)
{
	int64_t deadline_ms = posix_monotonic_ms() + timeout_ms;
	int wanted = open_wanted(dir, name), error;

	while ((error = try_lock(fd)) == -EAGAIN &&
	       posix_monotonic_ms() < deadline_ms)
		posix_sleep_ms(LOCK_POLL_MS);
	if (wanted >= 0)
		close(wanted);
	return error;
}

static int posix_lock(struct world *world, int dir, const char *name,
		      unsigned timeout_ms)
{
	struct posix *posix = world->self;
	int fd, error;

	invariant(posix->lock < 0);
	if (!posix_is_name(dir, name))
		return -EINVAL;
	fd = open_lock(dir, name);
	if (fd < 0)
		return fd;
	error = try_lock(fd);
	if (error == -EAGAIN && timeout_ms)
		error = wait_for_lock(fd, dir, name, timeout_ms);
	if (error)
		close(fd);
	else
		posix->lock = fd;
	return error;
}

static void posix_unlock(struct world *world)
{
	struct posix *posix = world->self;

	if (posix->lock >= 0)
		close(posix->lock);
	posix->lock = -1;
}

static int posix_lock_held(struct world *world, int dir, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd, error;

	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	error = posix_or_errno(fcntl(fd, F_GETLK, &lock));
	close(fd);
	return error ? error : lock.l_type != F_UNLCK;
}

void world_posix_add_lock(struct world *world)
{
	world->lock = posix_lock;
	world->unlock = posix_unlock;
	world->lock_held = posix_lock_held;
}
