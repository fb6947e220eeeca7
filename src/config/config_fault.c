/* SPDX-License-Identifier: MIT */
#include "config/config_fault.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
	const char *path;
	unsigned line;		/* of that file */
};

static struct place place_of(const struct config_faults *faults,
			     unsigned line)
{
	for (size_t i = faults->file_count; i-- > 0;) {
		const struct config_file *file = &faults->files[i];

		if (line > file->base)
			return (struct place){ file->path, line - file->base };
	}
	return (struct place){ faults->path, line };
}

void config_fault(struct config_faults *faults, unsigned line,
		  const char *format, ...)
{
	struct place place = place_of(faults, line);
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	must(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	log_error("%s:%u: %s", place.path, place.line, text);
	free(text);
	faults->count++;
}

unsigned config_faults_begin(struct config_faults *faults, const char *path,
			     const char *text)
{
	unsigned base = faults->lines;

	if (path)
		*array_push(faults->files, faults->file_count) =
			(struct config_file){ xstrdup(path), base };
	for (faults->lines++; *text; text++)
		faults->lines += *text == '\n';
	return base;
}

char *config_line_beside(const struct config_faults *faults, unsigned line,
			 unsigned at)
{
	struct place place = place_of(faults, line);

	if (streq(place.path, place_of(faults, at).path))
		return xasprintf("line %u", place.line);
	return xasprintf("line %u of %s", place.line, place.path);
}

char *config_line_text(const struct config_faults *faults, unsigned line)
{
	struct place place = place_of(faults, line);

	return xasprintf("%s:%u", place.path, place.line);
}

void config_faults_clear(struct config_faults *faults)
{
	for (size_t i = 0; i < faults->file_count; i++)
		free(faults->files[i].path);
	free(faults->files);
	faults->files = NULL;
	faults->file_count = 0;
}
