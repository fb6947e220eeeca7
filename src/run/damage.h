/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/alarm_note.h"
#include "world/world.h"

/*
 * The alarms of targets whose own state cannot keep them, because it is damaged
 * or cannot be saved: one small file in the state directory, there only while
 * there are any, or, where that has no room either, beside the status file. It
 * says what `notify` was told of them, and nothing else relies on it: where it
 * can be written nowhere, each run tells again. What `check` has found, which
 * is no target's alarm, is noted in another such file; its "targets" are the
 * findings, "NAME: SUBJECT".
 */
#define DAMAGE_NAME "damaged.json"
#define FINDINGS_NAME "findings.json"

struct damaged {
	char *target;
	struct alarm_note note;
};

struct damage {
	struct damaged *items;
	size_t count;
	const char *file;	/* one of the names above */
	bool is_new;		/* differs from the file */
	char *beside;		/* the path where it is if not in the state
				   directory; NULL: there is none */
};

/* DIR is the state directory, FILE one of the names above, STATUS_FILE as
 * configured, or NULL. A file that cannot be read, or that others can change,
 * counts as empty. */
void damage_load(struct world *world, int dir, const char *file,
		 const char *status_file, struct damage *damage);
/* TARGET is damaged, for the reason in TEXT. */
void damage_found(struct damage *damage, const char *target,
		  const char *text, int64_t now_ms);
/* TARGET is not, or not any more. */
void damage_gone(struct damage *damage, const char *target, int64_t now_ms);
/* The state of TARGET can be used: what was told of it goes to NOTE, which is
 * of that state. True: it is to be saved. */
bool damage_hand_back(struct damage *damage, const char *target,
		      struct alarm_note *note);
/* .. but could not be saved: this keeps a copy of NOTE. */
void damage_keep(struct damage *damage, const char *target,
		 const struct alarm_note *note);
/* Without those of whom nothing is to be told any more; 0 or a negative errno.
 * Does nothing where nothing IS_NEW. */
int damage_save(struct world *world, int dir, struct damage *damage);
void damage_clear(struct damage *damage);
