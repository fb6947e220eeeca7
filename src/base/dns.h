/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* What more than one room has to know of DNS messages: RFC 1035. */
#define PORT_DNS 53
#define DNS_HEADER_SIZE 12		/* octets, section 4.1.1 */
#define DNS_ID_SIZE 2			/* the first octets of it */
#define DNS_NAME_SIZE_MAX 255		/* octets on the wire, section 3.1 */

/* A number of two octets, as a field of the header or a length before TCP. */
static inline unsigned dns_number(const uint8_t octets[2])
{
	return (unsigned)octets[0] << 8 | octets[1];
}
