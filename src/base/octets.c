/* SPDX-License-Identifier: MIT */
#include "base/octets.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define NUMBER_SIZE 8
#define ROOM_LEAST 256

/* ---- Writing ----------------------------------------------------------- */

void octets_put(struct octets *octets, const void *data, size_t size)
{
	if (octets->room - octets->size < size) {
		invariant(size <= SIZE_MAX / 4 && octets->size <= SIZE_MAX / 4);
		octets->room = 2 * (octets->size + size) + ROOM_LEAST;
		octets->data = xreallocarray(octets->data, octets->room, 1);
	}
	if (size)
		memcpy(octets->data + octets->size, data, size);
	octets->size += size;
}

void octets_put_number(struct octets *octets, uint64_t value)
{
	uint8_t wire[NUMBER_SIZE];

	for (unsigned i = NUMBER_SIZE; i-- > 0; value >>= 8)
		wire[i] = (uint8_t)value;
	octets_put(octets, wire, sizeof(wire));
}

void octets_put_block(struct octets *octets, const void *data, size_t size)
{
	octets_put_number(octets, size);
	octets_put(octets, data, size);
}

/* With its final zero: that tells the empty one from none. */
void octets_put_text(struct octets *octets, const char *text)
{
	octets_put_block(octets, text, text ? strlen(text) + 1 : 0);
}

void octets_clear(struct octets *octets)
{
	free(octets->data);
	*octets = (struct octets){ NULL, 0, 0 };
}

/* ---- Reading ----------------------------------------------------------- */

void octets_take(struct octets_reader *reader, void *data, size_t size)
{
	if (reader->bad || reader->left < size) {
		reader->bad = true;
		memset(data, 0, size);
		return;
	}
	memcpy(data, reader->data, size);
	reader->data += size;
	reader->left -= size;
}

uint64_t octets_number(struct octets_reader *reader, uint64_t max)
{
	uint8_t wire[NUMBER_SIZE];
	uint64_t value = 0;

	octets_take(reader, wire, sizeof(wire));
	for (unsigned i = 0; i < NUMBER_SIZE; i++)
		value = value << 8 | wire[i];
	if (value <= max)
		return value;
	reader->bad = true;
	return 0;
}

bool octets_bool(struct octets_reader *reader)
{
	return octets_number(reader, 1) == 1;
}

int64_t octets_signed(struct octets_reader *reader)
{
	return (int64_t)octets_number(reader, UINT64_MAX);
}

int64_t octets_seconds(struct octets_reader *reader)
{
	int64_t seconds = octets_signed(reader);

	if (seconds >= -OCTETS_SECONDS_MAX && seconds <= OCTETS_SECONDS_MAX)
		return seconds;
	reader->bad = true;
	return 0;
}

size_t octets_count(struct octets_reader *reader, size_t max, size_t least)
{
	size_t count = (size_t)octets_number(reader, max);

	if (count <= reader->left / least)
		return count;
	reader->bad = true;
	return 0;
}

uint8_t *octets_block(struct octets_reader *reader, size_t size_max,
		      size_t *size)
{
	uint8_t *data;

	*size = octets_count(reader, size_max, 1);
	if (*size == 0)
		return NULL;
	data = xmalloc(*size);
	octets_take(reader, data, *size);
	return data;
}

static bool is_clean(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++)
		if (text[i] < ' ' || text[i] == 0x7f)
			return false;
	return text[size - 1] == '\0' && text_is_utf8((const char *)text);
}

char *octets_text(struct octets_reader *reader, size_t size_max)
{
	size_t size;
	uint8_t *text = octets_block(reader, size_max + 1, &size);

	if (!text || (!reader->bad && is_clean(text, size)))
		return (char *)text;
	reader->bad = true;
	free(text);
	return NULL;
}

char *octets_text_given(struct octets_reader *reader, size_t size_max)
{
	char *text = octets_text(reader, size_max);

	if (text)
		return text;
	reader->bad = true;
	return xstrdup("");
}

bool octets_over(const struct octets_reader *reader)
{
	return !reader->bad && reader->left == 0;
}
