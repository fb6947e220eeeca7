/* SPDX-License-Identifier: MIT */
#include "base/address_wire.h"

void address_put(struct octets *octets, const struct address *address)
{
	octets_put_number(octets, address->family);
	octets_put(octets, address->bytes, sizeof(address->bytes));
	octets_put_number(octets, address->port);
}

struct address address_take(struct octets_reader *reader, bool may_be_none)
{
	struct address address = { .family = 0 };

	address.family = (uint8_t)octets_number(reader, 6);
	octets_take(reader, address.bytes, sizeof(address.bytes));
	address.port = (uint16_t)octets_number(reader, UINT16_MAX);
	if (address.family != 4 && address.family != 6 &&
	    !(may_be_none && address.family == 0))
		reader->bad = true;
	return address;
}
