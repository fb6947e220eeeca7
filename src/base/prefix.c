/* SPDX-License-Identifier: MIT */
#include "base/prefix.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BITS_DIGITS_MAX 3

static unsigned family_bits(const struct address *address)
{
	return address->family == 4 ? 32 : 128;
}

static bool parse_family(const char *text, struct prefix *prefix)
{
	static const struct {
		const char *word;
		uint8_t family;
	} words[] = {
		{ "ipv4", 4 }, { "ipv6", 6 }, { "inet", 4 }, { "inet6", 6 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word) != 0)
			continue;
		*prefix = (struct prefix){
			.address = { .family = words[i].family } };
		return true;
	}
	return false;
}

static bool parse_bits(const char *text, unsigned most, uint8_t *bits)
{
	size_t digits = strspn(text, "0123456789");
	unsigned value = 0;

	if (digits == 0 || digits > BITS_DIGITS_MAX || text[digits] ||
	    (text[0] == '0' && digits > 1))
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	*bits = (uint8_t)value;
	return value <= most;
}

/* True: there were others than 0. */
static bool clear_beyond(struct address *address, unsigned bits)
{
	bool any = false;

	for (unsigned bit = bits; bit < family_bits(address); bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		any |= (address->bytes[bit / 8] & mask) != 0;
		address->bytes[bit / 8] &= (uint8_t)~mask;
	}
	return any;
}

static enum prefix_error parse_prefix(const char *text, const char *slash,
				      struct prefix *prefix)
{
	char host[ADDRESS_TEXT_MAX];
	size_t size = (size_t)(slash - text);

	if (size >= sizeof(host) || text[0] == '[')
		return PREFIX_NONE;
	memcpy(host, text, size);
	host[size] = '\0';
	if (!address_parse(host, 0, &prefix->address) ||
	    prefix->address.port ||
	    !parse_bits(slash + 1, family_bits(&prefix->address),
			&prefix->bits))
		return PREFIX_NONE;
	return clear_beyond(&prefix->address, prefix->bits) ?
	       PREFIX_HOST_BITS : PREFIX_OK;
}

enum prefix_error prefix_parse(const char *text, uint16_t port_default,
			       struct prefix *prefix)
{
	const char *slash = strchr(text, '/');

	*prefix = (struct prefix){ .bits = 0 };
	if (slash)
		return parse_prefix(text, slash, prefix);
	if (parse_family(text, prefix))
		return PREFIX_OK;
	if (!address_parse(text, port_default, &prefix->address))
		return PREFIX_NONE;
	prefix->bits = (uint8_t)family_bits(&prefix->address);
	return PREFIX_OK;
}

bool prefix_has(const struct prefix *prefix, const struct address *address)
{
	struct address masked = *address;

	if (prefix->address.family != address->family)
		return false;
	clear_beyond(&masked, prefix->bits);
	if (prefix->address.port == 0)
		masked.port = 0;
	return address_equal(&masked, &prefix->address);
}

bool prefix_is_family(const struct prefix *prefix)
{
	return prefix->bits == 0;
}

const char *prefix_format(const struct prefix *prefix,
			  char text[PREFIX_TEXT_MAX])
{
	char host[ADDRESS_TEXT_MAX];

	address_format(&prefix->address, host);
	if (prefix_is_family(prefix))
		snprintf(text, PREFIX_TEXT_MAX, "ipv%u",
			 prefix->address.family);
	else if (prefix->bits == family_bits(&prefix->address) &&
		 prefix->address.port)
		snprintf(text, PREFIX_TEXT_MAX, "%s", host);
	else
		snprintf(text, PREFIX_TEXT_MAX, "%s/%u", host, prefix->bits);
	return text;
}
