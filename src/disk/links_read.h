/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/* What one name in a dane directory is. links_read() is here as well. */
struct entry {
	enum { ENTRY_OURS, ENTRY_MISSING, ENTRY_FOREIGN } is;
	struct links links;	/* ENTRY_OURS: where it alone leads; of
				   LINK_GENERATION the number */
	char *text;		/* where it is a link; the caller frees */
};

/* Looks at NAME in the open directory DIR as at the link for KIND. 0 or a
 * negative errno; *ENTRY is filled in either case. */
int links_read_entry(const struct lineage *lineage, int dir, const char *name,
		     int kind, struct entry *entry);
