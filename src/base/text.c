/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/xalloc.h"

#include <stdlib.h>

int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void texts_add(struct texts *texts, const char *text)
{
	*array_push(texts->items, texts->count) = xstrdup(text);
}

bool texts_has(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (streq(texts->items[i], text))
			return true;
	return false;
}

void texts_add_once(struct texts *texts, const char *text)
{
	if (!texts_has(texts, text))
		texts_add(texts, text);
}

void texts_sort(struct texts *texts)
{
	if (texts->count)
		qsort(texts->items, texts->count, sizeof(*texts->items),
		      text_compare);
}

void texts_drop_repeats(struct texts *texts)
{
	size_t kept = 0;

	for (size_t i = 0; i < texts->count; i++)
		if (!kept || !streq(texts->items[i], texts->items[kept - 1]))
			texts->items[kept++] = texts->items[i];
		else
			free(texts->items[i]);
	texts->count = kept;
}

void texts_clear(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
	*texts = (struct texts){ .items = NULL };
}
