/* SPDX-License-Identifier: MIT */
#include "config/config_include.h"

#include "base/xalloc.h"
#include "config/config_values.h"

#include <fnmatch.h>
#include <stdlib.h>

#define WILD "*?["

/* The octets of PATH up to its last slash, that included. */
static size_t directory_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

static char *pattern_fault(const char *pattern)
{
	size_t size = directory_size(pattern);

	if (!pattern[size])
		return xstrdup("it names no file");
	if (strchr(pattern, '\\'))
		return xstrdup("a backslash means nothing here");
	if (strcspn(pattern, WILD) < size)
		return xstrdup("*, ? and [ may stand behind the last \"/\" "
			       "only");
	return config_text_fault(pattern);
}

/* DIRECTORY has the slash at its end, or is empty: where we are. */
static char *match(const struct config_reader *reader, const char *directory,
		   const char *pattern, struct texts *paths)
{
	struct texts names = { .items = NULL };
	char *fault = reader->list(reader->self,
				   *directory ? directory : ".", &names);

	texts_sort(&names);
	for (size_t i = 0; !fault && i < names.count; i++) {
		char *path;

		if (fnmatch(pattern, names.items[i],
			    FNM_PERIOD | FNM_NOESCAPE) != 0)
			continue;
		path = xasprintf("%s%s", directory, names.items[i]);
		texts_add(paths, path);
		free(path);
	}
	texts_clear(&names);
	return fault;
}

char *config_include_find(const struct config_reader *reader, const char *from,
			  const char *pattern, struct texts *paths)
{
	size_t size = *pattern == '/' ? 0 : directory_size(from);
	char *path, *directory, *fault = pattern_fault(pattern);

	if (!fault && !reader)
		return xstrdup("no other file can be read here");
	if (fault)
		return fault;
	path = xasprintf("%.*s%s", (int)size, from, pattern);
	size = directory_size(path);
	directory = xstrndup(path, size);
	if (strpbrk(path + size, WILD))
		fault = match(reader, directory, path + size, paths);
	else
		texts_add(paths, path);
	free(directory);
	free(path);
	return fault;
}
