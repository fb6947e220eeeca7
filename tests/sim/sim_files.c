/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Directories hold their entries sorted by name. */
#define LINKS_DEEP_MAX 10
#define PATH_SIZE 512

void files_changed(struct sim *sim, struct node *node)
{
	node->changed_ms = sim->now_ms + sim->wall_offset_ms;
	sim->files_version++;
}

struct node *files_new(struct sim *sim, int kind)
{
	struct node *node = sim_alloc(sim, sizeof(*node));

	node->kind = kind;
	node->inode = ++sim->inodes;
	files_changed(sim, node);
	node->mode = kind == NODE_DIR ? 0755 : 0600;
	return node;
}

static size_t position(const struct node *dir, const char *name, bool *found)
{
	size_t low = 0, high = dir->count;

	*found = false;
	while (low < high && !*found) {
		size_t middle = (low + high) / 2;
		int order = strcmp(dir->entries[middle].name, name);

		*found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

struct entry *files_find(struct node *dir, const char *name)
{
	bool found;
	size_t i = position(dir, name, &found);

	return found ? &dir->entries[i] : NULL;
}

static void make_room(struct sim *sim, struct node *dir)
{
	struct entry *entries;

	if (dir->count < dir->room)
		return;
	dir->room = dir->room ? dir->room * 2 : 8;
	entries = sim_alloc(sim, dir->room * sizeof(*entries));
	if (dir->count)
		memcpy(entries, dir->entries, dir->count * sizeof(*entries));
	dir->entries = entries;
}

void files_add(struct sim *sim, struct node *dir, const char *name,
	       struct node *node)
{
	bool found;
	size_t i = position(dir, name, &found);

	if (node->kind == NODE_DIR)
		node->parent = dir;
	node->links++;
	files_changed(sim, dir);
	if (found) {
		dir->entries[i].node->links--;
		dir->entries[i].node = node;
		return;
	}
	make_room(sim, dir);
	memmove(&dir->entries[i + 1], &dir->entries[i],
		(dir->count - i) * sizeof(*dir->entries));
	dir->entries[i].name = sim_text(sim, "%s", name);
	dir->entries[i].node = node;
	dir->count++;
}

void files_drop(struct sim *sim, struct node *dir, const char *name)
{
	bool found;
	size_t i = position(dir, name, &found);

	if (!found)
		return;
	files_changed(sim, dir);
	dir->entries[i].node->links--;
	dir->count--;
	memmove(&dir->entries[i], &dir->entries[i + 1],
		(dir->count - i) * sizeof(*dir->entries));
}

/* ---- Paths ------------------------------------------------------------ */

static struct node *walk(struct sim *sim, struct node *at, const char *path,
			 bool follow, int depth, int *error);

static struct node *step(struct sim *sim, struct node *at, const char *name,
			 bool follow, int depth, int *error)
{
	struct entry *entry;

	if (at->kind != NODE_DIR) {
		*error = -ENOTDIR;
		return NULL;
	}
	if (streq(name, "."))
		return at;
	if (streq(name, ".."))
		return at->parent ? at->parent : at;
	entry = files_find(at, name);
	if (!entry) {
		*error = -ENOENT;
		return NULL;
	}
	if (entry->node->kind == NODE_LINK && follow)
		return walk(sim, at, entry->node->data, true, depth + 1,
			    error);
	return entry->node;
}

static struct node *walk(struct sim *sim, struct node *at, const char *path,
			 bool follow, int depth, int *error)
{
	char name[PATH_SIZE];

	if (depth > LINKS_DEEP_MAX) {
		*error = -ELOOP;
		return NULL;
	}
	if (*path == '/')
		at = sim->root;
	while (at) {
		size_t size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (!size)
			break;
		invariant(size < sizeof(name));
		memcpy(name, path, size);
		name[size] = '\0';
		path += size;
		at = step(sim, at, name, follow || *path, depth, error);
	}
	return at;
}

struct node *files_walk(struct sim *sim, struct node *at, const char *path,
			bool follow, int *error)
{
	*error = 0;
	return walk(sim, at, path, follow, 0, error);
}

struct node *files_path(struct sim *sim, const char *path)
{
	int error;

	return files_walk(sim, sim->root, path, true, &error);
}

/* ---- For the rest of the world ---------------------------------------- */

struct node *files_make_dirs(struct sim *sim, const char *path)
{
	struct node *at = sim->root;
	char name[PATH_SIZE];

	for (;;) {
		size_t size;
		struct entry *entry;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (!size)
			return at;
		memcpy(name, path, size);
		name[size] = '\0';
		path += size;
		entry = files_find(at, name);
		if (!entry) {
			files_add(sim, at, name, files_new(sim, NODE_DIR));
			entry = files_find(at, name);
		}
		at = entry->node;
	}
}

static struct node *parent_of(struct sim *sim, const char *path,
			      const char **name)
{
	const char *slash = strrchr(path, '/');
	char *dir = xstrndup(path, (size_t)(slash - path));
	struct node *node = files_make_dirs(sim, dir);

	free(dir);
	*name = slash + 1;
	return node;
}

static void put(struct sim *sim, const char *path, int kind, const char *text)
{
	const char *name;
	struct node *dir = parent_of(sim, path, &name);
	struct node *node = files_new(sim, kind);

	node->data = sim_text(sim, "%s", text);
	node->size = strlen(text);
	node->hash = text_hash(text, node->size);
	files_add(sim, dir, name, node);
}

void files_put(struct sim *sim, const char *path, const char *text)
{
	put(sim, path, NODE_FILE, text);
}

void files_link(struct sim *sim, const char *path, const char *target)
{
	put(sim, path, NODE_LINK, target);
}

void files_delete(struct sim *sim, const char *path)
{
	const char *name;
	struct node *dir = parent_of(sim, path, &name);

	files_drop(sim, dir, name);
}
