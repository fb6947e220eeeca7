/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "disk/lineage.h"

/*
 * Rights on what the configuration names, for configtest: nobody but root and
 * us may change what is believed or presented, and who may read a private key
 * must be able to come to it. Each fault is one line with its remedy; false
 * where there was one.
 */

/* Of configuration and directories, up to the root. */
bool rights_test(struct world *world, const struct config *config);

/*
 * Of the private key that live/NAME shows, and of the ways to it. A service
 * reads it as the group that may, or as a user or group that its access list
 * names: through the links, from the archive, and from what is held. FOLDERS
 * has those that were named already; the caller clears it.
 */
bool rights_test_lineage(const struct lineage *lineage, struct texts *folders);
