/* SPDX-License-Identifier: MIT */
#include "base/hex.h"

#include "base/xalloc.h"

void hex_format(const uint8_t *data, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++) {
		*text++ = HEX_LOWER[data[i] >> 4];
		*text++ = HEX_LOWER[data[i] & 15];
	}
	*text = '\0';
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 'a' - 'A';
	invariant(c >= 'a' && c <= 'f');
	return (unsigned)(c - 'a') + 10;
}

void hex_parse(const char *text, size_t size, uint8_t *data)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(digit_value(text[2 * i]) << 4 |
				    digit_value(text[2 * i + 1]));
}
