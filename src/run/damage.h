/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/alarm_note.h"
#include "world/world.h"

/*
 * The alarms of targets whose own state cannot be used, and so cannot keep
 * them: one small file in the state directory, there only while there are
 * any. It says what `notify` was told of them, and nothing else relies on it:
 * where it cannot be written, each run tells again.
 */
#define DAMAGE_NAME "damaged.json"

struct damaged {
	char *target;
	struct alarm_note note;
};

struct damage {
	struct damaged *items;
	size_t count;
	bool is_new;		/* differs from the file */
};

/* DIR is the state directory. A file that cannot be read counts as empty. */
void damage_load(struct world *world, int dir, struct damage *damage);
/* TARGET is damaged, for the reason in TEXT. */
void damage_found(struct damage *damage, const char *target,
		  const char *text, int64_t now_ms);
/* TARGET is not, or not any more. */
void damage_gone(struct damage *damage, const char *target, int64_t now_ms);
/* Without those of whom nothing is to be told any more; 0 or a negative errno.
 * Does nothing where nothing IS_NEW. */
int damage_save(struct world *world, int dir, struct damage *damage);
void damage_clear(struct damage *damage);
