/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bounded cursors over DNS messages. The first step that does not fit makes
 * FAILED stick: from then on nothing moves, reads give 0 or NULL and writes
 * do nothing, so that one look at FAILED after the last step is enough.
 */
struct wire_reader {
	const uint8_t *data;
	size_t size;
	size_t at;
	bool failed;
};

struct wire_writer {
	uint8_t *data;
	size_t size;	/* capacity, octets */
	size_t at;
	bool failed;
};

#define WIRE_NAME_MAX 255	/* octets, RFC 1035 3.1 */
#define WIRE_LABEL_MAX 63

/* A domain name, uncompressed, ASCII letters in lower case. */
struct wire_name {
	uint8_t octets[WIRE_NAME_MAX];
	size_t size;
};

/* Big-endian; wire_read_uint takes OCTETS of them, 8 at most. */
uint64_t wire_read_uint(struct wire_reader *reader, unsigned octets);
uint16_t wire_read_u16(struct wire_reader *reader);

/* Steps over SIZE octets; points into the message, NULL when it fails. */
const uint8_t *wire_read_octets(struct wire_reader *reader, size_t size);

/*
 * Steps over a name and, where NAME is not NULL, puts it there expanded.
 * Compression pointers must go backwards, RFC 1035 4.1.4.
 */
void wire_read_name(struct wire_reader *reader, struct wire_name *name);

void wire_write_uint(struct wire_writer *writer, uint64_t value,
		     unsigned octets);
void wire_write_octets(struct wire_writer *writer, const void *octets,
		       size_t size);

/*
 * From the SIZE characters of TEXT, with or without the final dot; no escapes.
 * False: an empty label, one too long, or a name too long, or none at all.
 */
bool wire_name_from_text(struct wire_name *name, const char *text, size_t size);
bool wire_name_equal(const struct wire_name *a, const struct wire_name *b);

/* tolower for ASCII, whatever the locale. */
static inline char wire_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
