/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"

/*
 * The dane directory: NAME/{cert,chain,fullchain,privkey,combined}.pem, or
 * some of them, symbolic links that services read. They are relative, so a copy
 * of the tree (a container) stays whole. combined.pem leads to a held file,
 * wherever the others do: certbot has none like it.
 *
 * NAME/.generation is a symbolic link, too, but to nothing: its text is a
 * number that grows with each switch and moves with the others. The state's
 * number is saved before; so a state with a smaller one than the links is old,
 * one that came back from a backup, and links whose number is smaller by more
 * than one are.
 *
 * links*.c, held*.c and atomic.c are the only callers of world->rename and
 * world->exchange.
 */
#define LINKS_GENERATION_MAX 999999999U

enum links_place {
	LINKS_ABSENT,		/* no directory NAME */
	LINKS_REST,		/* -> live/NAME/KIND.pem */
	LINKS_ARCHIVE,		/* -> archive/NAME/KIND<number>.pem */
	LINKS_HELD,		/* -> held files in the state directory */
	LINKS_MIXED,		/* an interrupted switch */
	LINKS_FOREIGN,		/* something that we did not make */
};

struct links {
	enum links_place place;
	unsigned number;		/* LINKS_ARCHIVE */
	struct fingerprint held;	/* LINKS_HELD */
	unsigned files;			/* those that there are, PEM_BIT() each;
					   where combined.pem is the only one
					   PLACE is LINKS_HELD */
	struct fingerprint combined;	/* if in FILES: where it leads */
	unsigned generation;		/* 0: not known; older programs made
					   none */
};

/* Where the links lead now. *DETAIL (allocated or NULL) explains
 * LINKS_MIXED and LINKS_FOREIGN. 0 or a negative errno. */
int links_read(const struct lineage *lineage, struct links *links,
	       char **detail);

/* They are the same files and lead to the same places. */
bool links_equal(const struct links *a, const struct links *b);

/*
 * Makes the links in WANTED->files lead to WANTED (REST, ARCHIVE or HELD) as
 * one step, the others go: ".NAME.new" is built beside NAME and exchanged with
 * it; where that fails for whatever reason, link by link with rename, the
 * certificate last of all but the generation, with WANTED->generation. Safe
 * to repeat after a crash at any point. A directory with foreign content is
 * kept as ".NAME.old-N". 0 or a negative errno; *DETAIL says what failed.
 */
int links_switch(const struct lineage *lineage, const struct links *wanted,
		 char **detail);

/* What an interrupted switch did to the links is on the disk when this returns
 * 0; it is seen by what it left beside them. The dane directory itself is the
 * caller's to sync. */
int links_secure(const struct lineage *lineage);

/* Removes what an interrupted switch left beside them. */
void links_sweep(const struct lineage *lineage);
