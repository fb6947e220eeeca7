/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define NAME_SIZE_MAX 1024	/* octets as text, every one of them escaped */
#define ADDRESS_SIZE 32		/* octets that each takes here */
#define NAME_LEAST 8
#define RECORD_LEAST 32

/* ---- Addresses --------------------------------------------------------- */

void wire_put_addresses(struct octets *octets,
			const struct address *addresses, size_t n)
{
	octets_put_number(octets, n);
	for (size_t i = 0; i < n; i++)
		address_put(octets, &addresses[i]);
}

struct address *wire_take_addresses(struct octets_reader *reader, size_t max,
				    size_t *count)
{
	struct address *addresses = NULL;

	*count = octets_count(reader, max, ADDRESS_SIZE);
	if (*count)
		addresses = xcalloc(*count, sizeof(*addresses));
	for (size_t i = 0; i < *count; i++)
		addresses[i] = address_take(reader, false);
	return addresses;
}

/* ---- Names ------------------------------------------------------------- */

static bool is_canonical(const char *text)
{
	char *name = name_parse(text);
	bool is = streq(name, text);

	free(name);
	return is;
}

char *wire_take_name(struct octets_reader *reader, bool may_be_none)
{
	char *name = octets_text(reader, NAME_SIZE_MAX);

	if (name ? is_canonical(name) : may_be_none)
		return name;
	reader->bad = true;
	free(name);
	return may_be_none ? NULL : xstrdup(".");
}

void wire_put_names(struct octets *octets, const char *const *names, size_t n)
{
	octets_put_number(octets, n);
	for (size_t i = 0; i < n; i++)
		octets_put_text(octets, names[i]);
}

void wire_take_names(struct octets_reader *reader, struct texts *names)
{
	size_t n = octets_count(reader, SIZE_MAX, NAME_LEAST);

	for (size_t i = 0; i < n && !reader->bad; i++)
		*array_push(names->items, names->count) =
			wire_take_name(reader, false);
}

/* ---- Records ----------------------------------------------------------- */

void wire_put_record(struct octets *octets, const struct tlsa *record)
{
	octets_put_number(octets, record->params.usage);
	octets_put_number(octets, record->params.selector);
	octets_put_number(octets, record->params.matching);
	octets_put_block(octets, record->data, record->size);
}

void wire_take_record(struct octets_reader *reader, struct tlsa *record)
{
	record->params.usage = (uint8_t)octets_number(reader, UINT8_MAX);
	record->params.selector = (uint8_t)octets_number(reader, UINT8_MAX);
	record->params.matching = (uint8_t)octets_number(reader, UINT8_MAX);
	record->data = octets_block(reader, TLSA_DATA_MAX, &record->size);
	if (!record->data)
		reader->bad = true;
}

void wire_put_set(struct octets *octets, const struct tlsa_set *set)
{
	octets_put_number(octets, set->count);
	for (size_t i = 0; i < set->count; i++)
		wire_put_record(octets, &set->records[i]);
}

void wire_take_set(struct octets_reader *reader, struct tlsa_set *set)
{
	size_t n = octets_count(reader, RECORDS_PER_REPLY_MAX, RECORD_LEAST);

	for (size_t i = 0; i < n && !reader->bad; i++) {
		struct tlsa record = { .size = 0 };

		wire_take_record(reader, &record);
		tlsa_set_add(set, &record);
		tlsa_clear(&record);
	}
}
