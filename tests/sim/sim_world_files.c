/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/* The files that the program sees: the part of sim_world.c that is about the
 * disk. */
#define HANDLES_MAX 64
#define HANDLE_BASE 3

/* ---- Directories ------------------------------------------------------ */

struct node *world_dir(struct sim *sim, int dir)
{
	if (dir == WORLD_CWD)
		return sim->root;
	invariant(dir >= HANDLE_BASE && dir < HANDLES_MAX);
	invariant(sim->handles[dir]);
	return sim->handles[dir];
}

/* What NAME, perhaps a path, is; the last link is followed or not. */
static struct node *find(struct sim *sim, int dir, const char *name,
			 bool follow, int *error)
{
	return files_walk(sim, world_dir(sim, dir), name, follow, error);
}

static int sim_dir_open(struct world *world, int dir, const char *path)
{
	struct sim *sim = sim_of(world);
	int error, handle = -EMFILE;
	struct node *node = find(sim, dir, path, true, &error);

	if (sim_fails(sim, "dir_open", EMFILE))
		return sim->trouble;
	if (!node)
		return error;
	if (node->kind != NODE_DIR)
		return -ENOTDIR;
	for (int i = HANDLE_BASE; i < HANDLES_MAX && handle < 0; i++)
		if (!sim->handles[i])
			handle = i;
	invariant(handle >= 0);
	sim->handles[handle] = node;
	sim_called(sim, "dir_open", EFFECT_NONE);
	return handle;
}

static void sim_dir_close(struct world *world, int dir)
{
	struct sim *sim = sim_of(world);

	world_dir(sim, dir);
	sim->handles[dir] = NULL;
}

/* Where NAME shall stand: only for WORLD_CWD is it a path. */
static struct node *place(struct sim *sim, int dir, const char *name,
			  const char **last, int *error)
{
	const char *slash = strrchr(name, '/');
	struct node *parent;
	char *path;

	*error = 0;
	*last = slash ? slash + 1 : name;
	if (!slash)
		return world_dir(sim, dir);
	invariant(dir == WORLD_CWD);
	path = xstrndup(name, (size_t)(slash - name));
	parent = files_walk(sim, world_dir(sim, dir), path, true, error);
	free(path);
	return parent;
}

static int sim_dir_make(struct world *world, int dir, const char *name,
			unsigned mode)
{
	struct sim *sim = sim_of(world);
	const char *last;
	int error;
	struct node *parent = place(sim, dir, name, &last, &error), *node;

	if (sim_fails(sim, "dir_make", ENOSPC))
		return sim->trouble;
	if (!parent)
		return error;
	if (files_find(parent, last))
		return -EEXIST;
	if (sim->disk_full)
		return -ENOSPC;
	node = files_new(sim, NODE_DIR);
	node->mode = mode;
	disk_note(sim, parent, last);
	files_add(sim, parent, last, node);
	sim_called(sim, "dir_make", EFFECT_SEEN);
	return 0;
}

static int sim_dir_remove(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	struct entry *entry = files_find(world_dir(sim, dir), name);

	if (sim_fails(sim, "dir_remove", EIO))
		return sim->trouble;
	if (!entry)
		return -ENOENT;
	if (entry->node->kind != NODE_DIR)
		return -ENOTDIR;
	if (entry->node->count)
		return -ENOTEMPTY;
	disk_note(sim, world_dir(sim, dir), name);
	files_drop(sim, world_dir(sim, dir), name);
	sim_called(sim, "dir_remove", EFFECT_SEEN);
	return 0;
}

static int sim_dir_list(struct world *world, int dir, struct texts *names)
{
	struct sim *sim = sim_of(world);
	struct node *node = world_dir(sim, dir);

	*names = (struct texts){ .items = NULL };
	if (sim_fails(sim, "dir_list", EIO))
		return sim->trouble;
	for (size_t i = 0; i < node->count; i++)
		texts_add(names, node->entries[i].name);
	sim_called(sim, "dir_list", EFFECT_NONE);
	return 0;
}

/* Room is never short here: what fails for want of it is any call that may. */
static int sim_dir_space(struct world *world, int dir, struct dir_space *space)
{
	(void)world;
	(void)dir;
	*space = (struct dir_space){ .free_octets = UINT32_MAX,
				     .free_files = UINT32_MAX };
	return 0;
}

static int sim_dir_sync(struct world *world, int dir)
{
	struct sim *sim = sim_of(world);

	if (sim_fails(sim, "dir_sync", EIO))
		return sim->trouble;
	disk_sync(sim, world_dir(sim, dir));
	sim_called(sim, "dir_sync", EFFECT_HIDDEN);
	return 0;
}

static int sim_dir_set_mode(struct world *world, int dir, unsigned mode)
{
	struct sim *sim = sim_of(world);

	if (sim_fails(sim, "dir_set_mode", EPERM))
		return sim->trouble;
	world_dir(sim, dir)->mode = mode;
	files_changed(sim, world_dir(sim, dir));
	sim_called(sim, "dir_set_mode", EFFECT_SEEN);
	return 0;
}

