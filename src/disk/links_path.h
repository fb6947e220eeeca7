/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/*
 * The texts of the links in the dane directory. Pure: paths are taken as
 * they are written, nothing is looked up.
 */

/* The text of the link for KIND (PEM_CERT, ..); WANTED is REST, ARCHIVE or
 * HELD. The archive is LINEAGE's if it has one noted, else archive/NAME. NULL
 * where a path is not absolute. Allocated. */
char *links_text(const struct lineage *lineage, int kind,
		 const struct links *wanted);

/* The reverse: true when TEXT is what links_text() would give for *LINKS,
 * or the absolute path of the same file. A link into archive/NAME while the
 * archive has another name is LINKS_MIXED: ours, but not of now. */
bool links_text_parse(const struct lineage *lineage, int kind,
		      const char *text, struct links *links);

/* They lead to the same place. */
bool links_equal(const struct links *a, const struct links *b);
