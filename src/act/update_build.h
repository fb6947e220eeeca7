/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"

#include <ldns/ldns.h>

/*
 * The messages of update.c, RFC 2136, as packets of ldns: the zone is the
 * question, the prerequisites are the answers, the updates the authority.
 */

/* The largest unsigned message: signing must still fit in 64 KiB. */
#define UPDATE_SIZE_MAX (LDNS_MAX_PACKETLEN - TSIG_ROOM_MAX)

/*
 * Octets of the unsigned message for CHANGES, which may be more than
 * UPDATE_SIZE_MAX. Nothing is compressed: a change adds the same number of
 * octets to whatever message it stands in. 0: a name is none, a record is
 * beyond TLSA_DATA_MAX, or there are more records than a message can count.
 */
size_t update_measure(const char *zone, const struct change *changes,
		      size_t change_count);

/*
 * The unsigned message; the caller's, for ldns_pkt_free. NULL where
 * update_measure() says 0 or more than UPDATE_SIZE_MAX.
 */
ldns_pkt *update_build(const char *zone, const struct change *changes,
		       size_t change_count, uint16_t id);

/*
 * Signs what update_build() made: PACKET gets its TSIG record, REQUEST what
 * the reply is verified with. The message as it is sent, of *SIZE octets, is
 * the caller's; NULL, and PACKET as before, where tsig_sign() refuses.
 */
uint8_t *update_sign(ldns_pkt *packet, const struct tsig_key *key,
		     uint64_t now_seconds, struct tsig_request *request,
		     size_t *size);
