/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"

/*
 * The version in service is held, held/NAME/HEX/KIND.pem in the state directory
 * (HEX is the fingerprint, see chain_is()), at rest as well: certbot deletes
 * from its archive what it no longer needs, even while services still read it,
 * and a person deletes a lineage. combined.pem is there alone.
 *
 * The directories can be reached by whom the archive could: each is given the
 * owner, group, mode and access list of the one that stands for it there.
 */

/*
 * Holds VERSION, which is NUMBER in the archive (0: not there any more): hard
 * links of its four files (copies with the same rights where those are
 * refused), and combined.pem if that is in FILES, PEM_BIT() each; all on the
 * disk when this returns. Does only what is not done already. 0 or a negative
 * errno; *DETAIL, allocated or NULL, says what failed.
 */
int held_add(const struct lineage *lineage, unsigned number,
	     const struct fingerprint *version, unsigned files, char **detail);

/*
 * Holds the four files of a VERSION that is not in service, but waits for its
 * turn, where held_load() finds them and held_load_all() does not; held_add()
 * takes them over. As held_add() in all else.
 */
int held_add_next(const struct lineage *lineage, unsigned number,
		  const struct fingerprint *version, char **detail);

/* The held version, its four files checked like any other. */
enum version_error held_load(const struct lineage *lineage,
			     const struct fingerprint *version,
			     struct chain **chain, char **detail);

/* Would held_add() find nothing to do? */
bool held_is_whole(const struct lineage *lineage,
		   const struct fingerprint *version, unsigned files);

/* Adds all that are held, but those that are damaged, to *ALL; the chains are
 * the caller's. 0, or a negative errno: some cannot be read. */
int held_load_all(const struct lineage *lineage, struct chains *all);

/*
 * Lets go of every held version but KEEP (NULL: of all) and NEXT, of
 * held_add_next() (NULL: none), and of none that the links lead to; of
 * combined.pem of the rest, too, where that is not in FILES. 0 or a negative
 * errno.
 */
int held_drop(const struct lineage *lineage, const struct fingerprint *keep,
	      const struct fingerprint *next, unsigned files);

/* Brings the rights up to date, as far as possible. */
void held_mend(const struct lineage *lineage);
