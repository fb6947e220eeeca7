/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/*
 * What is wrong with a command line, for who reads it: options.c and
 * option_rows.c.
 */

/* Says it on standard error, for no log is open yet, and where there is help;
 * gives OPTIONS_BAD back. */
enum options_verdict refuse(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Text from outside, cut and made harmless for a message. */
#define SHOWN_MAX 64
struct shown {
	char text[SHOWN_MAX];
};
struct shown refuse_text(const char *text);
