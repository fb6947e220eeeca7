/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The world that the program sees. Every call ends in sim_called(): there
 * time passes, the promise is checked, and the process may die.
 */
#define HANDLES_MAX 64
#define HANDLE_BASE 3

static struct sim *sim_of(struct world *world)
{
	return world->self;
}

/* ---- Time ------------------------------------------------------------- */

static void sim_now(struct world *world, struct moment *now)
{
	struct sim *sim = sim_of(world);

	*now = (struct moment){
		.wall_ms = sim->now_ms + sim->wall_offset_ms,
		.boot_ms = sim->now_ms + sim->boot_offset_ms,
		.synchronised = sim->synchronised,
	};
	snprintf(now->boot_id, sizeof(now->boot_id), "boot-%u", sim->boot);
}

static void sim_sleep(struct world *world, unsigned milliseconds)
{
	struct sim *sim = sim_of(world);

	sim_advance(sim, milliseconds);
	sim_called(sim, "sleep", false);
}

static void sim_fill_random(struct world *world, void *data, size_t size)
{
	uint8_t *octets = data;

	for (size_t i = 0; i < size; i++)
		octets[i] = (uint8_t)sim_random(sim_of(world));
}

/* Is it this call that fails? Then nothing is done; TYPICAL is the errno that
 * such calls have, unless it is the disk itself. */
static bool fails(struct sim *sim, const char *what, int typical)
{
	sim->fallible++;
	if (sim->fallible != sim->fail_at || !sim->in_command)
		return false;
	sim->trouble = sim->fail_typically ? -typical : -EIO;
	sim->troubled = true;
	sim_log(sim, "fault: %s fails: %s", what, strerror(-sim->trouble));
	sim_called(sim, what, false);
	return true;
}

/* ---- Directories ------------------------------------------------------ */

static struct node *dir_of(struct sim *sim, int dir)
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
	return files_walk(sim, dir_of(sim, dir), name, follow, error);
}

static int sim_dir_open(struct world *world, int dir, const char *path)
{
	struct sim *sim = sim_of(world);
	int error, handle = -EMFILE;
	struct node *node = find(sim, dir, path, true, &error);

	if (fails(sim, "dir_open", EMFILE))
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
	sim_called(sim, "dir_open", false);
	return handle;
}

static void sim_dir_close(struct world *world, int dir)
{
	struct sim *sim = sim_of(world);

	dir_of(sim, dir);
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
		return dir_of(sim, dir);
	invariant(dir == WORLD_CWD);
	path = xstrndup(name, (size_t)(slash - name));
	parent = files_walk(sim, dir_of(sim, dir), path, true, error);
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

	if (fails(sim, "dir_make", ENOSPC))
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
	sim_called(sim, "dir_make", true);
	return 0;
}

static int sim_dir_remove(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	struct entry *entry = files_find(dir_of(sim, dir), name);

	if (fails(sim, "dir_remove", EIO))
		return sim->trouble;
	if (!entry)
		return -ENOENT;
	if (entry->node->kind != NODE_DIR)
		return -ENOTDIR;
	if (entry->node->count)
		return -ENOTEMPTY;
	disk_note(sim, dir_of(sim, dir), name);
	files_drop(sim, dir_of(sim, dir), name);
	sim_called(sim, "dir_remove", true);
	return 0;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct names){ .names = NULL };
}

static int sim_dir_list(struct world *world, int dir, struct names *names)
{
	struct sim *sim = sim_of(world);
	struct node *node = dir_of(sim, dir);

	*names = (struct names){ .names = NULL };
	if (fails(sim, "dir_list", EIO))
		return sim->trouble;
	for (size_t i = 0; i < node->count; i++)
		*array_push(names->names, names->count) =
			xstrdup(node->entries[i].name);
	sim_called(sim, "dir_list", false);
	return 0;
}

static int sim_dir_sync(struct world *world, int dir)
{
	struct sim *sim = sim_of(world);

	if (fails(sim, "dir_sync", EIO))
		return sim->trouble;
	disk_sync(sim, dir_of(sim, dir));
	sim_called(sim, "dir_sync", false);
	return 0;
}

