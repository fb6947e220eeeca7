/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/held.h"

/* ---- held_drop.c ------------------------------------------------------ */

/* Opens held/NAME, made if MAKE says so and then on the disk. The handle or a
 * negative errno. */
int held_open_lineage(const struct lineage *lineage, bool make);
/* What held_add_next() calls a version, in the same place; allocated. */
char *held_next_name(const struct fingerprint *version);
/* Removes the version ENTRY from DIR, held/NAME; absent is fine. */
int held_remove_version(struct world *world, int dir, const char *entry);

/* ---- held_combined.c -------------------------------------------------- */

/*
 * Makes combined.pem in DIR of privkey.pem and fullchain.pem there, with the
 * rights of privkey.pem; it is on the disk when this returns 0. A negative
 * errno leaves what was there.
 */
int held_combine(struct world *world, int dir);
/* Is DIR/PATH/combined.pem exactly what held_combine() would make? */
bool held_is_combined(struct world *world, int dir, const char *path);

/* ---- held_rights.c ---------------------------------------------------- */

/*
 * Whoever can reach the lineage's files in the archive shall reach them here,
 * and nobody else: held/NAME, open in DIR, is given the rights of what has
 * the archive in it, "archive", and the version ENTRY those of the archive,
 * archive/NAME; LINEAGE has it noted. 0, or the negative errno
 * of the first that could not be given; what is gone from the archive changes
 * nothing.
 */
int held_copy_rights(const struct lineage *lineage, int dir,
		     const char *entry);
/* Everybody may go through "held", open in DIR: what lies behind has rights of
 * its own. */
int held_open_way(struct world *world, int dir);
