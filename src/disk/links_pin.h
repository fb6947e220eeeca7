/* SPDX-License-Identifier: MIT */
#pragma once

#include "disk/links.h"

/*
 * The pin that needs nothing: no state, no held files, no lock. A link that
 * follows live is led to the file of the archive that live shows at this
 * moment. What it shows does not change, so each link can be moved by itself,
 * and neither promises nor other instances have a say in it. For
 * command/command_pre.c, before certbot moves live.
 */

/* Does any link of LINEAGE follow live? What cannot be read counts as one
 * that does. */
bool links_follow_live(const struct lineage *lineage);

/* Are there links, is none of them led by live, and does each lead to a
 * file? Then certbot can renew, and nothing changes for the services. */
bool links_are_pinned(const struct lineage *lineage);

/*
 * Pins those that do; all that is there is on the disk when this returns 0.
 * *NUMBER is their version, 0 where none followed. Else a negative errno, and
 * *DETAIL (allocated or NULL) says what is the matter.
 */
int links_pin_live(const struct lineage *lineage, unsigned *number,
		   char **detail);
