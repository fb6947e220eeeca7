/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Hexadecimal, as certificates, records and their names are written. */

#define HEX_LOWER "0123456789abcdef"
#define HEX_DIGITS HEX_LOWER "ABCDEF"

/* DATA in lower-case digits; TEXT has room for 2 * SIZE + 1 octets. */
void hex_format(const uint8_t *data, size_t size, char *text);

/* The reverse: SIZE octets from 2 * SIZE of HEX_DIGITS, as the caller has
 * made sure that TEXT begins with. */
void hex_parse(const char *text, size_t size, uint8_t *data);