static int sim_rights_copy(struct world *world, int from_dir,
			   const char *from, int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *source = find(sim, from_dir, from, true, &error), *node;

	if (sim_fails(sim, "rights_copy", EPERM))
		return sim->trouble;
	if (!source)
		return error;
	node = find(sim, dir, name, false, &error);
	if (!node)
		return error;
	if (node->mode == source->mode)
		return 0;
	node->mode = source->mode;
	files_changed(sim, node);
	sim_called(sim, "rights_copy", EFFECT_SEEN);
	return 0;
}

/* Nobody has more rights here than the mode says. */
static int sim_file_holders(struct world *world, int dir, const char *name,
			    enum file_right right,
			    struct file_holder **holders, size_t *count)
{
	(void)world;
	(void)dir;
	(void)name;
	(void)right;
	*holders = NULL;
	*count = 0;
	return 0;
}

/* ---- Files ------------------------------------------------------------ */

static void describe(const struct node *node, struct file_info *info)
{
	*info = (struct file_info){ .kind = (enum file_kind)node->kind,
				    .mode = node->mode, .size = node->size,
				    .inode = node->inode,
				    .device = 1,
				    .modified_ns = node->changed_ms * 1000000,
				    .changed_ns = node->changed_ms * 1000000 };
}

static int sim_file_read(struct world *world, int dir, const char *name,
			 size_t size_max, char **data, size_t *size,
			 struct file_info *info)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, true, &error);

	if (sim_fails(sim, "file_read", EMFILE))
		return sim->trouble;
	if (node && node->kind != NODE_FILE)
		error = node->kind == NODE_DIR ? -EISDIR : -EINVAL;
	else if (node && node->size > size_max)
		error = -EFBIG;
	if (!error) {
		*data = xmalloc(node->size + 1);
		memcpy(*data, node->data, node->size);
		(*data)[node->size] = '\0';
		*size = node->size;
		if (info)
			describe(node, info);
	}
	sim_called(sim, "file_read", EFFECT_NONE);
	return error;
}

static int sim_file_write(struct world *world, int dir, const char *name,
			  const char *data, size_t size, unsigned mode)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir), *node;

	if (sim_fails(sim, "file_write", ENOSPC))
		return sim->trouble;
	if (files_find(parent, name))
		return -EEXIST;
	if (sim->disk_full)
		return -ENOSPC;
	disk_note(sim, parent, name);
	node = files_new(sim, NODE_FILE);
	node->mode = mode;
	node->data = sim_alloc(sim, size + 1);
	files_add(sim, parent, name, node);
	/* A process that dies in here has written a part. */
	node->size = size / 2;
	memcpy(node->data, data, size);
	node->hash = text_hash(node->data, node->size);
	sim_called(sim, "half of file_write", EFFECT_SEEN);
	node->size = size;
	node->hash = text_hash(node->data, node->size);
	sim->files_version++;
	disk_sync(sim, parent);
	sim_called(sim, "file_write", EFFECT_SEEN);
	return 0;
}

/* Nothing is decided on what is written so: it goes to the file that --journal
 * names, and here only the name is kept. */
static int sim_file_append(struct world *world, int dir, const char *name,
			   const char *data, size_t size, size_t size_max)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir), *node;

	(void)size_max;
	if (sim_fails(sim, "file_append", ENOSPC))
		return sim->trouble;
	if (sim->disk_full)
		return -ENOSPC;
	if (!files_find(parent, name)) {
		disk_note(sim, parent, name);
		node = files_new(sim, NODE_FILE);
		node->mode = 0600;
		node->data = sim_alloc(sim, 1);
		files_add(sim, parent, name, node);
	}
	if (sim->journal_fd)
		dprintf(sim->journal_fd, "%llu\t%.*s",
			(unsigned long long)sim->seed, (int)size, data);
	sim_called(sim, "file_append", EFFECT_NONE);
	return 0;
}

static int sim_file_info(struct world *world, int dir, const char *name,
			 bool follow, struct file_info *info)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, follow, &error);

	if (node)
		describe(node, info);
	/* Of the ways to all that is believed, which nobody changes here. */
	if (dir == WORLD_CWD && !follow)
		return error;
	if (sim_fails(sim, "file_info", EIO))
		return sim->trouble;
	if (sim->ails && streq(name, sim->ails))
		return -EIO;
	sim_called(sim, "file_info", EFFECT_NONE);
	return error;
}

static int sim_file_remove(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	struct entry *entry = files_find(world_dir(sim, dir), name);

	if (sim_fails(sim, "file_remove", EIO))
		return sim->trouble;
	if (!entry)
		return -ENOENT;
	if (entry->node->kind == NODE_DIR)
		return -EISDIR;
	disk_note(sim, world_dir(sim, dir), name);
	files_drop(sim, world_dir(sim, dir), name);
	sim_called(sim, "file_remove", EFFECT_SEEN);
	return 0;
}

