/* SPDX-License-Identifier: MIT */
#pragma once

#include "tell/setup.h"

/*
 * What the parts of the setup command print with, on standard output. A piece
 * begins with "# ---- WHERE" and ends at the next such line; between them is
 * nothing but what belongs there, and comments.
 */
#define SETUP_PRINTF __attribute__((format(printf, 1, 2)))
void setup_part(const char *title);
void setup_piece(const char *format, ...) SETUP_PRINTF;
/* A comment, filled to the width of a terminal. */
void setup_note(const char *format, ...) SETUP_PRINTF;

/* What alnitak.conf lacks for ZONE and SERVER, as a piece for it; nothing where
 * it has all. */
void setup_lacks(const struct setup *setup, const struct setup_zone *zone,
		 enum setup_server server);

/* How a key is made for SERVER, by MAKER where it is not there yet, and comes
 * to where SERVER may read it: that path, allocated. */
char *setup_key_made(const struct setup_key *key, enum setup_server server,
		     const char *maker);
