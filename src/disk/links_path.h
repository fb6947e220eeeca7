/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/*
 * The texts of the links in the dane directory. Pure: paths are taken as
 * they are written, nothing is looked up.
 */

/* From the directory FROM to TO, both absolute: "../../b". NULL when either
 * is not absolute. Allocated. */
char *path_relative(const char *from, const char *to);

/* The text of the link for KIND (PEM_CERT, ..); WANTED is REST, ARCHIVE or
 * HELD. NULL as for path_relative(). Allocated. */
char *links_text(const struct lineage *lineage, int kind,
		 const struct links *wanted);

/* The reverse: true when TEXT is what links_text() would give for *LINKS,
 * or the absolute path of the same file. */
bool links_text_parse(const struct lineage *lineage, int kind,
		      const char *text, struct links *links);

/* They lead to the same place. */
bool links_equal(const struct links *a, const struct links *b);
