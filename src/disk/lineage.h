/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/lineage_name.h"
#include "cert/chain.h"

/*
 * A certbot lineage as it is on disk. A version is a set of four files
 * (cert, chain, fullchain, privkey); it counts only when all four are there,
 * parse, belong together (cert is the leaf of fullchain, the key is the
 * leaf's) and is known by the SHA-256 of its leaf, never by its number.
 */
enum { PEM_CERT, PEM_CHAIN, PEM_FULLCHAIN, PEM_PRIVKEY, PEM_KINDS };
extern const char *const pem_kind_names[PEM_KINDS];	/* "cert", .. */

enum version_error {
	VERSION_OK,
	VERSION_ABSENT,		/* no directory or none of the files */
	VERSION_INCOMPLETE,	/* some of the four are missing */
	VERSION_UNREADABLE,	/* an I/O error, a directory, too large */
	VERSION_BAD_CHAIN,
	VERSION_KEY_MISMATCH,
	VERSION_MIXED,		/* links lead to different numbers, or cert
				   and fullchain differ */
	VERSION_BAD_LAYOUT,	/* a live link does not lead to
				   ../../archive/NAME/KINDn.pem */
};
const char *version_error_text(enum version_error error);

/*
 * Reads and checks the four files of a version in the directory at PATH
 * (relative to DIR), named KIND SUFFIX ".pem" (SUFFIX "" or "3"). *CHAIN is
 * the caller's on VERSION_OK, else NULL; *DETAIL, allocated or NULL, says
 * which file and what about it.
 */
enum version_error version_load(struct world *world, int dir,
				const char *path, const char *suffix,
				struct chain **chain, char **detail);

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
 * others' (incomplete versions count here). Freed with chain_free() each and
 * free().
 */
struct chain **lineage_archive_chains(struct world *world, int dir,
				      const char *name, size_t *count);
