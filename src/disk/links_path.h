/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/*
 * The names and texts of the links in the dane directory. Pure: paths are
 * taken as they are written, nothing is looked up.
 */

/* What is in dane/NAME: the links that services read, PEM_CERT to
 * PEM_COMBINED, and that of the generation. */
enum { LINK_GENERATION = PEM_LINKS, LINK_KINDS };

/* "cert.pem", ..; allocated. */
char *links_name(int kind);

/* The text of the link for KIND (PEM_CERT, ..); WANTED is REST, ARCHIVE or
 * HELD, and PEM_COMBINED leads to WANTED->combined; of LINK_GENERATION it is
 * the number. The archive is LINEAGE's if it has one noted, else archive/NAME.
 * NULL where a path is not absolute. Allocated. */
char *links_text(const struct lineage *lineage, int kind,
		 const struct links *wanted);

/* The reverse: true when TEXT is what links_text() would give for *LINKS,
 * or the absolute path of the same file. A link into archive/NAME while the
 * archive has another name is LINKS_MIXED: ours, but not of now. Of
 * PEM_COMBINED it is a place as of any other. */
bool links_text_parse(const struct lineage *lineage, int kind,
		      const char *text, struct links *links);

/* The four that certbot has lead to the same place. links_equal() is here as
 * well. */
bool links_places_equal(const struct links *a, const struct links *b);
