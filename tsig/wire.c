/* SPDX-License-Identifier: MIT */
#include "tsig/wire.h"

#include <string.h>

#define POINTERS_MAX 127	/* in one name: a label each cannot need more */

const uint8_t *wire_read_octets(struct wire_reader *reader, size_t size)
{
	const uint8_t *octets = reader->data + reader->at;

	if (reader->failed || size > reader->size - reader->at) {
		reader->failed = true;
		return NULL;
	}
	reader->at += size;
	return octets;
}

uint64_t wire_read_uint(struct wire_reader *reader, unsigned octets)
{
	const uint8_t *from = wire_read_octets(reader, octets);
	uint64_t value = 0;

	for (unsigned i = 0; from && i < octets; i++)
		value = value << 8 | from[i];
	return value;
}

uint16_t wire_read_u16(struct wire_reader *reader)
{
	return (uint16_t)wire_read_uint(reader, 2);
}

/* Appends a length octet and its label, in lower case. */
static bool name_append(struct wire_name *name, const char *label, size_t size)
{
	if (size > WIRE_LABEL_MAX || name->size + 1 + size > WIRE_NAME_MAX)
		return false;
	name->octets[name->size++] = (uint8_t)size;
	for (size_t i = 0; i < size; i++)
		name->octets[name->size++] = (uint8_t)wire_lower(label[i]);
	return true;
}

/*
 * Follows the pointer whose first octet was HIGH. LIMIT is where the name's
 * present stretch began: the target must lie before it.
 */
static void pointer_follow(struct wire_reader *reader, uint8_t high,
			   size_t *limit)
{
	size_t target = (size_t)(high & 0x3f) << 8 | wire_read_uint(reader, 1);

	if (target >= *limit)
		reader->failed = true;
	if (reader->failed)
		return;
	*limit = target;
	reader->at = target;
}

void wire_read_name(struct wire_reader *reader, struct wire_name *name)
{
	struct wire_name own;
	size_t limit = reader->at, after = 0;
	unsigned pointers = 0;

	name = name ? name : &own;
	name->size = 0;
	while (!reader->failed) {
		uint8_t octet = (uint8_t)wire_read_uint(reader, 1);
		const uint8_t *label;

		if (octet >= 0xc0) {
			after = after ? after : reader->at + 1;
			pointer_follow(reader, octet, &limit);
			if (++pointers > POINTERS_MAX)
				reader->failed = true;
			continue;
		}
		label = wire_read_octets(reader, octet);
		if (!label || !name_append(name, (const char *)label, octet))
			reader->failed = true;
		else if (octet == 0)
			break;
	}
	if (after && !reader->failed)
		reader->at = after;
}

void wire_write_octets(struct wire_writer *writer, const void *octets,
		       size_t size)
{
	if (writer->failed || size > writer->size - writer->at) {
		writer->failed = true;
		return;
	}
	if (size > 0)
		memcpy(writer->data + writer->at, octets, size);
	writer->at += size;
}

void wire_write_uint(struct wire_writer *writer, uint64_t value,
		     unsigned octets)
{
	uint8_t big_endian[8];

	for (unsigned i = 0; i < octets; i++)
		big_endian[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
	wire_write_octets(writer, big_endian, octets);
}

bool wire_name_from_text(struct wire_name *name, const char *text, size_t size)
{
	const char *end = text + size;

	name->size = 0;
	while (text < end) {
		const char *dot = memchr(text, '.', (size_t)(end - text));
		const char *stop = dot ? dot : end;

		if (stop == text ||
		    !name_append(name, text, (size_t)(stop - text)))
			return false;
		text = dot ? dot + 1 : end;
	}
	return name->size > 0 && name_append(name, "", 0);
}

bool wire_name_equal(const struct wire_name *a, const struct wire_name *b)
{
	return a->size == b->size && memcmp(a->octets, b->octets, a->size) == 0;
}
