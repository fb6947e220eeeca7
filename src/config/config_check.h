/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "config/config_scan.h"

/* What can be judged only when all values of a kind are known. Faults are
 * reported and counted in FAULTS. */

/* Reports records that TARGET names twice. SECTION is where it stands. */
void config_check_specs(const struct config_target *target,
			const struct config_scan_section *section,
			struct config_faults *faults);

/* Reports zones and targets that are there twice. */
void config_check_sections(const struct config *config,
			   struct config_faults *faults);
