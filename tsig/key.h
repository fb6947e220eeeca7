/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/algorithm.h"
#include "tsig/tsig.h"
#include "tsig/wire.h"

#define KEY_NAME_TEXT_SIZE 256	/* with final dot and terminator */
#define KEY_SECRET_MIN 16	/* octets: 128 bits */
#define KEY_SECRET_MAX 512

/* A stretch of the key file: never copied, so that nothing is left to wipe. */
struct text {
	const char *at;	/* NULL: not there at all */
	size_t size;
	unsigned line;	/* on which it begins, from 1 */
};

struct tsig_key {
	char name[KEY_NAME_TEXT_SIZE];
	struct wire_name wire_name;
	enum tsig_algorithm algorithm;
	struct wire_name wire_algorithm;
	size_t secret_size;
	uint8_t secret[KEY_SECRET_MAX + 2];	/* base64 comes in threes */
};

struct octets tsig_key_secret(const struct tsig_key *key);

/* TEXT as tsig_key_name gives it; BAD_NAME where it cannot be a key's. */
enum tsig_key_error tsig_key_name_read(struct text text,
				       char name[KEY_NAME_TEXT_SIZE]);

/*
 * A key of NAME (as tsig_key_name_read left it), ALGORITHM and the base64 of
 * its secret, in which blanks do not count. The caller frees *KEY; on an
 * error there is none.
 */
enum tsig_key_error tsig_key_new(const char *name,
				 enum tsig_algorithm algorithm,
				 struct text base64, struct tsig_key **key);
