/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config_scan.h"

#include <stdint.h>

/* What config_scan.c and config_token.c share: one file, and where in it we
 * are. */

enum token_kind {
	TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK, TOKEN_APPEND,
	TOKEN_BAD,
};

struct token {
	enum token_kind kind;
	size_t start, end;	/* octets of the text, quotes included */
	unsigned line;
};

struct scanner {
	char *text;
	size_t position;
	unsigned line;		/* of all, see config_fault.h */
	struct token token;	/* the one looked at */
	size_t emitted;		/* octets of it that are in scan->text */
	const char *path;
	uint64_t inode;		/* with SIZE, tells a file by other names */
	size_t size;
	const struct scanner *from;	/* of the file that includes this one,
					   or NULL */
	const struct config_reader *reader;
	config_key_finder *find;
	struct config_faults *faults;
	struct config_scan *scan;
	size_t section;		/* index of the one we are in */
};

/* Looks at the next token. */
void config_token_next(struct scanner *s);
/* The one looked at is MARK; is a word or quoted text. */
bool config_token_is(const struct scanner *s, char mark);
bool config_token_is_value(const struct scanner *s);
/* Its text without quotes, allocated. */
char *config_token_text(const struct scanner *s);
/* Blanks from START to END, but for the ends of lines. */
void config_token_blank(struct scanner *s, size_t start, size_t end);
