/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include "base/dns.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define PORT_DIGITS_MAX 5

static size_t family_size(uint8_t family)
{
	return family == 4 ? 4 : family == 6 ? 16 : 0;
}

static bool parse_host(const char *text, size_t size, struct address *address)
{
	char host[INET6_ADDRSTRLEN];

	if (size >= sizeof(host))
		return false;
	memcpy(host, text, size);
	host[size] = '\0';
	if (inet_pton(AF_INET, host, address->bytes) == 1)
		address->family = 4;
	else if (inet_pton(AF_INET6, host, address->bytes) == 1)
		address->family = 6;
	return address->family != 0;
}

static bool parse_port(const char *text, uint16_t *port)
{
	unsigned value = 0;
	size_t n;

	for (n = 0; text[n] >= '0' && text[n] <= '9'; n++) {
		if (n == PORT_DIGITS_MAX)
			return false;
		value = value * 10 + (unsigned)(text[n] - '0');
	}
	if (text[n] != '\0' || value == 0 || value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool parse_bracketed(const char *text, struct address *address)
{
	const char *end = strchr(text, ']');

	return end && end[1] == ':' &&
	       parse_host(text + 1, (size_t)(end - text - 1), address) &&
	       parse_port(end + 2, &address->port);
}

static bool parse_plain(const char *text, struct address *address)
{
	const char *colon = strchr(text, ':');

	if (!colon || strchr(colon + 1, ':'))
		return parse_host(text, strlen(text), address);
	return parse_host(text, (size_t)(colon - text), address) &&
	       parse_port(colon + 1, &address->port);
}

bool address_parse(const char *text, uint16_t port_default,
		   struct address *address)
{
	struct address parsed = { .port = port_default };
	bool good = text[0] == '[' ? parse_bracketed(text, &parsed)
				   : parse_plain(text, &parsed);

	if (good)
		*address = parsed;
	return good;
}

const char *address_format(const struct address *address,
			   char text[ADDRESS_TEXT_MAX])
{
	bool six = address->family == 6;
	char host[INET6_ADDRSTRLEN];

	if (address->family == 0) {
		snprintf(text, ADDRESS_TEXT_MAX, "no address");
		return text;
	}
	inet_ntop(six ? AF_INET6 : AF_INET, address->bytes, host,
		  sizeof(host));
	if (address->port == 0 || address->port == PORT_DNS)
		snprintf(text, ADDRESS_TEXT_MAX, "%s", host);
	else
		snprintf(text, ADDRESS_TEXT_MAX, six ? "[%s]:%u" : "%s:%u",
			 host, address->port);
	return text;
}

bool address_from_bytes(const uint8_t *bytes, size_t size, uint16_t port,
			struct address *address)
{
	if (size != 4 && size != 16)
		return false;
	*address = (struct address){ .family = size == 4 ? 4 : 6,
				     .port = port };
	memcpy(address->bytes, bytes, size);
	return true;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->bytes, b->bytes, family_size(a->family));
	if (order != 0)
		return order;
	return (a->port > b->port) - (a->port < b->port);
}
