/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The headers of ldns make bool a char where they come before <stdbool.h>. */
_Static_assert((bool)2 == 1, "<stdbool.h> must come before <ldns/ldns.h>");

/*
 * Memory that is there or the program is not: none of these returns NULL.
 * On exhaustion they write one line to standard error and exit with status 4.
 * A count times a size that overflows is a broken invariant.
 */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *memory, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t size);
void *xmemdup(const void *data, size_t size);
char *xasprintf(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* free(), for what is const to all but its owner. */
void xfree(const void *memory);

/* For interfaces whose types do not say that they only read MEMORY. */
static inline void *unconst(const void *memory)
{
	return (void *)(uintptr_t)memory;
}

/*
 * Before anything else: libraries exit in the same way. One that cannot verify
 * for lack of memory would call a good certificate bad. ldns takes no such
 * order and aborts, so what a run takes is asked for once at the beginning.
 */
void xalloc_begin(void);

/* Grows ARRAY by one element and yields a pointer to the new, zeroed one. */
#define array_push(array, count) \
	((array) = array_grow((array), &(count), sizeof(*(array))), \
	 &(array)[(count) - 1])
void *array_grow(void *array, size_t *count, size_t element_size);

/* True when both texts are there and equal. */
static inline bool streq(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/*
 * Both stop the program with a message, in release builds too: better to stop
 * than to act on a wrong picture. invariant() states what only a fault of this
 * program can break, and does nothing. must() does something (a call that
 * writes, a step of a counter) which cannot fail here but by such a fault.
 */
#define invariant(condition) \
	((condition) ? (void)0 : \
	 condition_failed("broken invariant", #condition, __FILE__, __LINE__))
#define must(deed) \
	((deed) ? (void)0 : \
	 condition_failed("this must not fail", #deed, __FILE__, __LINE__))
_Noreturn void condition_failed(const char *what, const char *condition,
				const char *file, int line);
