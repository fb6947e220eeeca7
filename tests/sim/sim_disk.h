/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_files.h"

/*
 * What a power cut takes. Entries that the program changed are safe only
 * once their directory was synced; the content of a file is, once it was
 * written as a whole (world.h). A cut undoes what is not safe from some
 * point on: one point for all, or one for each directory. After a minute the
 * system has written all of it by itself. What others write is safe at once:
 * how well certbot syncs is not for the program to say.
 */
struct disk_change {
	struct node *dir;
	const char *name;
	struct node *before;		/* NULL: there was none */
	unsigned long call;		/* changes of one call are one */
	int64_t made_ms;
};

/* DIR is about to have NAME changed. */
void disk_note(struct sim *sim, struct node *dir, const char *name);
void disk_sync(struct sim *sim, const struct node *dir);
/* What is old enough is on the disk. */
void disk_settle(struct sim *sim);
/*
 * The ways for a cut, numbered: all but the first KEEP changes are undone;
 * beyond their number, those of one directory. disk_ways() is the last one.
 */
void disk_cut(struct sim *sim, size_t keep);
size_t disk_ways(const struct sim *sim);
/* So many, and where they begin, by chance. */
void disk_cut_somehow(struct sim *sim);
