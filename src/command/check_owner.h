/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/trial.h"
#include "tell/checkup.h"

/* The owners of FACTS, into SECTION, for check_target(): of each the zone, the
 * right to change it, every server, and the view from outside. */
void check_owners(struct checkup_section *section, const struct facts *facts,
		  const struct trials *trials);
