/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"

/* Between chain_read.c and chain.c. */

bool certificate_equal(const struct certificate *a,
		       const struct certificate *b);
/* Frees what it holds. */
void certificate_clear(struct certificate *certificate);

/* Notes the digest of all that is in CHAIN: whenever that is another. */
void chain_take_version(struct chain *chain);
/* The same, and that of the leaf. */
void chain_take_digests(struct chain *chain);