/* ---- Links ------------------------------------------------------------ */

static int sim_link_read(struct world *world, int dir, const char *name,
			 char **target)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, false, &error);

	if (sim_fails(sim, "link_read", EIO))
		return sim->trouble;
	if (node && node->kind != NODE_LINK)
		error = -EINVAL;
	if (!error)
		*target = xstrdup(node->data);
	sim_called(sim, "link_read", EFFECT_NONE);
	return error;
}

static int sim_link_make(struct world *world, int dir, const char *target,
			 const char *name)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir), *node;

	if (sim_fails(sim, "link_make", ENOSPC))
		return sim->trouble;
	if (files_find(parent, name))
		return -EEXIST;
	if (sim->disk_full)
		return -ENOSPC;
	disk_note(sim, parent, name);
	node = files_new(sim, NODE_LINK);
	node->data = sim_text(sim, "%s", target);
	node->size = strlen(target);
	files_add(sim, parent, name, node);
	sim_called(sim, "link_make", EFFECT_SEEN);
	return 0;
}

static int sim_link_hard(struct world *world, int from_dir, const char *from,
			 int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, from_dir, from, true, &error);

	if (sim_fails(sim, "link_hard", ENOSPC))
		return sim->trouble;
	if (!node)
		return error;
	if (node->kind == NODE_DIR || !sim->hard_links_work)
		return -EPERM;
	if (files_find(world_dir(sim, dir), name))
		return -EEXIST;
	if (sim->disk_full)
		return -ENOSPC;
	disk_note(sim, world_dir(sim, dir), name);
	files_add(sim, world_dir(sim, dir), name, node);
	sim_called(sim, "link_hard", EFFECT_SEEN);
	return 0;
}

static int sim_rename(struct world *world, int dir, const char *from,
		      const char *to)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir), *node;
	struct entry *source = files_find(parent, from);
	struct entry *goal = files_find(parent, to);

	if (sim_fails(sim, "rename", EIO))
		return sim->trouble;
	if (!source)
		return -ENOENT;
	node = source->node;
	if (goal && goal->node == node)
		return 0;
	if (goal && goal->node->kind == NODE_DIR && node->kind != NODE_DIR)
		return -EISDIR;
	if (goal && goal->node->kind != NODE_DIR && node->kind == NODE_DIR)
		return -ENOTDIR;
	if (goal && goal->node->count)
		return -ENOTEMPTY;
	disk_note(sim, parent, to);
	disk_note(sim, parent, from);
	files_add(sim, parent, to, node);
	files_drop(sim, parent, from);
	sim_called(sim, "rename", EFFECT_SEEN);
	return 0;
}

static int sim_exchange(struct world *world, int dir, const char *a,
			const char *b)
{
	struct sim *sim = sim_of(world);
	struct node *parent = world_dir(sim, dir), *node;
	struct entry *first = files_find(parent, a);
	struct entry *second = files_find(parent, b);

	if (sim_fails(sim, "exchange", EXDEV)) {
		sim->exchange_failed = true;
		return sim->trouble;
	}
	if (!first || !second)
		return -ENOENT;
	if (!sim->exchange_works)
		return -EINVAL;
	disk_note(sim, parent, a);
	disk_note(sim, parent, b);
	node = first->node;
	first->node = second->node;
	second->node = node;
	files_changed(sim, parent);
	sim_called(sim, "exchange", EFFECT_SEEN);
	return 0;
}

void world_open_files(struct sim *sim)
{
	struct world *world = &sim->world;

	world->dir_open = sim_dir_open;
	world->dir_close = sim_dir_close;
	world->dir_make = sim_dir_make;
	world->dir_remove = sim_dir_remove;
	world->dir_list = sim_dir_list;
	world->dir_space = sim_dir_space;
	world->dir_sync = sim_dir_sync;
	world->dir_set_mode = sim_dir_set_mode;
	world->rights_copy = sim_rights_copy;
	world->file_holders = sim_file_holders;
	world->file_read = sim_file_read;
	world->file_write = sim_file_write;
	world->file_append = sim_file_append;
	world->file_info = sim_file_info;
	world->file_remove = sim_file_remove;
	world->link_read = sim_link_read;
	world->link_make = sim_link_make;
	world->link_hard = sim_link_hard;
	world->rename = sim_rename;
	world->exchange = sim_exchange;
	sim->root = files_new(sim, NODE_DIR);
	files_make_dirs(sim, "/etc/letsencrypt/live");
	files_make_dirs(sim, "/etc/letsencrypt/archive");
	files_make_dirs(sim, "/etc/alnitak");
	files_make_dirs(sim, "/var/lib");
}
