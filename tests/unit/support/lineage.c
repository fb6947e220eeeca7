/* SPDX-License-Identifier: MIT */
#include "support/lineage.h"

#include "base/xalloc.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>

struct test_pki *pki;
struct test_version *first, *second;
struct world disk;
char *directory;
int dir;
static struct links_places places;
struct lineage lineage = { &disk, &places, NAME, NULL };

int lineage_open_all(void **state)
{
	(void)state;
	pki = test_pki_open();
	first = test_version_make(pki, "a.test", TEST_LEAF_EC);
	second = test_version_make(pki, "b.test", TEST_LEAF_ED25519);
	world_posix_open(&disk);
	return 0;
}

int lineage_close_all(void **state)
{
	(void)state;
	world_posix_close(&disk);
	test_version_free(first);
	test_version_free(second);
	test_pki_close(pki);
	return 0;
}

int lineage_open(void **state)
{
	(void)state;
	directory = test_directory_make();
	dir = disk.dir_open(&disk, WORLD_CWD, directory);
	assert_true(dir >= 0);
	places.letsencrypt = dir;
	places.letsencrypt_path = directory;
	test_archive_write(directory, NAME, 1, first);
	test_archive_write(directory, NAME, 2, second);
	test_live_write(directory, NAME, 1);
	return 0;
}

int lineage_close(void **state)
{
	(void)state;
	disk.dir_close(&disk, dir);
	test_directory_remove(directory);
	return 0;
}

struct fingerprint lineage_version(const struct test_version *version)
{
	struct fingerprint fingerprint;
	struct chain *chain;

	assert_int_equal(chain_parse(version->fullchain,
				     strlen(version->fullchain),
				     &chain), CHAIN_OK);
	fingerprint = chain->version;
	chain_free(chain);
	return fingerprint;
}

void lineage_remove(const char *path)
{
	char *full = xasprintf("%s/%s", directory, path);

	assert_int_equal(remove(full), 0);
	free(full);
}

void lineage_expect_archive(unsigned number, enum version_error want,
			    const char *detail_part)
{
	struct chain *chain = NULL;
	char *detail;

	assert_int_equal(lineage_load_archive(&lineage, number, &chain,
					      &detail), want);
	assert_int_equal(chain != NULL, want == VERSION_OK);
	if (detail_part) {
		assert_non_null(detail);
		assert_non_null(strstr(detail, detail_part));
	}
	free(detail);
	chain_free(chain);
}