/* ---- Files ------------------------------------------------------------ */

static void describe(const struct node *node, struct file_info *info)
{
	*info = (struct file_info){ .kind = (enum file_kind)node->kind,
				    .mode = node->mode, .size = node->size,
				    .inode = node->inode };
}

static int sim_file_read(struct world *world, int dir, const char *name,
			 size_t size_max, char **data, size_t *size,
			 struct file_info *info)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, true, &error);

	if (fails(sim, "file_read", EMFILE))
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
	sim_called(sim, "file_read", false);
	return error;
}

static int sim_file_write(struct world *world, int dir, const char *name,
			  const char *data, size_t size, unsigned mode)
{
	struct sim *sim = sim_of(world);
	struct node *parent = dir_of(sim, dir), *node;

	if (fails(sim, "file_write", ENOSPC))
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
	sim_called(sim, "half of file_write", true);
	node->size = size;
	node->hash = text_hash(node->data, node->size);
	sim->files_version++;
	disk_sync(sim, parent);
	sim_called(sim, "file_write", true);
	return 0;
}

static int sim_file_info(struct world *world, int dir, const char *name,
			 bool follow, struct file_info *info)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, follow, &error);

	if (fails(sim, "file_info", EIO))
		return sim->trouble;
	if (node)
		describe(node, info);
	sim_called(sim, "file_info", false);
	return error;
}

static int sim_file_remove(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	struct entry *entry = files_find(dir_of(sim, dir), name);

	if (fails(sim, "file_remove", EIO))
		return sim->trouble;
	if (!entry)
		return -ENOENT;
	if (entry->node->kind == NODE_DIR)
		return -EISDIR;
	disk_note(sim, dir_of(sim, dir), name);
	files_drop(sim, dir_of(sim, dir), name);
	sim_called(sim, "file_remove", true);
	return 0;
}

/* ---- Links ------------------------------------------------------------ */

static int sim_link_read(struct world *world, int dir, const char *name,
			 char **target)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, dir, name, false, &error);

	if (fails(sim, "link_read", EIO))
		return sim->trouble;
	if (node && node->kind != NODE_LINK)
		error = -EINVAL;
	if (!error)
		*target = xstrdup(node->data);
	sim_called(sim, "link_read", false);
	return error;
}

static int sim_link_make(struct world *world, int dir, const char *target,
			 const char *name)
{
	struct sim *sim = sim_of(world);
	struct node *parent = dir_of(sim, dir), *node;

	if (fails(sim, "link_make", ENOSPC))
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
	sim_called(sim, "link_make", true);
	return 0;
}

static int sim_link_hard(struct world *world, int from_dir, const char *from,
			 int dir, const char *name)
{
	struct sim *sim = sim_of(world);
	int error;
	struct node *node = find(sim, from_dir, from, true, &error);

	if (fails(sim, "link_hard", ENOSPC))
		return sim->trouble;
	if (!node)
		return error;
	if (node->kind == NODE_DIR || !sim->hard_links_work)
		return -EPERM;
	if (files_find(dir_of(sim, dir), name))
		return -EEXIST;
	if (sim->disk_full)
		return -ENOSPC;
	disk_note(sim, dir_of(sim, dir), name);
	files_add(sim, dir_of(sim, dir), name, node);
	sim_called(sim, "link_hard", true);
	return 0;
}

static int sim_rename(struct world *world, int dir, const char *from,
		      const char *to)
{
	struct sim *sim = sim_of(world);
	struct node *parent = dir_of(sim, dir), *node;
	struct entry *source = files_find(parent, from);
	struct entry *goal = files_find(parent, to);

	if (fails(sim, "rename", EIO))
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
	sim_called(sim, "rename", true);
	return 0;
}

static int sim_exchange(struct world *world, int dir, const char *a,
			const char *b)
{
	struct sim *sim = sim_of(world);
	struct node *parent = dir_of(sim, dir), *node;
	struct entry *first = files_find(parent, a);
	struct entry *second = files_find(parent, b);

	if (fails(sim, "exchange", EIO))
		return sim->trouble;
	if (!first || !second)
		return -ENOENT;
	if (!sim->exchange_works)
		return -EINVAL;
	disk_note(sim, parent, a);
	disk_note(sim, parent, b);
	node = first->node;
	first->node = second->node;
	second->node = node;
	sim->files_version++;
	sim_called(sim, "exchange", true);
	return 0;
}

