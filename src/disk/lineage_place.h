/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/lineage.h"

/*
 * Where certbot keeps the versions of a lineage. It follows the links of
 * live/NAME, which may be relative or absolute, and has them lead into the
 * directory that archive_dir in renewal/NAME.conf names (archive/NAME where it
 * names none): a lineage that was renamed or moved to another disk has an
 * archive of another name. Such a directory is written as struct lineage has
 * it: below letsencrypt as a relative path, else as an absolute one.
 */

/* The absolute path of a directory that is written so. Allocated. */
char *lineage_archive_absolute(const struct lineage *lineage,
			       const char *archive);

/*
 * Where TEXT leads, of a symbolic link for KIND in the directory BASE, which
 * is absolute: false where that is no file KINDn.pem, else *ARCHIVE
 * (allocated) and *NUMBER.
 */
bool lineage_link_parse(const struct lineage *lineage, const char *base,
			const char *text, int kind, char **archive,
			unsigned *number);

/*
 * What speaks against ARCHIVE as a directory to read certificates and keys
 * from: that it is one of links, or of our own, or lies outside of
 * letsencrypt where others than root or we can change what is in it. Begins
 * with its path; allocated, NULL where nothing does.
 */
char *lineage_archive_fault(const struct lineage *lineage,
			    const char *archive);

/*
 * certbot renews into archive_dir, and points the links to that number in the
 * directory where they led before. What to do where these are two, allocated;
 * NULL where they are one, or nothing is known of renewals.
 */
char *lineage_renewal_fault(const struct lineage *lineage);
