/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Hexadecimal, as certificates, records and their names are written. */

/* DATA in lower-case digits; TEXT has room for 2 * SIZE + 1 octets. */
void hex_format(const uint8_t *data, size_t size, char *text);
