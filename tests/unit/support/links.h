/* SPDX-License-Identifier: MIT */
#pragma once

#include "unit.h"

#include "disk/held.h"
#include "disk/links.h"
#include "support/certificates.h"
#include "support/faults.h"

/*
 * A real tree for the tests of links: ROOT/etc/{alnitak/dane,letsencrypt} and
 * ROOT/state, a lineage NAME with versions 1 and 2 in its archive, 2 being
 * live, and no links yet. WORLD is the real one behind FAULTS.
 */
#define NAME "mail.example.com"

struct fixture {
	struct world real, world;
	struct faults faults;
	char *root, *dane_path, *letsencrypt_path, *state_path;
	struct links_places places;
	struct lineage lineage, real_lineage;	/* NAME, in either world */
	struct fingerprint version[3];	/* of versions 1 and 2 */
};

/* For cmocka: *STATE is the fixture. */
int fixture_open(void **state);
int fixture_close(void **state);

/* All but combined.pem. */
#define FOUR (PEM_BIT(PEM_KINDS) - 1)

extern const struct links fixture_rest, fixture_one, fixture_two;

/* All five links to version NUMBER in the archive, which is held. */
struct links fixture_whole(struct fixture *fixture, unsigned number,
			   unsigned generation);

/* Without faults from now on, calls counted anew. */
void fixture_calm(struct fixture *fixture);

/* The place; .. and which links there are, and their generation. */
void assert_links(struct fixture *fixture, const struct links *want);
void assert_links_are(struct fixture *fixture, const struct links *want);
/* The four files that services read are there and of one version, which is
 * NUMBER if that is not 0. */
void assert_served(struct fixture *fixture, unsigned number);
/* combined.pem is the key and the full chain of NUMBER in the archive. */
void assert_combined(struct fixture *fixture, unsigned number);
/* What is in DIR, sorted and separated by blanks. */
void assert_entries(struct fixture *fixture, int dir, const char *want);

/* links_switch() through the faults; *DETAIL as there. */
int switch_to(struct fixture *fixture, const struct links *wanted,
	      char **detail);
/* .. and all is well, and on the disk. */
void assert_switches(struct fixture *fixture, const struct links *wanted);

/* Something of the lineage's name that somebody else made. */
void write_foreign(struct fixture *fixture);
/* PATH, below the directory of links, says WANT still. */
void assert_kept(struct fixture *fixture, const char *path, const char *want);
