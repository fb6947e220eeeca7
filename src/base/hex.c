/* SPDX-License-Identifier: MIT */
#include "base/hex.h"

void hex_format(const uint8_t *data, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*text++ = digits[data[i] >> 4];
		*text++ = digits[data[i] & 15];
	}
	*text = '\0';
}
