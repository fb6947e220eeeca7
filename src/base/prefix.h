/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"

/*
 * A set of addresses, as `ignore` names them: one, those with a prefix in
 * common, or all of a family.
 */
struct prefix {
	struct address address;	/* port 0: any */
	uint8_t bits;		/* so many are in common; the others are 0 */
};

#define PREFIX_TEXT_MAX (ADDRESS_TEXT_MAX + 4)	/* "/128" */

enum prefix_error {
	PREFIX_OK,
	PREFIX_NONE,		/* no such set */
	PREFIX_HOST_BITS,	/* ADDRESS/BITS, with more than the prefix: it
				   is not known whether one is meant or all */
};

/*
 * TEXT is what address_parse() takes, ADDRESS/BITS, or a family: "ipv4" or
 * "ipv6", in any case of letters, or as some call them "inet" and "inet6". A
 * single address has PORT_DEFAULT where TEXT has none, the others any port.
 * With PREFIX_HOST_BITS *PREFIX is what the prefix alone would be.
 */
enum prefix_error prefix_parse(const char *text, uint16_t port_default,
			       struct prefix *prefix);
bool prefix_has(const struct prefix *prefix, const struct address *address);
/* All addresses of a family. */
bool prefix_is_family(const struct prefix *prefix);

/* Such that prefix_parse() gives the same again, but for a port that is
 * PORT_DNS. */
const char *prefix_format(const struct prefix *prefix,
			  char text[PREFIX_TEXT_MAX]);
