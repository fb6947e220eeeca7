/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_base.h"

/* An in-memory file system. */
enum { NODE_FILE = FILE_REGULAR, NODE_DIR = FILE_DIRECTORY,
       NODE_LINK = FILE_LINK };
struct node {
	int kind;
	unsigned mode, links, inode;
	char *data;			/* content, or a link's target */
	size_t size;
	uint64_t hash;
	int64_t changed_ms;
	struct node *parent;		/* of a directory */
	unsigned long whole_at;		/* what is held, before a power cut:
					   the world call */
	struct entry *entries;
	size_t count, room;
};
struct entry {
	char *name;
	struct node *node;
};
/* NODE has other names in it, or other rights, from now on. */
void files_changed(struct sim *sim, struct node *node);
struct node *files_new(struct sim *sim, int kind);
struct node *files_walk(struct sim *sim, struct node *at, const char *path,
			bool follow, int *error);
struct node *files_path(struct sim *sim, const char *path);
struct entry *files_find(struct node *dir, const char *name);
void files_add(struct sim *sim, struct node *dir, const char *name,
	       struct node *node);
void files_drop(struct sim *sim, struct node *dir, const char *name);
/* Makes the directories on the way; replaces what is there. */
void files_put(struct sim *sim, const char *path, const char *text);
void files_link(struct sim *sim, const char *path, const char *target);
void files_delete(struct sim *sim, const char *path);
struct node *files_make_dirs(struct sim *sim, const char *path);
