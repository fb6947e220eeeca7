/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"

/* The largest unsigned message: signing must still fit in 64 KiB. */
#define UPDATE_SIZE_MAX (65535 - TSIG_ROOM_MAX)

/*
 * Octets of the unsigned message that update_build() would make, which may
 * be more than UPDATE_SIZE_MAX; then, as for a name that is none or a record
 * beyond TLSA_DATA_MAX (0 here), update_build() returns NULL. What it
 * returns has TSIG_ROOM_MAX octets of room behind the message.
 */
size_t update_measure(const char *zone, const struct update_change *changes,
		      size_t change_count);
