/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chain.h"

/*
 * The chains that a command has read, by the octets that they were read from.
 *
 * A pass gathers the disk again before each step, for certbot and people may
 * have changed it; but to decode the same certificates and key once more takes
 * OpenSSL a hundred times as long as to digest their texts. run_open() makes
 * one shelf for each pass, and disk/ asks it for what it has just read. It
 * keeps no octet of a key, and nothing about where a text was: what is found
 * is what the real functions would give.
 *
 *	struct fingerprint key;
 *
 *	shelf_key(&text, 1, &key);
 *	chain = shelf_find(shelf, &key);
 *	if (!chain && !chain_parse(text.data, text.size, &chain))
 *		shelf_put(shelf, &key, chain);
 *
 * All take NULL for a shelf that keeps nothing.
 */
struct shelf;

struct shelf_text {
	const char *data;
	size_t size;
};

struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);

/* What the COUNT texts are known by, in their order. */
void shelf_key(const struct shelf_text *texts, size_t count,
	       struct fingerprint *key);
/* A copy of the chain put there, for chain_free(); NULL: there is none any
 * more. */
struct chain *shelf_find(const struct shelf *shelf,
			 const struct fingerprint *key);
/* Keeps a copy of CHAIN in the place of another one. */
void shelf_put(struct shelf *shelf, const struct fingerprint *key,
	       const struct chain *chain);
