/* SPDX-License-Identifier: MIT */
#include "disk/renewal.h"

#include "base/xalloc.h"

#define BLANKS " \t\r"

/* What stands in the SIZE octets at TEXT, allocated: between quotes if it has
 * some, else up to a comment. NULL where it is no absolute path. */
static char *take_path(const char *text, size_t size)
{
	const char *end = NULL;

	if (size && (text[0] == '"' || text[0] == '\'')) {
		end = memchr(text + 1, text[0], size - 1);
		text++;
	} else {
		end = memchr(text, '#', size);
		end = end ? end : text + size;
		while (end > text && strchr(BLANKS, end[-1]))
			end--;
	}
	return end && end > text && text[0] == '/' ?
	       xstrndup(text, (size_t)(end - text)) : NULL;
}

/* What follows "KEY =" in the line at TEXT; NULL where it is another. */
static const char *after_key(const char *text, const char *key)
{
	size_t size = strlen(key);

	if (strncmp(text, key, size) != 0)
		return NULL;
	text += size;
	text += strspn(text, BLANKS);
	if (*text != '=')
		return NULL;
	return text + 1 + strspn(text + 1, BLANKS);
}

char *renewal_archive_dir(const char *text)
{
	for (;;) {
		const char *value;

		text += strspn(text, BLANKS "\n");
		if (*text == '[' || *text == '\0')
			return NULL;
		value = after_key(text, "archive_dir");
		if (value)
			return take_path(value, strcspn(value, "\n"));
		text += strcspn(text, "\n");
	}
}
