/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/* What one name in a dane directory is. links_read() is here as well. */
enum entry_kind { ENTRY_OURS, ENTRY_MISSING, ENTRY_FOREIGN };

/*
 * Looks at ENTRY in the open directory DIR of NAME as at its link for KIND:
 * *FOUND, for ENTRY_OURS *LINKS, and where it is a link its text, allocated,
 * in *TEXT (else NULL). 0 or a negative errno.
 */
int links_read_entry(struct world *world, const struct links_places *places,
		     const char *name, int dir, const char *entry, int kind,
		     enum entry_kind *found, struct links *links, char **text);
