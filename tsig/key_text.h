/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/key.h"

/*
 * Lines, words and values of a key file, for those who read its formats. All
 * of them point into the file, and know the line they stand on; blanks are
 * spaces, tabs and carriage returns.
 */

/* Where reading stands. */
struct scanner {
	const char *at;
	const char *end;
	unsigned line;
};

/* Steps over the next line and its end, and gives it without that. */
struct text scanner_line(struct scanner *scanner);
/* Steps over the letters, digits and - _ . that SCANNER stands at. */
struct text scanner_word(struct scanner *scanner);

/* Case does not count. */
bool text_is(struct text text, const char *word);
struct text text_trim(struct text text);
/* Nothing but blanks and a comment. */
bool text_is_empty(struct text text);
/* Cuts TEXT at the first C into what is before and what is behind it; false:
 * there is none, and *BEFORE is all of it. */
bool text_split(struct text text, char c, struct text *before,
		struct text *behind);
/* Cuts TEXT, which begins with no blank, behind its first word. */
struct text text_cut_word(struct text *text);
/* Takes quotes of either kind, or else a trailing comment, off a value; false:
 * the quotes have no end, or something stands behind them. */
bool text_value(struct text text, struct text *value);
