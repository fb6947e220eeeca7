/* SPDX-License-Identifier: MIT */
#include "disk/links_path.h"

#include "base/path.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define GENERATION_DIGITS_MAX 9

/* The way from dane/NAME to ROOT. */
static char *root_relative(const struct lineage *lineage, const char *root)
{
	char *from = xasprintf("%s/%s", lineage->places->dane_path,
			       lineage->name);
	char *text = path_relative(from, root);

	free(from);
	return text;
}

/* What links to PLACE lead below, allocated. */
static char *root_of(const struct lineage *lineage, enum links_place place)
{
	const struct links_places *places = lineage->places;
	char *archive, *path;

	if (place != LINKS_ARCHIVE)
		return xstrdup(place == LINKS_HELD ? places->state_path :
						     places->letsencrypt_path);
	if (lineage->archive)
		return path_join(places->letsencrypt_path, lineage->archive);
	archive = xasprintf("archive/%s", lineage->name);
	path = path_join(places->letsencrypt_path, archive);
	free(archive);
	return path;
}

/* And what they are called there. */
static char *tail_text(const char *name, int kind, const struct links *links)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	const char *pem = pem_kind_names[kind];

	switch (links->place) {
	case LINKS_REST:
		return xasprintf("live/%s/%s.pem", name, pem);
	case LINKS_ARCHIVE:
		return xasprintf("%s%u.pem", pem, links->number);
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

char *links_name(int kind)
{
	return kind == LINK_GENERATION ? xstrdup(".generation") :
	       xasprintf("%s.pem", pem_kind_names[kind]);
}

char *links_text(const struct lineage *lineage, int kind,
		 const struct links *wanted)
{
	const struct links combined = { .place = LINKS_HELD,
					.held = wanted->combined };
	const struct links *to = kind == PEM_COMBINED ? &combined : wanted;
	char *root, *way, *tail, *text = NULL;

	if (kind == LINK_GENERATION)
		return xasprintf("%u", wanted->generation);
	root = root_of(lineage, to->place);
	way = root_relative(lineage, root);
	if (way) {
		tail = tail_text(lineage->name, kind, to);
		text = xasprintf("%s/%s", way, tail);
		free(tail);
	}
	free(way);
	free(root);
	return text;
}

/* What TEXT names below the root of PLACE, by the relative or the absolute
 * way. */
static const char *below(const struct lineage *lineage, enum links_place place,
			 const char *text)
{
	char *root = root_of(lineage, place);
	char *way = root_relative(lineage, root);
	char *absolute = path_normalise(root);
	const char *rest = way ? path_after(text, way) : NULL;

	if (!rest && text[0] == '/')
		rest = path_after(text, absolute);
	free(absolute);
	free(way);
	free(root);
	return rest;
}

/* Is TEXT what LINKS would give? */
static bool leads_to(const struct lineage *lineage, int kind, const char *text,
		     const struct links *links)
{
	const char *rest = below(lineage, links->place, text);
	char *tail = tail_text(lineage->name, kind, links);
	bool same = streq(rest, tail);

	free(tail);
	return same;
}

static bool parse_held(const struct lineage *lineage, int kind,
		       const char *text, struct links *links)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	const char *rest = below(lineage, LINKS_HELD, text);

	if (rest)
		rest = path_after(rest, "held");
	if (rest)
		rest = path_after(rest, lineage->name);
	if (!rest || strlen(rest) < sizeof(hex))
		return false;
	memcpy(hex, rest, sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	*links = (struct links){ .place = LINKS_HELD };
	return fingerprint_parse(hex, &links->held) &&
	       leads_to(lineage, kind, text, links);
}

static bool parse_archive(const struct lineage *lineage, int kind,
			  const char *text, struct links *links)
{
	const char *rest = below(lineage, LINKS_ARCHIVE, text);

	*links = (struct links){ .place = LINKS_ARCHIVE };
	if (rest)
		links->number = lineage_file_number(rest,
						    pem_kind_names[kind]);
	return links->number > 0;
}

/* Into archive/NAME, where the archive was before it got another name. */
static bool parse_old_archive(const struct lineage *lineage, int kind,
			      const char *text, struct links *links)
{
	struct lineage before = *lineage;
	bool found;

	before.archive = NULL;
	found = lineage->archive && parse_archive(&before, kind, text, links);
	links->place = LINKS_MIXED;
	return found;
}

static bool parse_generation(const char *text, struct links *links)
{
	size_t digits = strspn(text, "0123456789");

	*links = (struct links){ .generation = 0 };
	if (text[digits] || digits > GENERATION_DIGITS_MAX || *text == '0')
		return false;
	for (; *text; text++)
		links->generation = links->generation * 10 +
				    (unsigned)(*text - '0');
	return links->generation > 0;
}

bool links_text_parse(const struct lineage *lineage, int kind,
		      const char *text, struct links *links)
{
	if (kind == LINK_GENERATION)
		return parse_generation(text, links);
	if (kind == PEM_COMBINED)
		return parse_held(lineage, kind, text, links);
	*links = (struct links){ .place = LINKS_REST };
	return leads_to(lineage, kind, text, links) ||
	       parse_archive(lineage, kind, text, links) ||
	       parse_held(lineage, kind, text, links) ||
	       parse_old_archive(lineage, kind, text, links);
}

bool links_places_equal(const struct links *a, const struct links *b)
{
	if (a->place != b->place)
		return false;
	if (a->place == LINKS_ARCHIVE)
		return a->number == b->number;
	return a->place != LINKS_HELD ||
	       fingerprint_equal(&a->held, &b->held);
}

bool links_equal(const struct links *a, const struct links *b)
{
	if (a->files != b->files)
		return false;
	if (a->files & PEM_BIT(PEM_COMBINED) &&
	    !fingerprint_equal(&a->combined, &b->combined))
		return false;
	return a->files == PEM_BIT(PEM_COMBINED) || links_places_equal(a, b);
}
