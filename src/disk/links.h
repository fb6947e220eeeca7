/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"

/*
 * The dane directory: NAME/{cert,chain,fullchain,privkey}.pem, symbolic
 * links that services read. They are relative, so a copy of the tree (a
 * container) stays whole. links.c, held.c and atomic.c are the only callers of
 * world->rename and world->exchange.
 */
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
};

/* Open directories, and the paths they were opened by (absolute). */
struct links_places {
	int dane, letsencrypt, state;
	const char *dane_path, *letsencrypt_path, *state_path;
};

/* Where the links of NAME lead now. *DETAIL (allocated or NULL) explains
 * LINKS_MIXED and LINKS_FOREIGN. 0 or a negative errno. */
int links_read(struct world *world, const struct links_places *places,
	       const char *name, struct links *links, char **detail);

/*
 * Makes all four links lead to WANTED (REST, ARCHIVE or HELD) as one step:
 * ".NAME.new" is built beside NAME and exchanged with it; where that
 * fails for whatever reason, link by link with rename, certificate last. Safe
 * to repeat after a crash at any point. A directory with foreign content is
 * kept as ".NAME.old-N". 0 or a negative errno; *DETAIL says what failed.
 */
int links_switch(struct world *world, const struct links_places *places,
		 const char *name, const struct links *wanted, char **detail);

/* What an interrupted switch did to the links of NAME is on the disk when this
 * returns 0; it is seen by what it left beside them. The dane directory itself
 * is the caller's to sync. */
int links_secure(struct world *world, const struct links_places *places,
		 const char *name);

/* Removes what an interrupted switch left beside NAME. */
void links_sweep(struct world *world, const struct links_places *places,
		 const char *name);

/*
 * Holds the version with this LEAF: hard links of its four files (copies of
 * mode 0600 where those are refused) under held/NAME/HEX/ in the state
 * directory, on the disk when this returns. NUMBER is its number in the
 * archive. Does nothing when it is held already.
 */
int links_hold(struct world *world, const struct links_places *places,
	       const char *name, unsigned number,
	       const struct fingerprint *leaf, char **detail);

/* The held version, checked like any other. */
enum version_error links_load_held(struct world *world,
				   const struct links_places *places,
				   const char *name,
				   const struct fingerprint *leaf,
				   struct chain **chain, char **detail);

/* Lets go of every held version of NAME but KEEP (NULL: of all). */
int links_release_held(struct world *world, const struct links_places *places,
		       const char *name, const struct fingerprint *keep);
