/* SPDX-License-Identifier: MIT */
#include "disk/links_path.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define NUMBER_DIGITS_MAX 9

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

/* Without ".", ".." and double slashes; "" for the root. Allocated. */
static char *normalise(const char *path)
{
	char *text = xmalloc(strlen(path) + 2);
	size_t size = 0;

	while (*path) {
		size_t length = strcspn(path, "/");

		size = add_component(text, size, path, length);
		path += length;
		path += strspn(path, "/");
	}
	text[size] = '\0';
	return text;
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
	a = normalise(from);
	b = normalise(to);
	text = relative(a, b);
	free(a);
	free(b);
	return text;
}

/* The way from dane/NAME to ROOT. */
static char *root_relative(const struct lineage *lineage, const char *root)
{
	char *from = xasprintf("%s/%s", lineage->places->dane_path,
			       lineage->name);
	char *text = path_relative(from, root);

	free(from);
	return text;
}

/* Below the letsencrypt or the state directory. */
static char *tail_text(const char *name, int kind, const struct links *links)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	const char *pem = pem_kind_names[kind];

	switch (links->place) {
	case LINKS_REST:
		return xasprintf("live/%s/%s.pem", name, pem);
	case LINKS_ARCHIVE:
		return xasprintf("archive/%s/%s%u.pem", name, pem,
				 links->number);
	case LINKS_HELD:
		fingerprint_format(&links->held, hex);
		return xasprintf("held/%s/%s/%s.pem", name, hex, pem);
	case LINKS_ABSENT:
	case LINKS_MIXED:
	case LINKS_FOREIGN:
		break;
	}
	invariant(false && "only links that alnitak makes have a text");
	return NULL;
}

char *links_text(const struct lineage *lineage, int kind,
		 const struct links *wanted)
{
	const struct links_places *places = lineage->places;
	char *root, *tail, *text;

	root = root_relative(lineage, wanted->place == LINKS_HELD ?
			     places->state_path : places->letsencrypt_path);
	if (!root)
		return NULL;
	tail = tail_text(lineage->name, kind, wanted);
	text = xasprintf("%s/%s", root, tail);
	free(root);
	free(tail);
	return text;
}

/* What TEXT adds to "PREFIX/", or NULL. */
static const char *after(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	if (strncmp(text, prefix, size) != 0 || text[size] != '/')
		return NULL;
	return text + size + 1;
}

/* What TEXT names below ROOT, by the relative or the absolute way. */
static const char *below(const struct lineage *lineage, const char *root,
			 const char *text)
{
	char *way = root_relative(lineage, root);
	char *absolute = normalise(root);
	const char *rest = way ? after(text, way) : NULL;

	if (!rest && text[0] == '/')
		rest = after(text, absolute);
	free(way);
	free(absolute);
	return rest;
}

/* "cert12.pem" of KIND: 12, else 0. The text is compared as a whole by the
 * caller, so leading zeros and the like need no care here. */
static unsigned parse_number(const char *text, const char *kind)
{
	size_t size = strlen(kind), digits;
	unsigned number = 0;

	if (strncmp(text, kind, size) != 0)
		return 0;
	text += size;
	digits = strspn(text, "0123456789");
	for (size_t i = 0; i < digits && digits <= NUMBER_DIGITS_MAX; i++)
		number = number * 10 + (unsigned)(text[i] - '0');
	return number;
}

/* Is REST, below a root, what LINKS would give? */
static bool tail_is(const char *rest, const char *name, int kind,
		    const struct links *links)
{
	char *tail = tail_text(name, kind, links);
	bool same = streq(rest, tail);

	free(tail);
	return same;
}

static bool parse_held(const char *rest, const char *name, int kind,
		       struct links *links)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	const char *of_lineage = after(rest, "held");

	if (of_lineage)
		of_lineage = after(of_lineage, name);
	if (!of_lineage || strlen(of_lineage) < sizeof(hex))
		return false;
	memcpy(hex, of_lineage, sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	*links = (struct links){ .place = LINKS_HELD };
	return fingerprint_parse(hex, &links->held) &&
	       tail_is(rest, name, kind, links);
}

static bool parse_letsencrypt(const char *rest, const char *name, int kind,
			      struct links *links)
{
	const char *file;

	*links = (struct links){ .place = LINKS_REST };
	if (tail_is(rest, name, kind, links))
		return true;
	file = after(rest, "archive");
	if (file)
		file = after(file, name);
	if (!file)
		return false;
	links->place = LINKS_ARCHIVE;
	links->number = parse_number(file, pem_kind_names[kind]);
	return links->number > 0 && tail_is(rest, name, kind, links);
}

bool links_text_parse(const struct lineage *lineage, int kind,
		      const char *text, struct links *links)
{
	const char *rest;

	rest = below(lineage, lineage->places->letsencrypt_path, text);
	if (rest && parse_letsencrypt(rest, lineage->name, kind, links))
		return true;
	rest = below(lineage, lineage->places->state_path, text);
	return rest && parse_held(rest, lineage->name, kind, links);
}

bool links_equal(const struct links *a, const struct links *b)
{
	if (a->place != b->place)
		return false;
	if (a->place == LINKS_ARCHIVE)
		return a->number == b->number;
	return a->place != LINKS_HELD ||
	       fingerprint_equal(&a->held, &b->held);
}
