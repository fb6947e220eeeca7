/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/pem_kind.h"
#include "cert/chain.h"
#include "cert/shelf.h"
#include "world/world.h"

/*
 * One version of a certificate on the disk: a set of four files (cert, chain,
 * fullchain, privkey). It counts only when all four are there, parse and
 * belong together (cert is the leaf of fullchain, the key is the leaf's), and
 * is known by its fingerprint (chain_is()), never by its number. Its issuers
 * are those that fullchain as well as cert and chain have.
 */
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
 * which file and what about it. SHELF has what was read before; or NULL.
 */
enum version_error version_load(struct world *world, struct shelf *shelf,
				int dir, const char *path, const char *suffix,
				struct chain **chain, char **detail);
