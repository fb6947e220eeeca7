/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/xalloc.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* POSIX access lists as the kernel hands them out, acl(5). */
#define ACCESS_LIST "system.posix_acl_access"
#define LIST_SIZE_MAX 4096
#define MODE_NONE 0700
#define MODE_ALL 07777

static int posix_dir_set_mode(struct world *world, int dir, unsigned mode)
{
	(void)world;
	return posix_or_errno(fchmod(dir, mode));
}

/* The first error is the one that is told. */
static void note(int *first, int result)
{
	if (result < 0 && !*first)
		*first = -errno;
}

/* Not an error: that there is none, or cannot be any. */
static bool has_no_list(void)
{
	return errno == ENODATA || errno == EOPNOTSUPP || errno == ENOSYS;
}

static int remove_list(int fd)
{
	if (fgetxattr(fd, ACCESS_LIST, NULL, 0) < 0)
		return has_no_list() ? 0 : -1;
	return fremovexattr(fd, ACCESS_LIST);
}

static int copy_list(int from, int fd)
{
	char list[LIST_SIZE_MAX], there[LIST_SIZE_MAX];
	ssize_t size = fgetxattr(from, ACCESS_LIST, list, sizeof(list));

	if (size < 0)
		return has_no_list() ? remove_list(fd) : -1;
	if (fgetxattr(fd, ACCESS_LIST, there, sizeof(there)) == size &&
	    memcmp(there, list, (size_t)size) == 0)
		return 0;
	return fsetxattr(fd, ACCESS_LIST, list, (size_t)size, 0);
}

static int set_mode(int fd, const struct stat *have, mode_t mode)
{
	return (have->st_mode & MODE_ALL) == mode ? 0 : fchmod(fd, mode);
}

static void set_owner(int fd, const struct stat *have, const struct stat *want,
		      int *error)
{
	if (have->st_uid == want->st_uid && have->st_gid == want->st_gid)
		return;
	note(error, fchmod(fd, have->st_mode & MODE_NONE));
	note(error, remove_list(fd));
	if (fchown(fd, want->st_uid, want->st_gid) == 0)
		return;
	note(error, -1);
	note(error, fchown(fd, (uid_t)-1, want->st_gid));
}

/*
 * What is so already is left alone: a run at rest writes nothing. The owner
 * changes while nobody else has any right. The mode comes last: its group bits
 * are the mask of a list.
 */
static int copy_rights(int from, int fd)
{
	struct stat want, have;
	int error = 0;

	if (fstat(from, &want) != 0 || fstat(fd, &have) != 0)
		return -errno;
	set_owner(fd, &have, &want, &error);
	note(&error, copy_list(from, fd));
	if (fstat(fd, &have) != 0)
		return -errno;
	note(&error, set_mode(fd, &have, want.st_mode & MODE_ALL));
	return error;
}

static int posix_rights_copy(struct world *world, int from_dir,
			     const char *from, int dir, const char *name)
{
	int source, fd, error;

	(void)world;
	if (!posix_is_name(dir, name) && !streq(name, "."))
		return -EINVAL;
	source = openat(from_dir, from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (source < 0)
		return -errno;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
		    O_NOFOLLOW);
	error = fd < 0 ? -errno : copy_rights(source, fd);
	if (fd >= 0)
		close(fd);
	close(source);
	return error;
}

/* ---- Who has a right --------------------------------------------------- */

/* Behind a version of four octets the list has entries of eight: what, rights
 * and whose, little-endian. */
#define HEAD_SIZE 4
#define ENTRY_SIZE 8
#define GROUP_SHIFT 3
enum { LIST_USER = 2, LIST_OWNING_GROUP = 4, LIST_GROUP = 8, LIST_MASK = 16 };

struct entry {
	unsigned what, rights, id;
};

static struct entry entry_at(const unsigned char *octets)
{
	return (struct entry){
		.what = octets[0] | (unsigned)octets[1] << 8,
		.rights = octets[2] | (unsigned)octets[3] << 8,
		.id = octets[4] | (unsigned)octets[5] << 8 |
		      (unsigned)octets[6] << 16 | (unsigned)octets[7] << 24,
	};
}

struct holders {
	struct file_holder *items;
	size_t count;
};

static void add_holder(struct holders *holders, bool is_group, unsigned id)
{
	if (id != 0)
		*array_push(holders->items, holders->count) =
			(struct file_holder){ is_group, id };
}

static void read_list(const unsigned char *list, size_t size, unsigned gid,
		      unsigned right, struct holders *holders)
{
	unsigned mask = right;

	for (size_t at = HEAD_SIZE; at + ENTRY_SIZE <= size; at += ENTRY_SIZE) {
		struct entry entry = entry_at(list + at);

		if (entry.what == LIST_MASK)
			mask = entry.rights & right;
	}
	for (size_t at = HEAD_SIZE; at + ENTRY_SIZE <= size; at += ENTRY_SIZE) {
		struct entry entry = entry_at(list + at);

		if (!(entry.rights & mask))
			continue;
		if (entry.what == LIST_USER || entry.what == LIST_GROUP)
			add_holder(holders, entry.what == LIST_GROUP,
				   entry.id);
		else if (entry.what == LIST_OWNING_GROUP)
			add_holder(holders, true, gid);
	}
}

static int find_holders(int fd, unsigned right, struct holders *holders)
{
	unsigned char list[LIST_SIZE_MAX];
	struct stat info;
	ssize_t size = fgetxattr(fd, ACCESS_LIST, list, sizeof(list));

	if ((size < 0 && !has_no_list()) || fstat(fd, &info) != 0)
		return -errno;
	if (size >= 0)
		read_list(list, (size_t)size, info.st_gid, right, holders);
	else if (info.st_mode & right << GROUP_SHIFT)
		add_holder(holders, true, info.st_gid);
	return 0;
}

static int posix_file_holders(struct world *world, int dir, const char *name,
			      enum file_right right,
			      struct file_holder **items, size_t *count)
{
	struct holders holders = { .items = NULL };
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error = fd < 0 ? -errno : find_holders(fd, right, &holders);

	(void)world;
	if (fd >= 0)
		close(fd);
	*items = holders.items;
	*count = holders.count;
	return error;
}

void world_posix_add_rights(struct world *world)
{
	world->dir_set_mode = posix_dir_set_mode;
	world->rights_copy = posix_rights_copy;
	world->file_holders = posix_file_holders;
}
