/* SPDX-License-Identifier: MIT */
#include "command/refuse.h"

#include <stdarg.h>
#include <stdio.h>

enum options_verdict refuse(const char *format, ...)
{
	va_list arguments;

	fputs("alnitak: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; see alnitak --help\n", stderr);
	return OPTIONS_BAD;
}

struct shown refuse_text(const char *text)
{
	struct shown result = { "" };

	for (size_t i = 0; text[i] && i < SHOWN_MAX - 1; i++)
		result.text[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i]
								  : '?';
	return result;
}
