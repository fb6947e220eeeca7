/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_NO_MEMORY 4
#define HEADROOM (16 * 1024 * 1024)
#define TEXT_USUAL 512

static void *present(void *memory)
{
	if (!memory) {
		fputs("alnitak: out of memory\n", stderr);
		exit(EXIT_NO_MEMORY);
	}
	return memory;
}

/* ---- What libraries take ---------------------------------------------- */

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return xmalloc(size);
}

static void crypto_free(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

static void *crypto_realloc(void *memory, size_t size, const char *file,
			    int line)
{
	if (size > 0)
		return present(realloc(memory, size));
	crypto_free(memory, file, line);
	return NULL;
}

void xalloc_begin(void)
{
	void *volatile headroom;

	CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
	json_set_alloc_funcs(xmalloc, free);
	headroom = xmalloc(HEADROOM);
	free(headroom);
}

/* ---- What we take ----------------------------------------------------- */

void *xmalloc(size_t size)
{
	return present(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return present(calloc(count ? count : 1, size ? size : 1));
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
	size_t total = count * size;

	invariant(size == 0 || count <= SIZE_MAX / size);
	return present(realloc(memory, total ? total : 1));
}

char *xstrdup(const char *text)
{
	return present(strdup(text));
}

char *xstrndup(const char *text, size_t size)
{
	return present(strndup(text, size));
}

void xfree(const void *memory)
{
	free(unconst(memory));
}

void *xmemdup(const void *data, size_t size)
{
	void *copy = xmalloc(size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* vasprintf() makes a stream for each of the many short paths and lines. */
static char *format_text(const char *format, va_list arguments, va_list again)
	__attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list arguments, va_list again)
{
	char usual[TEXT_USUAL], *text;
	int size = vsnprintf(usual, sizeof(usual), format, arguments);

	invariant(size >= 0);
	if ((size_t)size < sizeof(usual))
		return xmemdup(usual, (size_t)size + 1);
	text = xmalloc((size_t)size + 1);
	vsnprintf(text, (size_t)size + 1, format, again);
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list arguments, again;
	char *text;

	va_start(arguments, format);
	va_start(again, format);
	text = format_text(format, arguments, again);
	va_end(again);
	va_end(arguments);
	return text;
}

/* Capacity is the next power of two, so it need not be kept anywhere. */
void *array_grow(void *array, size_t *count, size_t element_size)
{
	size_t n = *count;

	if ((n & (n - 1)) == 0)
		array = xreallocarray(array, n ? n * 2 : 1, element_size);
	memset((char *)array + n * element_size, 0, element_size);
	*count = n + 1;
	return array;
}

void condition_failed(const char *what, const char *condition,
		      const char *file, int line)
{
	fprintf(stderr, "alnitak: %s:%d: %s: %s\n", file, line, what,
		condition);
	abort();
}
