/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Plain data as octets, from one process to another: numbers with the highest
 * octet first, texts and blocks behind their length. Who writes owns the
 * octets; who reads believes nothing.
 */
struct octets {
	uint8_t *data;
	size_t size;
	size_t room;	/* what DATA has place for */
};

void octets_put(struct octets *octets, const void *data, size_t size);
void octets_put_number(struct octets *octets, uint64_t value);
/* With its length. */
void octets_put_block(struct octets *octets, const void *data, size_t size);
/* TEXT may be NULL. */
void octets_put_text(struct octets *octets, const char *text);
void octets_clear(struct octets *octets);

/*
 * Reads what was written in that order. Where the octets end too early, or say
 * what cannot be, BAD is set, and stays: from then on everything is nothing
 * (0, NULL), so that a reader need only look at the end. All that is given is
 * the caller's.
 */
struct octets_reader {
	const uint8_t *data;
	size_t left;
	bool bad;
};

/* From 0 to MAX. */
uint64_t octets_number(struct octets_reader *reader, uint64_t max);
bool octets_bool(struct octets_reader *reader);
int64_t octets_signed(struct octets_reader *reader);
/* Since 1970, in a year of four digits: it can be reckoned with. */
#define OCTETS_SECONDS_MAX INT64_C(253402300799)
int64_t octets_seconds(struct octets_reader *reader);
/* How many elements follow, of which each takes LEAST octets: never more than
 * there are octets for, nor than MAX. */
size_t octets_count(struct octets_reader *reader, size_t max, size_t least);
/* SIZE octets, which may be none: NULL then. */
void octets_take(struct octets_reader *reader, void *data, size_t size);
/* A block of at most SIZE_MAX octets; NULL where it is empty. */
uint8_t *octets_block(struct octets_reader *reader, size_t size_max,
		      size_t *size);
/* A text of at most SIZE_MAX octets, in which every octet is printable or part
 * of UTF-8; or NULL. */
char *octets_text(struct octets_reader *reader, size_t size_max);
/* The same where there must be one: "" after a fault. */
char *octets_text_given(struct octets_reader *reader, size_t size_max);
/* Nothing was bad, and nothing is left. */
bool octets_over(const struct octets_reader *reader);
