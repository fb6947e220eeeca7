/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"

/*
 * Several certificates under one consideration: those that some service may
 * still present, or those that must keep a match whatever is changed in DNS.
 * An entry is NULL where a version is known by its fingerprint alone, because
 * its files are gone; who needs to know it must then assume the worst.
 *
 * The chains are borrowed; the array is ours, or a single variable's:
 *
 *	struct chains one = { &goal, 1 };
 */
struct chains {
	struct chain **items;
	size_t count;
};

/* CHAIN may be NULL. */
void chains_add(struct chains *chains, struct chain *chain);
/* The same, but for one that is there already. */
void chains_add_once(struct chains *chains, struct chain *chain);
/* Frees the array, not the chains. */
void chains_clear(struct chains *chains);
/* Frees the chains as well: for those who load them to look at once. */
void chains_free(struct chains *chains);
