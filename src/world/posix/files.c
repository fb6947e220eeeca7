/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(WORLD_CWD == AT_FDCWD, "WORLD_CWD goes to the kernel as it is");

/* ---- Directories ------------------------------------------------------ */

static int posix_dir_open(struct world *world, int dir, const char *path)
{
	(void)world;
	return posix_or_errno(openat(dir, path,
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void posix_dir_close(struct world *world, int dir)
{
	(void)world;
	if (dir >= 0)
		close(dir);
}

/* EINVAL: the file system has nothing to write (some network ones). */
static int sync_descriptor(int fd)
{
	while (fsync(fd) != 0) {
		if (errno == EINVAL)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

static int posix_dir_sync(struct world *world, int dir)
{
	int fd, error;

	(void)world;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = sync_descriptor(fd);
	close(fd);
	return error;
}

/* The directory that holds NAME: DIR, or with a path its last one but one. */
static int sync_parent(struct world *world, int dir, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *path;
	int parent, error;

	if (!slash)
		return posix_dir_sync(world, dir);
	path = xstrndup(name, (size_t)(slash - name) + 1);
	parent = posix_dir_open(world, dir, path);
	free(path);
	if (parent < 0)
		return parent;
	error = sync_descriptor(parent);
	close(parent);
	return error;
}

static int set_directory_mode(int dir, const char *name, unsigned mode)
{
	int error;
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	error = posix_or_errno(fchmod(fd, mode));
	close(fd);
	return error;
}

static int posix_dir_make(struct world *world, int dir, const char *name,
			  unsigned mode)
{
	int error;

	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	if (mkdirat(dir, name, mode) != 0)
		return -errno;
	error = set_directory_mode(dir, name, mode);
	if (error)
		unlinkat(dir, name, AT_REMOVEDIR);
	return error;
}

static int posix_dir_remove(struct world *world, int dir, const char *name)
{
	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	return posix_or_errno(unlinkat(dir, name, AT_REMOVEDIR));
}

static int read_names(DIR *stream, struct texts *names)
{
	struct dirent *entry;

	while (errno = 0, (entry = readdir(stream))) {
		if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
			continue;
		if (names->count == DIRECTORY_ENTRIES_MAX)
			return -E2BIG;
		texts_add(names, entry->d_name);
	}
	return -errno;
}

static int posix_dir_list(struct world *world, int dir, struct texts *names)
{
	DIR *stream = NULL;
	int fd, error;

	(void)world;
	*names = (struct texts){ .items = NULL };
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		stream = fdopendir(fd);
	if (!stream) {
		error = -errno;
		if (fd >= 0)
			close(fd);
		return error;
	}
	error = read_names(stream, names);
	closedir(stream);
	if (error)
		texts_clear(names);
	else
		texts_sort(names);
	return error;
}

/* ---- Files ------------------------------------------------------------ */

static enum file_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return FILE_REGULAR;
	if (S_ISDIR(mode))
		return FILE_DIRECTORY;
	return S_ISLNK(mode) ? FILE_LINK : FILE_OTHER;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

static struct file_info info_of(const struct stat *stat)
{
	return (struct file_info){
		.kind = kind_of(stat->st_mode),
		.mode = stat->st_mode & 07777,
		.uid = stat->st_uid,
		.gid = stat->st_gid,
		.size = (uint64_t)stat->st_size,
		.device = stat->st_dev,
		.inode = stat->st_ino,
		.modified_ns = nanoseconds(&stat->st_mtim),
		.changed_ns = nanoseconds(&stat->st_ctim),
	};
}

static int posix_file_info(struct world *world, int dir, const char *name,
			   bool follow, struct file_info *info)
{
	struct stat stat;

	(void)world;
	if (fstatat(dir, name, &stat, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	*info = info_of(&stat);
	return 0;
}

static int open_regular(int dir, const char *name, struct file_info *info)
{
	struct stat stat;
	int error = 0;
	/* Without O_NONBLOCK a FIFO would hold us for ever. */
	int fd = openat(dir, name,
			O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	if (fstat(fd, &stat) != 0)
		error = -errno;
	else if (S_ISDIR(stat.st_mode))
		error = -EISDIR;
	else if (!S_ISREG(stat.st_mode))
		error = -EINVAL;
	if (error) {
		close(fd);
		return error;
	}
	*info = info_of(&stat);
	return fd;
}

struct buffer {
	char *data;
	size_t size, room;
};

/* It may hold a secret: nothing of it stays behind in freed memory. */
static void buffer_free(struct buffer *buffer)
{
	OPENSSL_cleanse(buffer->data, buffer->room);
	free(buffer->data);
}

static void buffer_enlarge(struct buffer *buffer)
{
	struct buffer larger = { .room = buffer->room * 2 };

	larger.data = xmalloc(larger.room);
	memcpy(larger.data, buffer->data, buffer->size);
	larger.size = buffer->size;
	buffer_free(buffer);
	*buffer = larger;
}

static int read_all(int fd, size_t size_max, struct buffer *buffer)
{
	ssize_t size;

	for (;;) {
		if (buffer->size > size_max)
			return -EFBIG;
		if (buffer->room - buffer->size < 2)
			buffer_enlarge(buffer);
		size = read(fd, buffer->data + buffer->size,
			    buffer->room - buffer->size - 1);
		if (size == 0)
			return 0;
		if (size < 0 && errno != EINTR)
			return -errno;
		buffer->size += size > 0 ? (size_t)size : 0;
	}
}

static int posix_file_read(struct world *world, int dir, const char *name,
			   size_t size_max, char **data, size_t *size,
			   struct file_info *info)
{
	struct file_info found;
	struct buffer buffer;
	int fd, error;

	(void)world;
	fd = open_regular(dir, name, &found);
	if (fd < 0)
		return fd;
	if (found.size > size_max) {
		close(fd);
		return -EFBIG;
	}
	/* One for the final zero, one to see the end without growing. */
	buffer = (struct buffer){ .room = (size_t)found.size + 2 };
	buffer.data = xmalloc(buffer.room);
	error = read_all(fd, size_max, &buffer);
	close(fd);
	if (error) {
		buffer_free(&buffer);
		return error;
	}
	buffer.data[buffer.size] = '\0';
	*data = buffer.data;
	*size = buffer.size;
	if (info)
		*info = found;
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	ssize_t written;

	while (size > 0) {
		written = write(fd, data, size);
		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			data += written;
			size -= (size_t)written;
		}
	}
	return 0;
}

static int posix_file_write(struct world *world, int dir, const char *name,
			    const char *data, size_t size, unsigned mode)
{
	int fd, error;

	if (!posix_is_name(dir, name))
		return -EINVAL;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	error = posix_or_errno(fchmod(fd, mode));
	if (!error)
		error = write_all(fd, data, size);
	if (!error)
		error = sync_descriptor(fd);
	if (close(fd) != 0 && !error)
		error = -errno;
	if (!error)
		error = sync_parent(world, dir, name);
	if (error)
		unlinkat(dir, name, 0);
	return error;
}

/* What was written of it is taken back where there is no room for all. */
static int append_to(int fd, const char *data, size_t size, size_t size_max)
{
	struct stat stat;
	int error;

	if (fstat(fd, &stat) != 0)
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -EINVAL;
	if ((uint64_t)stat.st_size > size_max ||
	    size > size_max - (size_t)stat.st_size)
		return -EFBIG;
	error = write_all(fd, data, size);
	if (error && ftruncate(fd, stat.st_size) != 0)
		return -errno;
	return error;
}

static int posix_file_append(struct world *world, int dir, const char *name,
			     const char *data, size_t size, size_t size_max)
{
	int fd, error;

	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW |
		    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	error = append_to(fd, data, size, size_max);
	if (close(fd) != 0 && !error)
		error = -errno;
	return error;
}

static int posix_file_remove(struct world *world, int dir, const char *name)
{
	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	return posix_or_errno(unlinkat(dir, name, 0));
}

/* ---- Links ------------------------------------------------------------ */

static int posix_link_read(struct world *world, int dir, const char *name,
			   char **target)
{
	char path[PATH_MAX];
	ssize_t size;

	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	size = readlinkat(dir, name, path, sizeof(path));
	if (size < 0)
		return -errno;
	if ((size_t)size == sizeof(path))
		return -ENAMETOOLONG;
	*target = xstrndup(path, (size_t)size);
	return 0;
}

static int posix_link_make(struct world *world, int dir, const char *target,
			   const char *name)
{
	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	return posix_or_errno(symlinkat(target, dir, name));
}

static int posix_link_hard(struct world *world, int from_dir, const char *from,
			   int dir, const char *name)
{
	(void)world;
	if (!posix_is_name(dir, name))
		return -EINVAL;
	return posix_or_errno(linkat(from_dir, from, dir, name,
				     AT_SYMLINK_FOLLOW));
}

static int posix_rename(struct world *world, int dir, const char *from,
			const char *to)
{
	(void)world;
	if (!posix_is_name(dir, from) || !posix_is_name(dir, to))
		return -EINVAL;
	return posix_or_errno(renameat(dir, from, dir, to));
}

static int posix_exchange(struct world *world, int dir, const char *a,
			  const char *b)
{
	(void)world;
	if (!posix_is_name(dir, a) || !posix_is_name(dir, b))
		return -EINVAL;
	if (syscall(SYS_renameat2, dir, a, dir, b, RENAME_EXCHANGE) == 0)
		return 0;
	return errno == ENOSYS ? -EINVAL : -errno;
}

void world_posix_add_files(struct world *world)
{
	world->dir_open = posix_dir_open;
	world->dir_close = posix_dir_close;
	world->dir_make = posix_dir_make;
	world->dir_remove = posix_dir_remove;
	world->dir_list = posix_dir_list;
	world->dir_sync = posix_dir_sync;
	world->file_read = posix_file_read;
	world->file_write = posix_file_write;
	world->file_append = posix_file_append;
	world->file_info = posix_file_info;
	world->file_remove = posix_file_remove;
	world->link_read = posix_link_read;
	world->link_make = posix_link_make;
	world->link_hard = posix_link_hard;
	world->rename = posix_rename;
	world->exchange = posix_exchange;
}
