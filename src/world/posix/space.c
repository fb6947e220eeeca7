/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include <sys/statvfs.h>

static int posix_dir_space(struct world *world, int dir,
			   struct dir_space *space)
{
	struct statvfs info;

	(void)world;
	if (fstatvfs(dir, &info) != 0)
		return -errno;
	*space = (struct dir_space){
		.free_octets = (uint64_t)info.f_bavail * info.f_frsize,
		/* btrfs counts none at all. */
		.free_files = info.f_files ? info.f_favail : UINT64_MAX,
		.read_only = info.f_flag & ST_RDONLY,
	};
	return 0;
}

void world_posix_add_space(struct world *world)
{
	world->dir_space = posix_dir_space;
}
