/* SPDX-License-Identifier: MIT */
#include "world/trust.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define MODE_STICKY 01000
#define MODE_WRITE_GROUP 020
#define MODE_WRITE_OTHERS 02
#define MODE_OF_OTHERS 077

static bool is_foreign(const struct file_info *info, unsigned uid)
{
	return info->uid != 0 && info->uid != uid;
}

enum trust trust_judge(const struct file_info *info, unsigned uid)
{
	if (info->mode & (MODE_WRITE_GROUP | MODE_WRITE_OTHERS))
		return TRUST_WRITABLE;
	return is_foreign(info, uid) ? TRUST_FOREIGN : TRUST_FULL;
}

enum trust trust_judge_way(const struct file_info *info, unsigned uid)
{
	if (info->mode & MODE_WRITE_OTHERS && !(info->mode & MODE_STICKY))
		return TRUST_WRITABLE;
	return is_foreign(info, uid) ? TRUST_FOREIGN : TRUST_FULL;
}

bool trust_hides(const struct file_info *info)
{
	return !(info->mode & MODE_OF_OTHERS);
}

static bool is_trusted(struct world *world, const char *path)
{
	struct file_info info;
	enum trust trust;

	if (world->file_info(world, WORLD_CWD, path, true, &info))
		return true;
	trust = info.kind == FILE_DIRECTORY ?
		trust_judge_way(&info, world->uid) :
		trust_judge(&info, world->uid);
	return trust == TRUST_FULL;
}

char *trust_walk(struct world *world, const char *path)
{
	for (const char *end = path; end; end = strchr(end + 1, '/')) {
		char *above = xstrndup(path, end == path ? 1 :
				       (size_t)(end - path));

		if (!is_trusted(world, above))
			return above;
		free(above);
	}
	return is_trusted(world, path) ? NULL : xstrdup(path);
}
