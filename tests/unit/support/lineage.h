/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"
#include "support/certificates.h"

/*
 * A lineage NAME on a real disk, in the letsencrypt directory DIR at
 * DIRECTORY: version 1 is FIRST and 2 is SECOND, and the live links show 1.
 * LINEAGE is it.
 */
#define NAME "mail.test"

extern struct test_pki *pki;
extern struct test_version *first, *second;
extern struct world disk;
extern char *directory;
extern int dir;
extern struct lineage lineage;

/* For cmocka: of the group, and of every test. */
int lineage_open_all(void **state);
int lineage_close_all(void **state);
int lineage_open(void **state);
int lineage_close(void **state);

struct fingerprint lineage_version(const struct test_version *version);
/* Removes PATH below DIRECTORY. */
void lineage_remove(const char *path);
/* Loads version NUMBER, and wants DETAIL_PART (or NULL) in what is said. */
void lineage_expect_archive(unsigned number, enum version_error want,
			    const char *detail_part);
