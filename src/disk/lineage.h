/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/lineage_name.h"
#include "cert/chains.h"
#include "disk/version.h"

/* Open directories, and the paths they were opened by (absolute). */
struct links_places {
	int dane, letsencrypt, state;
	const char *dane_path, *letsencrypt_path, *state_path;
	struct shelf *shelf;	/* for what is read there; may be NULL */
};

/*
 * A certbot lineage, where everything of it is: certbot numbers its versions
 * in its archive, and live/NAME shows one of them; its links are dane/NAME,
 * what we hold of it is held/NAME in the state directory. The functions of
 * this header need letsencrypt only.
 *
 * The archive is archive/NAME, or where the links of live/NAME lead. ARCHIVE
 * is its directory, below letsencrypt as a relative path, else as an absolute
 * one; NULL: whoever needs it asks lineage_archive_path().
 */
struct lineage {
	struct world *world;
	const struct links_places *places;
	const char *name;
	const char *archive;
};

/*
 * What live/NAME shows: all four links must lead to the same number in the
 * same archive, the one that certbot would take. *NUMBER is that number.
 */
enum version_error lineage_load_live(const struct lineage *lineage,
				     struct chain **chain, unsigned *number,
				     char **detail);

/* ---- lineage_place.c -------------------------------------------------- */

/*
 * The lineage's archive, as struct lineage has it: where live/NAME leads;
 * without it what renewal/NAME.conf says, or our own links; at last
 * archive/NAME. Allocated. *TROUBLE is 0, or the negative errno of something
 * that could not be read: the archive may then be another one.
 */
char *lineage_archive_path(const struct lineage *lineage, int *trouble);

/* ---- lineage_archive.c ------------------------------------------------ */

/* The number in "KINDn.pem", as certbot writes it; 0 when NAME is another. */
unsigned lineage_file_number(const char *name, const char *kind);

/* KIND NUMBER.pem of the archive. */
enum version_error lineage_load_archive(const struct lineage *lineage,
					unsigned number, struct chain **chain,
					char **detail);

/*
 * The number under which the archive holds this VERSION, the highest one
 * that is complete; 0 when there is none. Looks at the full chains first so
 * that other versions cost little. *TROUBLE is 0, or the negative
 * errno of something that could not be read: then 0 does not mean gone.
 */
unsigned lineage_find(const struct lineage *lineage,
		      const struct fingerprint *version, int *trouble);

/*
 * The fullchains in the archive that parse, for telling own records from
 * others' (incomplete versions count here). Freed with chains_free(). *TROUBLE
 * as of lineage_find().
 */
struct chains lineage_archive_chains(const struct lineage *lineage,
				     int *trouble);

/* The versions in the archive that are complete, as they can go into service;
 * else like lineage_archive_chains(). *MORE: there are others, which may have
 * been in service when they were. */
struct chains lineage_archive_versions(const struct lineage *lineage,
				       bool *more, int *trouble);
