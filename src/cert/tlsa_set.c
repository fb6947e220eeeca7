/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/xalloc.h"
#include "cert/tlsa.h"

#include <stdio.h>
#include <stdlib.h>

/* Where RECORD is, or where it belongs; *FOUND tells which. */
static size_t set_position(const struct tlsa_set *set,
			   const struct tlsa *record, bool *found)
{
	size_t low = 0, high = set->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = tlsa_compare(&set->records[middle], record);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool tlsa_set_add(struct tlsa_set *set, const struct tlsa *record)
{
	bool found;
	size_t position = set_position(set, record, &found);
	size_t after = set->count - position;

	invariant(record->size <= TLSA_DATA_MAX);
	if (found)
		return false;
	(void)array_push(set->records, set->count);
	memmove(&set->records[position + 1], &set->records[position],
		after * sizeof(*set->records));
	set->records[position] = (struct tlsa){
		.params = record->params,
		.data = xmemdup(record->data, record->size),
		.size = record->size,
	};
	return true;
}

bool tlsa_set_remove(struct tlsa_set *set, const struct tlsa *record)
{
	bool found;
	size_t position = set_position(set, record, &found);

	if (!found)
		return false;
	tlsa_clear(&set->records[position]);
	set->count--;
	memmove(&set->records[position], &set->records[position + 1],
		(set->count - position) * sizeof(*set->records));
	return true;
}

bool tlsa_set_contains(const struct tlsa_set *set, const struct tlsa *record)
{
	bool found;

	set_position(set, record, &found);
	return found;
}

bool tlsa_set_equal(const struct tlsa_set *a, const struct tlsa_set *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (tlsa_compare(&a->records[i], &b->records[i]) != 0)
			return false;
	return true;
}

void tlsa_set_add_all(struct tlsa_set *set, const struct tlsa_set *more)
{
	invariant(set != more);
	for (size_t i = 0; i < more->count; i++)
		tlsa_set_add(set, &more->records[i]);
}

void tlsa_set_remove_all(struct tlsa_set *set, const struct tlsa_set *less)
{
	invariant(set != less);
	for (size_t i = 0; i < less->count; i++)
		tlsa_set_remove(set, &less->records[i]);
}

struct tlsa_set tlsa_set_copy(const struct tlsa_set *set)
{
	struct tlsa_set copy = { .records = NULL };

	tlsa_set_add_all(&copy, set);
	return copy;
}

void tlsa_set_clear(struct tlsa_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		tlsa_clear(&set->records[i]);
	free(set->records);
	*set = (struct tlsa_set){ .records = NULL };
}

/* Records of one combination stand side by side, for the set is sorted. */
static size_t combination_end(const struct tlsa_set *set, size_t start)
{
	size_t end = start + 1;

	while (end < set->count &&
	       tlsa_params_equal(set->records[start].params,
				 set->records[end].params))
		end++;
	return end;
}

/* Nothing usable among them counts as nothing there. */
static bool combination_covers(const struct tlsa *records, size_t count,
			       const struct chain *chain)
{
	bool usable = false;

	for (size_t i = 0; i < count; i++) {
		if (tlsa_matches(&records[i], chain))
			return true;
		usable = usable || tlsa_is_usable(&records[i]);
	}
	return !usable;
}

bool tlsa_set_covers(const struct tlsa_set *set, const struct chain *chain)
{
	size_t end;

	for (size_t start = 0; start < set->count; start = end) {
		end = combination_end(set, start);
		if (!combination_covers(&set->records[start], end - start,
					chain))
			return false;
	}
	return true;
}

/* Digits of the data that people are shown. */
#define SHORT_OCTETS 4

static void print_short(FILE *stream, const struct tlsa *record)
{
	fprintf(stream, "%u %u %u ", record->params.usage,
		record->params.selector, record->params.matching);
	for (size_t i = 0; i < record->size && i < SHORT_OCTETS; i++)
		fprintf(stream, "%02x", record->data[i]);
	if (record->size > SHORT_OCTETS)
		fputs("..", stream);
}

char *tlsa_set_format(const struct tlsa_set *set)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream;

	if (set->count == 0)
		return xstrdup("nothing");
	stream = open_memstream(&text, &size);
	invariant(stream);
	for (size_t i = 0; i < set->count; i++) {
		fputs(i == 0 ? "{" : ", ", stream);
		print_short(stream, &set->records[i]);
	}
	fputc('}', stream);
	must(fclose(stream) == 0);
	return text;
}
