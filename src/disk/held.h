/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"

/*
 * Versions kept for the links of a pin, held/NAME/HEX/KIND.pem in the state
 * directory (HEX is the fingerprint, see chain_is()): certbot deletes from its
 * archive what it no longer needs, even while services still read it.
 */

/*
 * Holds VERSION, which is NUMBER in the archive: hard links of its
 * four files (copies of mode 0600 where those are refused), on the disk when
 * this returns. Does nothing when it is held already. 0 or a negative errno;
 * *DETAIL, allocated or NULL, says what failed.
 */
int held_add(const struct lineage *lineage, unsigned number,
	     const struct fingerprint *version, char **detail);

/* The held version, checked like any other. */
enum version_error held_load(const struct lineage *lineage,
			     const struct fingerprint *version,
			     struct chain **chain, char **detail);

/* Lets go of every held version but KEEP (NULL: of all), and of none that the
 * links lead to. 0 or a negative errno. */
int held_drop(const struct lineage *lineage, const struct fingerprint *keep);
