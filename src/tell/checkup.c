/* SPDX-License-Identifier: MIT */
#include "tell/checkup.h"

#include "base/xalloc.h"
#include "state/text_json.h"
#include "tell/document.h"
#include "tell/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *mark;	/* before a finding */
	const char *word;	/* of JSON */
	const char *status;	/* of all, where this is the worst */
} levels[] = {
	[CHECKUP_GOOD] = { "good", "good", "OK" },
	[CHECKUP_NOTE] = { "----", "note", "OK" },
	[CHECKUP_WARNING] = { "warn", "warning", "WARNING" },
	[CHECKUP_UNKNOWN] = { "????", "unknown", "UNKNOWN" },
	[CHECKUP_BAD] = { "BAD ", "bad", "CRITICAL" },
};

struct checkup_section *checkup_begin(struct checkup *checkup,
				      const char *name)
{
	struct checkup_section *section = array_push(checkup->sections,
						     checkup->count);

	section->name = xstrdup(name);
	return section;
}

void checkup_add(struct checkup_section *section, enum checkup_level level,
		 const char *subject, char *detail)
{
	*array_push(section->findings, section->count) =
		(struct checkup_finding){ xstrdup(subject), level, detail,
					  false };
}

void checkup_mark_untold(struct checkup_section *section, size_t first)
{
	for (size_t i = first; i < section->count; i++)
		section->findings[i].untold = true;
}

void checkup_add_figure(struct checkup *checkup,
			const struct checkup_figure *figure)
{
	struct checkup_figure *added = array_push(checkup->figures,
						  checkup->figure_count);

	*added = *figure;
	added->label = xstrdup(figure->label);
}

void checkup_clear(struct checkup *checkup)
{
	for (size_t i = 0; i < checkup->count; i++) {
		struct checkup_section *section = &checkup->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			free(section->findings[k].subject);
			free(section->findings[k].detail);
		}
		free(section->findings);
		free(section->name);
	}
	for (size_t i = 0; i < checkup->figure_count; i++)
		free(checkup->figures[i].label);
	free(checkup->sections);
	free(checkup->figures);
	*checkup = (struct checkup){ NULL, 0, NULL, 0 };
}

/* ---- The line ---------------------------------------------------------- */

enum checkup_level checkup_worst(const struct checkup *checkup)
{
	enum checkup_level worst = CHECKUP_GOOD;

	for (size_t i = 0; i < checkup->count; i++)
		for (size_t k = 0; k < checkup->sections[i].count; k++)
			if (checkup->sections[i].findings[k].level > worst)
				worst = checkup->sections[i].findings[k].level;
	return worst;
}

/* The first finding of LEVEL, in words, and how many there are; allocated. */
static char *first_of(const struct checkup *checkup, enum checkup_level level,
		      size_t *count)
{
	char *text = NULL;

	*count = 0;
	for (size_t i = 0; i < checkup->count; i++) {
		const struct checkup_section *section = &checkup->sections[i];

		for (size_t k = 0; k < section->count; k++) {
			const struct checkup_finding *finding =
				&section->findings[k];

			if (finding->level == level && (*count)++ == 0)
				text = xasprintf("%s: %s: %s", section->name,
						 finding->subject,
						 finding->detail);
		}
	}
	return text;
}

/* A bar begins the figures, wherever it stands. */
static void drop_bars(char *text)
{
	for (; *text; text++)
		if (*text == '|')
			*text = '/';
}

/* "SECONDS:", below which it is too few, or "SECONDS"; nothing below 0. */
static void put_limit(FILE *out, int64_t seconds, bool most)
{
	fputc(';', out);
	if (seconds >= 0)
		fprintf(out, "%" PRId64 "%s", seconds, most ? "" : ":");
}

/* Quotes in a label are doubled; it has neither "=" nor control characters,
 * being the name of a lineage or ours. */
