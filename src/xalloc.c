/* SPDX-License-Identifier: MIT */
#include "xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_NO_MEMORY 4

static void *present(void *memory)
{
	if (!memory) {
		fputs("alnitak: out of memory\n", stderr);
		exit(EXIT_NO_MEMORY);
	}
	return memory;
}

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

void *xmemdup(const void *data, size_t size)
{
	void *copy = xmalloc(size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *xasprintf(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return present(text);
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

void invariant_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "alnitak: %s:%d: broken invariant: %s\n", file, line,
		condition);
	abort();
}
