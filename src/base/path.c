/* SPDX-License-Identifier: MIT */
#include "base/path.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdlib.h>

/* Appends "/COMPONENT" to TEXT, or for ".." takes its last one off. */
static size_t add_component(char *text, size_t size, const char *component,
			    size_t length)
{
	if (length == 0 || (length == 1 && component[0] == '.'))
		return size;
	if (length == 2 && memcmp(component, "..", 2) == 0) {
		while (size > 0 && text[--size] != '/')
			;
		return size;
	}
	text[size++] = '/';
	memcpy(text + size, component, length);
	return size + length;
}

/* Appends all components of PATH to TEXT. */
static size_t add_path(char *text, size_t size, const char *path)
{
	while (*path) {
		size_t length = (size_t)(strchrnul(path, '/') - path);

		size = add_component(text, size, path, length);
		path += length;
		while (*path == '/')
			path++;
	}
	return size;
}

char *path_normalise(const char *path)
{
	char *text = xmalloc(strlen(path) + 2);

	text[add_path(text, 0, path)] = '\0';
	return text;
}

char *path_join(const char *directory, const char *path)
{
	char *text;
	size_t size;

	if (path[0] == '/')
		return path_normalise(path);
	text = xmalloc(strlen(directory) + strlen(path) + 3);
	size = add_path(text, 0, directory);
	text[add_path(text, size, path)] = '\0';
	return text;
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash ? xstrdup(".") : slash == path ? xstrdup("/") :
	       xstrndup(path, (size_t)(slash - path));
}

const char *path_after(const char *path, const char *directory)
{
	size_t size = strlen(directory);

	if (strncmp(path, directory, size) != 0 || path[size] != '/')
		return NULL;
	return path + size + 1;
}

/* Length of the components that both begin with. */
static size_t common_prefix(const char *a, const char *b)
{
	size_t common = 0, i = 0;

	for (;; i++) {
		bool a_ends = a[i] == '/' || a[i] == '\0';
		bool b_ends = b[i] == '/' || b[i] == '\0';

		if (a_ends && b_ends)
			common = i;
		if (a[i] != b[i] || a[i] == '\0')
			return common;
	}
}

static size_t count_slashes(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '/';
	return n;
}

static char *relative(const char *from, const char *to)
{
	size_t common = common_prefix(from, to);
	size_t ups = count_slashes(from + common);
	const char *rest = to + common;
	char *text = xmalloc(3 * ups + strlen(rest) + 2);
	size_t size = 0;

	for (size_t i = 0; i < ups; i++, size += 3)
		memcpy(text + size, "../", 3);
	rest += *rest == '/';
	if (*rest)
		memcpy(text + size, rest, strlen(rest));
	else if (size)
		size--;
	else
		text[size++] = '.';
	text[size + strlen(rest)] = '\0';
	return text;
}

char *path_relative(const char *from, const char *to)
{
	char *a, *b, *text;

	if (from[0] != '/' || to[0] != '/')
		return NULL;
	a = path_normalise(from);
	b = path_normalise(to);
	text = relative(a, b);
	free(a);
	free(b);
	return text;
}
