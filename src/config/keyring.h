/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/tsig.h"
#include "world/world.h"

/*
 * TSIG keys by the path of their file. A file that others can read (but for a
 * group of services, see trust_hides()) or change is refused. Each path is read
 * once; the text is wiped right after parsing, the keys when the ring is
 * cleared.
 */
struct keyring_entry {
	char *path;
	char *file;		/* PATH without "#NAME" */
	struct tsig_key *key;	/* NULL: could not be loaded */
	char *detail;		/* then: one line, why and what to do */
};

struct keyring {
	struct keyring_entry *entries;
	size_t count;
};

/*
 * The entry for PATH, loaded now if it is new. Never NULL. PATH may end in
 * "#NAME" to choose one of several keys in the file, unless there is a file of
 * that very path. The entry may move at the next call; its key and detail stay
 * where they are until the ring is cleared.
 */
const struct keyring_entry *keyring_find(struct keyring *keyring,
					 struct world *world,
					 const char *path);
void keyring_clear(struct keyring *keyring);
