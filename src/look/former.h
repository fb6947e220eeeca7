/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * What was in service last, as far as the disk tells where the state does not:
 * FACTS has live, links, shown and returned, and gets former and kept. That of
 * combined.pem, which nobody but this program makes; or what the links show, if
 * that is held; or what the files are that somebody put in the place of the
 * links, if it is on the disk elsewhere, too; or what is held and ends last.
 */
void former_load(struct facts *facts, const struct lineage *lineage);
