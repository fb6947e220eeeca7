/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An Internet address and port. Port 0 means "not said". */
struct address {
	uint8_t family;		/* 4 or 6; 0: no address */
	uint8_t bytes[16];	/* the first 4 or all 16, network order */
	uint16_t port;		/* host order */
};

#define ADDRESS_TEXT_MAX 56	/* room for [IPV6]:PORT and the final zero */

/*
 * TEXT is ADDRESS, ADDRESS:PORT (IPv4), or [ADDRESS]:PORT. The port is
 * PORT_DEFAULT where TEXT has none. False: no address (it may be a name).
 */
bool address_parse(const char *text, uint16_t port_default,
		   struct address *address);

/* Writes ADDRESS, with the port only where it is neither 0 nor PORT_DNS. */
const char *address_format(const struct address *address,
			   char text[ADDRESS_TEXT_MAX]);

/* From the 4 or 16 octets of an A or AAAA record. */
bool address_from_bytes(const uint8_t *bytes, size_t size, uint16_t port,
			struct address *address);

bool address_equal(const struct address *a, const struct address *b);

/* Total order for sorting: family, octets, port. */
int address_compare(const struct address *a, const struct address *b);
