/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/outside.h"
#include "errand/desk.h"

/* outside_ask() on errands, of as many owners as there may be. Called by
 * look/outside_all.c. Where an errand brought nothing all is unseen. */
void errand_outside(const struct errand_desk *desk, const char *const *owners,
		    size_t n, struct outside *outside);
