/* SPDX-License-Identifier: MIT */
#include "support/faults.h"

/* The faults of this world, counted one call further. */
static bool fails(struct world *world, struct world **real)
{
	struct faults *faults = world->self;

	*real = faults->real;
	if (faults->before)
		faults->before();
	faults->calls++;
	if (faults->failing == 0)
		return false;
	return faults->dead ? faults->calls >= faults->failing :
		faults->calls == faults->failing;
}

/* What RESULT of making a name means for the disk. */
static int made(struct world *world, int result)
{
	struct faults *faults = world->self;

	if (result == 0)
		faults->unsynced++;
	return result;
}

static int faulty_dir_open(struct world *world, int dir, const char *path)
{
	struct world *real;

	return fails(world, &real) ? -EIO : real->dir_open(real, dir, path);
}

/* A killed process holds no descriptor either. */
static void faulty_dir_close(struct world *world, int dir)
{
	struct faults *faults = world->self;

	faults->real->dir_close(faults->real, dir);
}

static int faulty_dir_make(struct world *world, int dir, const char *name,
			   unsigned mode)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		made(world, real->dir_make(real, dir, name, mode));
}

static int faulty_dir_remove(struct world *world, int dir, const char *name)
{
	struct world *real;

	return fails(world, &real) ? -EIO : real->dir_remove(real, dir, name);
}

static int faulty_dir_list(struct world *world, int dir, struct texts *names)
{
	struct world *real;

	*names = (struct texts){ 0 };
	return fails(world, &real) ? -EIO : real->dir_list(real, dir, names);
}

static int faulty_dir_sync(struct world *world, int dir)
{
	struct world *real;

	if (fails(world, &real))
		return -EIO;
	((struct faults *)world->self)->unsynced = 0;
	return real->dir_sync(real, dir);
}

static int faulty_dir_set_mode(struct world *world, int dir, unsigned mode)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->dir_set_mode(real, dir, mode);
}

static int faulty_rights_copy(struct world *world, int from_dir,
			      const char *from, int dir, const char *name)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->rights_copy(real, from_dir, from, dir, name);
}

static int faulty_file_read(struct world *world, int dir, const char *name,
			    size_t size_max, char **data, size_t *size,
			    struct file_info *info)
{
	struct faults *faults = world->self;
	struct world *real;
	int error = fails(world, &real) ? -EIO :
		real->file_read(real, dir, name, size_max, data, size, info);

	/* The clock of a test is not that of the disk. */
	if (!error && info)
		info->changed_ns = faults->changed_ms * 1000000;
	return error;
}

static int faulty_file_write(struct world *world, int dir, const char *name,
			     const char *data, size_t size, unsigned mode)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->file_write(real, dir, name, data, size, mode);
}

static int faulty_file_append(struct world *world, int dir, const char *name,
			      const char *data, size_t size, size_t size_max)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->file_append(real, dir, name, data, size, size_max);
}

static int faulty_file_info(struct world *world, int dir, const char *name,
			    bool follow, struct file_info *info)
{
	struct faults *faults = world->self;
	struct world *real;
	int error = fails(world, &real) ? -EIO :
		real->file_info(real, dir, name, follow, info);

	if (!error && !faults->files_are_old)
		info->changed_ns = INT64_MAX;
	return error;
}

static int faulty_file_remove(struct world *world, int dir, const char *name)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->file_remove(real, dir, name);
}

static int faulty_file_holders(struct world *world, int dir, const char *name,
			       enum file_right right,
			       struct file_holder **holders, size_t *count)
{
	struct world *real;

	*holders = NULL;
	*count = 0;
	return fails(world, &real) ? -EIO :
		real->file_holders(real, dir, name, right, holders, count);
}

static int faulty_link_read(struct world *world, int dir, const char *name,
			    char **target)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		real->link_read(real, dir, name, target);
}

static int faulty_link_make(struct world *world, int dir, const char *target,
			    const char *name)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		made(world, real->link_make(real, dir, target, name));
}

static int faulty_link_hard(struct world *world, int from_dir,
			    const char *from, int dir, const char *name)
{
	struct faults *faults = world->self;
	struct world *real;

	if (fails(world, &real))
		return -EIO;
	if (faults->link_error)
		return faults->link_error;
	return made(world, real->link_hard(real, from_dir, from, dir, name));
}

static int faulty_rename(struct world *world, int dir, const char *from,
			 const char *to)
{
	struct world *real;

	return fails(world, &real) ? -EIO :
		made(world, real->rename(real, dir, from, to));
}

static int faulty_exchange(struct world *world, int dir, const char *a,
			   const char *b)
{
	struct faults *faults = world->self;
	struct world *real;

	faults->exchange_failed = true;
	if (fails(world, &real))
		return -EIO;
	if (faults->exchange_error)
		return faults->exchange_error;
	faults->exchange_failed = false;
	return made(world, real->exchange(real, dir, a, b));
}

void faults_open(struct world *world, struct faults *faults)
{
	*world = (struct world){
		.self = faults,
		.uid = faults->real->uid,
		.dir_open = faulty_dir_open,
		.dir_close = faulty_dir_close,
		.dir_make = faulty_dir_make,
		.dir_remove = faulty_dir_remove,
		.dir_list = faulty_dir_list,
		.dir_sync = faulty_dir_sync,
		.dir_set_mode = faulty_dir_set_mode,
		.rights_copy = faulty_rights_copy,
		.file_read = faulty_file_read,
		.file_write = faulty_file_write,
		.file_append = faulty_file_append,
		.file_info = faulty_file_info,
		.file_remove = faulty_file_remove,
		.file_holders = faulty_file_holders,
		.link_read = faulty_link_read,
		.link_make = faulty_link_make,
		.link_hard = faulty_link_hard,
		.rename = faulty_rename,
		.exchange = faulty_exchange,
	};
}
