/* SPDX-License-Identifier: MIT */
#include "act/output.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define LINE_ENDS "\r\n"
#define BLANKS " \t\v\f"

struct line {
	const char *start;
	int length;	/* cut already */
};

/* The next line of *REST that is not empty. */
static bool take_line(const char **rest, struct line *line)
{
	const char *start = *rest + strspn(*rest, LINE_ENDS BLANKS);
	size_t length = strcspn(start, LINE_ENDS);

	if (length == 0)
		return false;
	*rest = start + length;
	while (strchr(BLANKS, start[length - 1]))
		length--;
	if (length > OUTPUT_LINE_MAX)
		length = OUTPUT_LINE_MAX;
	*line = (struct line){ start, (int)length };
	return true;
}

void output_log(const char *subject, const char *output)
{
	struct line line;
	unsigned lines = 0;

	if (!output || !log_wants(LOG_LEVEL_VERBOSE))
		return;
	while (take_line(&output, &line))
		if (lines++ < OUTPUT_LINES_MAX)
			log_verbose("%s: %.*s", subject, line.length,
				    line.start);
	if (lines > OUTPUT_LINES_MAX)
		log_verbose("%s: and %u lines more", subject,
			    lines - OUTPUT_LINES_MAX);
}

char *output_last_line(const char *output)
{
	struct line line = { "", 0 };
	char *text, *safe, *result;

	while (output && take_line(&output, &line))
		;
	if (line.length == 0)
		return xstrdup("");
	text = xstrndup(line.start, (size_t)line.length);
	safe = log_escape(text);
	result = xasprintf(": %s", safe);
	free(safe);
	free(text);
	return result;
}
