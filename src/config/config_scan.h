/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "config/config_fault.h"

struct config_reader;

/*
 * A first look at the text of alnitak.conf, before libconfuse gets it.
 * libconfuse stops at the first key that it does not know, folds sections of
 * equal title into one, puts environment variables into texts and does not
 * say on which line a value stood. So this look
 *   - reports unknown keys, keys given twice, lists where one value belongs,
 *     and "${..}", all with their lines, and blanks what is unknown;
 *   - reports the first syntax error and cuts the text there, so that what
 *     stands before it is checked all the same;
 *   - reads what is included, each file as a text of its own: what is open at
 *     its end is a fault of that file;
 *   - keeps titles and lines (of all files, see config_fault.h), and hands on a
 *     text without titles, comments and includes.
 */

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
	size_t text_size;
	/* [0] is the global one; the others as they stand in the files. */
	struct config_scan_section *sections;
	size_t section_count;
	size_t read_size;		/* octets of all files */
	struct texts unmatched;		/* lines about patterns of includes
					   that match no file */
};

/* FIND tells what keys there are, READER how files are included; NULL: none
 * can be. Faults, and the files, are added to FAULTS. */
struct config_scan *config_scan(const char *text, config_key_finder *find,
				const struct config_reader *reader,
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
