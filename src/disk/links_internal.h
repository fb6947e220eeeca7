/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"
#include "disk/links_path.h"

/*
 * The parts of a switch: links.c builds and exchanges, links_singly.c goes link
 * by link, links_clear.c removes what is left and keeps what others made.
 */
#define LINKS_DIRECTORY_MODE 0755

/* One switch under way. */
struct move {
	struct lineage at;
	const struct links *wanted;
	char *fresh;		/* ".NAME.new" */
	char **detail;
};

/* Is the link KIND among those that are wanted? */
bool move_wants(const struct move *move, int kind);
/* Says in the detail what failed; gives ERROR back. */
int move_fail(const struct move *move, const char *what, const char *entry,
	      int error);
/* Of the link-by-link way: made here, then moved over the link. Allocated. */
char *move_temporary_name(int kind);
/* The link for KIND under the name ENTRY in DIR. */
int move_make_link(const struct move *move, int dir, int kind,
		   const char *entry);

/* ---- links_clear.c ---------------------------------------------------- */

/* ".NAME.old-N", the first that is free; allocated, or NULL. */
char *move_aside_name(const struct move *move);
/*
 * Removes ".NAME.new": a half-built directory, or the one that an exchange
 * put there. Only then can it hold what others made, and is set aside.
 */
int move_clear_fresh(const struct move *move);

/* ---- links_singly.c --------------------------------------------------- */

/*
 * Where the file system cannot exchange. None moves before all are made: a
 * full disk leaves them as they were. The certificate last: who watches one
 * file for changes watches that. Only then go those that are not wanted any
 * more, and the generation moves. NOW is where they lead.
 */
int move_singly(const struct move *move, const struct links *now);