/* ---- Locks ------------------------------------------------------------ */

static int sim_lock(struct world *world, int dir, const char *name,
		    unsigned timeout_ms)
{
	struct sim *sim = sim_of(world);
	struct node *parent = dir_of(sim, dir);
	int64_t until_ms = sim->now_ms + timeout_ms;

	if (fails(sim, "lock", ENOSPC))
		return sim->trouble;
	if (!files_find(parent, name)) {
		disk_note(sim, parent, name);
		files_add(sim, parent, name, files_new(sim, NODE_FILE));
	}
	while (sim->lock_ms > sim->now_ms && sim->now_ms < until_ms)
		sim_advance(sim, until_ms - sim->now_ms < SECOND ?
			    until_ms - sim->now_ms : SECOND);
	sim_called(sim, "lock", false);
	return sim->lock_ms > sim->now_ms ? -EAGAIN : 0;
}

static void sim_unlock(struct world *world)
{
	sim_called(sim_of(world), "unlock", false);
}

static int sim_lock_held(struct world *world, int dir, const char *name)
{
	struct sim *sim = sim_of(world);

	(void)dir;
	if (fails(sim, "lock_held", EIO))
		return sim->trouble;
	sim_called(sim, "lock_held", false);
	return streq(name, ".certbot.lock") && sim->certbot_locked;
}

/* ---- Programs and network --------------------------------------------- */

static void sim_execute(struct world *world, struct program *program)
{
	static const char title[] = "ALNITAK_TARGET=";
	struct sim *sim = sim_of(world);
	const char *name = NULL;

	if (fails(sim, "run", EMFILE)) {
		program->error = -sim->trouble;
		program->output = xstrdup("");
		return;
	}
	if (exec_is_meant(program)) {
		exec_publish(sim, program);
		sim_called(sim, "run", true);
		return;
	}
	for (size_t i = 0; program->environment[i]; i++)
		if (strncmp(program->environment[i], title,
			    sizeof(title) - 1) == 0)
			name = program->environment[i] + sizeof(title) - 1;
	invariant(name);
	sim_advance(sim, sim_between(sim, 1, 3000));
	program->status = services_reload(sim, target_named(sim, name));
	program->output = xstrdup("");
	sim_called(sim, "run", true);
}

static void sim_ask(struct world *world, struct question *questions, size_t n)
{
	(void)questions;
	(void)n;
	sim_fail(sim_of(world), "the wire was asked below the simulated DNS");
}

static void sim_handshake(struct world *world, struct handshake *handshakes,
			  size_t n)
{
	(void)handshakes;
	(void)n;
	sim_fail(sim_of(world), "a handshake below the simulated services");
}

void world_open(struct sim *sim)
{
	sim->world = (struct world){
		.self = sim, .now = sim_now, .sleep = sim_sleep,
		.random = sim_fill_random, .dir_open = sim_dir_open,
		.dir_close = sim_dir_close, .dir_make = sim_dir_make,
		.dir_remove = sim_dir_remove, .dir_list = sim_dir_list,
		.dir_sync = sim_dir_sync, .file_read = sim_file_read,
		.file_write = sim_file_write, .file_info = sim_file_info,
		.file_remove = sim_file_remove, .link_read = sim_link_read,
		.link_make = sim_link_make, .link_hard = sim_link_hard,
		.rename = sim_rename, .exchange = sim_exchange,
		.lock = sim_lock, .unlock = sim_unlock,
		.lock_held = sim_lock_held, .execute = sim_execute,
		.ask = sim_ask, .handshake = sim_handshake,
	};
	sim->root = files_new(sim, NODE_DIR);
	files_make_dirs(sim, "/etc/letsencrypt/live");
	files_make_dirs(sim, "/etc/letsencrypt/archive");
	files_make_dirs(sim, "/etc/alnitak");
	files_make_dirs(sim, "/var/lib");
}
