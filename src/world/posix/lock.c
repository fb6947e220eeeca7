/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/xalloc.h"

#include <fcntl.h>
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

static int posix_lock(struct world *world, int dir, const char *name,
		      unsigned timeout_ms)
{
	int64_t deadline_ms = posix_monotonic_ms() + timeout_ms;
	struct posix *posix = world->self;
	int fd, error;

	invariant(posix->lock < 0);
	if (!posix_is_name(dir, name))
		return -EINVAL;
	fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    LOCK_MODE);
	if (fd < 0)
		return -errno;
	while ((error = try_lock(fd)) == -EAGAIN &&
	       posix_monotonic_ms() < deadline_ms)
		posix_sleep_ms(LOCK_POLL_MS);
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