static void put_figure(FILE *out, const struct checkup_figure *figure)
{
	fputs(" '", out);
	for (const char *at = figure->label; *at; at++)
		fprintf(out, *at == '\'' ? "''" : "%c", *at);
	fprintf(out, "'=%" PRId64 "s", figure->value_seconds);
	put_limit(out, figure->warning_seconds, figure->most);
	put_limit(out, figure->critical_seconds, figure->most);
}

static char *figures_text(const struct checkup *checkup)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	for (size_t i = 0; i < checkup->figure_count; i++)
		put_figure(out, &checkup->figures[i]);
	must(fclose(out) == 0);
	return text;
}

char *checkup_line(const struct checkup *checkup, const char *what)
{
	enum checkup_level worst = checkup_worst(checkup);
	char *figures = figures_text(checkup), *first, *line;
	char *more;
	size_t count = 0;

	first = worst > CHECKUP_NOTE ? first_of(checkup, worst, &count) :
				       xstrdup(what);
	drop_bars(first);
	more = count > 1 ? xasprintf(" (and %zu more)", count - 1) :
			   xstrdup("");
	line = xasprintf("ALNITAK %s - %s%s%s%s", levels[worst].status, first,
			 more, *figures ? " |" : "", figures);
	free(more);
	free(figures);
	free(first);
	return line;
}

/* ---- All of it --------------------------------------------------------- */

static void print_finding(const struct checkup_finding *finding)
{
	char *line = xasprintf("  %s  %s: %s", levels[finding->level].mark,
			       finding->subject, finding->detail);

	drop_bars(line);
	report_print_line(line);
	free(line);
}

void checkup_print(const struct checkup *checkup, const char *line)
{
	report_print_line(line);
	for (size_t i = 0; i < checkup->count; i++) {
		const struct checkup_section *section = &checkup->sections[i];

		if (section->count)
			report_print_line(section->name);
		for (size_t k = 0; k < section->count; k++)
			print_finding(&section->findings[k]);
	}
}

static void print_faults(const struct checkup_section *section)
{
	for (size_t k = 0; k < section->count; k++) {
		const struct checkup_finding *finding = &section->findings[k];
		char *line = xasprintf("%s: %s: %s", section->name,
				       finding->subject, finding->detail);

		if (finding->level > CHECKUP_NOTE)
			report_print_line(line);
		free(line);
	}
}

void checkup_print_faults(const struct checkup *checkup)
{
	for (size_t i = 0; i < checkup->count; i++)
		print_faults(&checkup->sections[i]);
}

static json_t *ok_json(enum checkup_level level)
{
	if (level == CHECKUP_NOTE || level == CHECKUP_UNKNOWN)
		return json_null();
	return json_boolean(level == CHECKUP_GOOD);
}

static json_t *section_json(const struct checkup_section *section)
{
	json_t *list = json_array();

	for (size_t i = 0; i < section->count; i++) {
		const struct checkup_finding *finding = &section->findings[i];

		json_array_append_new(list, json_pack(
			"{s:o, s:o, s:s, s:o}",
			"subject", text_json(finding->subject),
			"ok", ok_json(finding->level),
			"level", levels[finding->level].word,
			"detail", text_json(finding->detail)));
	}
	return list;
}

json_t *checkup_json(const struct checkup *checkup, const char *line,
		     int64_t now_ms)
{
	json_t *targets = json_array(), *json;

	for (size_t i = 1; i < checkup->count; i++)
		json_array_append_new(targets, json_pack("{s:o, s:o}",
			"target", text_json(checkup->sections[i].name),
			"findings", section_json(&checkup->sections[i])));
	json = json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:o}",
			 "schema", DOCUMENT_SCHEMA,
			 "time", document_time(now_ms),
			 "ms", document_ms(now_ms),
			 "status", levels[checkup_worst(checkup)].status,
			 "line", text_json(line),
			 "host", checkup->count ?
			 section_json(&checkup->sections[0]) : json_array(),
			 "targets", targets);
	invariant(json);
	return json;
}
