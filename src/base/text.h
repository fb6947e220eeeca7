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

/* For qsort() and bsearch() over pointers to texts. */
int text_compare(const void *a, const void *b);
