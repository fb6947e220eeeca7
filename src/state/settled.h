/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"

/*
 * What runs have found at rest, so that the next one need not read it again:
 * the text of one file, a line for each target, and what others must be told of
 * it all the same. It only saves time. Who believes a line has seen first that
 * nothing has changed since (run/rests.h); one that is wrong or missing has the
 * target read as ever.
 */
struct settled_target {
	char *name;
	struct fingerprint print;	/* of all that it rests on */
	unsigned number;		/* of the version in the archive */
	bool copied;			/* what is held is no hard link to the
					   archive */
	struct chain chain;		/* in service: leaf, version and dates,
					   and no certificates */
	int64_t looked_ms;		/* as in the state */
	struct moment saved;
};

struct settled {
	struct settled_target *items;	/* sorted by their names */
	size_t count;
};

/* For items in any order, each name once. */
void settled_sort(struct settled *settled);

/* Allocated. WRITER says which program writes it: one word. */
char *settled_format(const struct settled *settled, const char *writer);

/* False: it is not whole, of another WRITER, or no such text at all, and
 * SETTLED is empty. Else it is the caller's to clear. */
bool settled_parse(const char *text, size_t size, const char *writer,
		   struct settled *settled);

/* NULL: it is not there. */
struct settled_target *settled_find(const struct settled *settled,
				    const char *name);
/* A copy of what FROM has. */
void settled_add(struct settled *settled, const struct settled_target *from);
void settled_clear(struct settled *settled);
