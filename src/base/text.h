/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of texts (names of domains, entries of directories); it owns them. */
struct texts {
	char **items;
	size_t count;
};

/* Adds a copy of TEXT; the second only where it is not there yet. */
void texts_add(struct texts *texts, const char *text);
void texts_add_once(struct texts *texts, const char *text);
bool texts_has(const struct texts *texts, const char *text);
void texts_sort(struct texts *texts);
/* Of a sorted list: keeps one of those that are equal. */
void texts_drop_repeats(struct texts *texts);
/* "ONE, TWO", allocated; NULL where there is none. */
char *texts_join(const struct texts *texts);
/* Frees all, and leaves an empty list. */
void texts_clear(struct texts *texts);

/*
 * Names of files and what programs and servers say may be any octets, while
 * JSON takes only UTF-8 (RFC 8259 section 8.1, RFC 3629): is TEXT fit for it?
 */
bool text_is_utf8(const char *text);
/* A copy that is: "\xHH" stands for each octet that is not. */
char *text_to_utf8(const char *text);

/* "2026-11-23 20:45:01 UTC", in TEXT. */
#define TEXT_TIME_SIZE 32
const char *text_time(int64_t time_ms, char text[TEXT_TIME_SIZE]);

/* The same where this host is: "2026-11-23 21:45:01 CET", or with the offset
 * where the zone's name is too long; as the environment (TZ) has it. */
const char *text_time_local(int64_t time_ms, char text[TEXT_TIME_SIZE]);

/* The same as RFC 3339 has it, to the millisecond: "2026-11-23T20:45:01.250Z",
 * in TEXT. */
const char *text_time_exact(int64_t time_ms, char text[TEXT_TIME_SIZE]);

/* "3 d 4 h", "2 h 5 min", "5 min 12 s", "12 s", in TEXT: the two largest units
 * that count; what is less than a second is one. */
const char *text_duration(int64_t duration_ms, char text[TEXT_TIME_SIZE]);

/* The bit of the word of SIZE octets at TEXT in WORDS, which ends in NULL; 0:
 * it is none. */
unsigned text_word_bit(const char *const *words, const char *text,
		       size_t size);

/* "90", "90s", "5m", "2h", "1d" to milliseconds: more than nothing, and at most
 * ten years. False: it is no such text. */
bool text_duration_parse(const char *text, int64_t *duration_ms);

/* "2026-11-23 21:45:01 CET, in 5 min 12 s", or how long ago; allocated. */
char *text_when(int64_t time_ms, int64_t now_ms);

/* For qsort() and bsearch() over pointers to texts. */
int text_compare(const void *a, const void *b);
