/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/* Reads the state of TARGET, which is CONFIG's and has nothing yet, and sees to
 * what must be so before anything is decided about it. */
void run_load_target(struct pass *pass, struct target *target,
		     const struct config_target *config);
