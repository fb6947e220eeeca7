/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/tsig.h"

/* A stretch of octets of somebody else's. */
struct octets {
	const uint8_t *data;
	size_t size;
};

/* Length of an untruncated MAC, octets. */
size_t algorithm_mac_size(enum tsig_algorithm algorithm);

/*
 * The algorithm that SIZE characters of TEXT name: any case, with or without
 * the final dot, "hmac-md5" for short. Errors: NO_ALGORITHM (empty),
 * TRUNCATED_ALGORITHM ("hmac-sha256-128", RFC 8945 6), UNKNOWN_ALGORITHM.
 */
enum tsig_key_error algorithm_from_text(const char *text, size_t size,
					enum tsig_algorithm *algorithm);

/*
 * HMAC over the COUNT pieces of DATA in a row, into algorithm_mac_size octets.
 * False: libcrypto does not offer the digest (a FIPS provider, say) or failed.
 */
bool algorithm_hmac(enum tsig_algorithm algorithm, struct octets secret,
		    const struct octets *data, size_t count,
		    uint8_t mac[TSIG_MAC_MAX]);
