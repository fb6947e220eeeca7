/* SPDX-License-Identifier: MIT */
#pragma once

#include "errand/desk.h"

/* zone_resolve_hosts() on errands. Called by look/probe.c. A host whose errand
 * brought nothing has no address. */
void errand_resolve(const struct errand_desk *desk, const char *const *hosts,
		    size_t n, struct address **addresses, size_t *counts);
