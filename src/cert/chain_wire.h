/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/octets.h"
#include "cert/chain.h"

/* A chain that one process read for another (errand/showing.h). Whoever takes
 * it parses nothing: certificates are octets to it, of which it makes digests.
 */
void chain_put(struct octets *octets, const struct chain *chain);
/* NULL, and READER is bad, where it is none. */
struct chain *chain_take(struct octets_reader *reader);
