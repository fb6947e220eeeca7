/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * A first look at the text of alnitak.conf, before libconfuse gets it.
 * libconfuse stops at the first key that it does not know, folds sections of
 * equal title into one, puts environment variables into texts and does not
 * say on which line a value stood. So this look
 *   - reports unknown keys, keys given twice, lists where one value belongs,
 *     and "${..}", all with their lines, and blanks what is unknown;
 *   - reports the first syntax error and cuts the text there, so that what
 *     stands before it is checked all the same;
 *   - keeps titles and lines, and hands on a text without titles and comments.
 */

/* Faults of one file. Each is reported as "PATH:LINE: ..". */
struct config_faults {
	const char *path;
	unsigned count;
};
void config_fault(struct config_faults *faults, unsigned line,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

enum config_scope { SCOPE_GLOBAL, SCOPE_ZONE, SCOPE_TARGET, SCOPE_COUNT };

enum config_key_kind {
	CONFIG_KEY_UNKNOWN, CONFIG_KEY_SINGLE, CONFIG_KEY_LIST,
};
typedef enum config_key_kind config_key_finder(enum config_scope scope,
					       const char *name);

struct config_scan_key {
	char *name;
	unsigned line;
	unsigned *value_lines;
	size_t value_count;
};

struct config_scan_section {
	enum config_scope scope;
	char *title;			/* "" where there is none */
	unsigned line;
	bool cut;			/* a syntax error ended it */
	struct config_scan_key *keys;
	size_t key_count;
};

struct config_scan {
	char *text;			/* for libconfuse */
	/* [0] is the global one; the others as they stand in the file. */
	struct config_scan_section *sections;
	size_t section_count;
};

/* FIND tells what keys there are. Faults are added to FAULTS. */
struct config_scan *config_scan(const char *text, config_key_finder *find,
				struct config_faults *faults);
void config_scan_free(struct config_scan *scan);

bool config_scan_has(const struct config_scan_section *section,
		     const char *key);
/* The line of KEY in SECTION, or that of the section where it is not. */
unsigned config_scan_line(const struct config_scan_section *section,
			  const char *key);
/* The line of the value at INDEX of KEY. */
unsigned config_scan_value_line(const struct config_scan_section *section,
				const char *key, size_t index);
