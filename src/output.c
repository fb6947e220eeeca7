/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "log.h"
#include "xalloc.h"

void output_log(const char *subject, const char *output)
{
	size_t length;

	if (!output || !log_wants(LOG_LEVEL_VERBOSE))
		return;
	for (; *output; output += length, output += *output == '\n') {
		length = strcspn(output, "\n");
		if (length)
			log_verbose("%s: %.*s", subject, (int)length, output);
	}
}

char *output_last_line(const char *output)
{
	const char *last = "";
	size_t last_length = 0, length;

	if (!output)
		output = "";
	for (; *output; output += length, output += *output == '\n') {
		length = strcspn(output, "\n");
		if (strspn(output, " \t\r") < length) {
			last = output;
			last_length = length;
		}
	}
	if (last_length > OUTPUT_LINE_MAX)
		last_length = OUTPUT_LINE_MAX;
	return xasprintf("%s%.*s", last_length ? ": " : "", (int)last_length,
			 last);
}
