/* SPDX-License-Identifier: MIT */
#pragma once

#include "errand/desk.h"

/*
 * zones_discover() on errands: finds the zones of OWNERS. Called by
 * look/survey_all.c. In what comes back nobody has looked into the DS records:
 * they go to the errands of the survey as they are. An owner whose errand
 * brought nothing has no zone, and why.
 */
void errand_discover(const struct errand_desk *desk,
		     const char *const *owners, size_t n, struct zones *zones);
