/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Faults of a configuration. Each is reported as "PATH:LINE: ..". Lines are
 * counted through all files that are read, in the order in which they are: so
 * one number says where something stands, and what comes first. Those of the
 * file itself begin with 1, as everybody counts them.
 */
struct config_file {			/* one that is included */
	char *path;
	unsigned base;			/* lines before its first */
};

struct config_faults {
	const char *path;		/* of the file itself */
	unsigned count;
	struct config_file *files;	/* in their order */
	size_t file_count;
	unsigned lines;			/* of all */
};

void config_fault(struct config_faults *faults, unsigned line,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Where a file with TEXT begins, which is the next one that is read: the lines
 * before its first. PATH NULL: the file itself. */
unsigned config_faults_begin(struct config_faults *faults, const char *path,
			     const char *text);

/* LINE for a message about another one, AT: "line 3", or "line 3 of PATH" where
 * that is another file; and for one about all: "PATH:3". Allocated. */
char *config_line_beside(const struct config_faults *faults, unsigned line,
			 unsigned at);
char *config_line_text(const struct config_faults *faults, unsigned line);

void config_faults_clear(struct config_faults *faults);
