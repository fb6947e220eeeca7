/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/lineage_name.h"
#include "cert/chains.h"
#include "disk/version.h"

/* A certbot lineage as it is on disk: its versions are numbered in the
 * archive, and live shows one of them. */

/*
 * What live/NAME shows in the letsencrypt directory DIR: all four links must
 * lead to the same number in archive/NAME. *NUMBER is that number.
 */
enum version_error lineage_load_live(struct world *world, int dir,
				     const char *name, struct chain **chain,
				     unsigned *number, char **detail);

/* ---- lineage_archive.c ------------------------------------------------ */

/* The number in "KINDn.pem", as certbot writes it; 0 when NAME is another. */
unsigned lineage_file_number(const char *name, const char *kind);

/* archive/NAME/KIND NUMBER.pem. */
enum version_error lineage_load_archive(struct world *world, int dir,
					const char *name, unsigned number,
					struct chain **chain, char **detail);

/*
 * The number under which archive/NAME holds the version with this leaf, the
 * highest one that is complete; 0 when there is none. Looks at cert files
 * first so that other versions cost little. *TROUBLE is 0, or the negative
 * errno of something that could not be read: then 0 does not mean gone.
 */
unsigned lineage_find(struct world *world, int dir, const char *name,
		      const struct fingerprint *leaf, int *trouble);

/*
 * The fullchains in archive/NAME that parse, for telling own records from
 * others' (incomplete versions count here). Freed with chains_free().
 */
struct chains lineage_archive_chains(struct world *world, int dir,
				     const char *name);
