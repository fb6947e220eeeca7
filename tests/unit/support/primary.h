/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * A world in which every address 192.0.2.N is a primary that knows one TSIG
 * key, checks each UPDATE's signature (a wrong one fails the test) and
 * answers as BEHAVIOURS[N] says.
 */
#define PRIMARY_NOW 1700000000U		/* its clock and ours, seconds */

enum signing { SIGN_WELL, SIGN_BADLY, SIGN_NOT, SIGN_ERROR };

struct behaviour {
	unsigned rcode;		/* for messages that name LABEL, or all */
	const char *label;
	unsigned later;		/* for all but the first, if there are more */
	enum signing signing;
	unsigned tsig_error;	/* SIGN_ERROR: unsigned error, no MAC */
	enum outcome outcome;
	int error;
};

struct primary {
	struct behaviour behaviours[256];
	size_t batches, questions;	/* asked so far */
	size_t largest;			/* message, octets */
	uint16_t ids[4096];		/* of the messages, in order */
};

/* All of them behave well; nothing was asked. */
extern struct primary primary;
void primary_open(struct world *world);
