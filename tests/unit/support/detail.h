/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

/* What report_detail() says of ACTION is one line that has all of PARTS, which
 * end with NULL. */
void expect_detail(const struct facts *facts, const struct action *action,
		   const char *const *parts);
