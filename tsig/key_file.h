/* SPDX-License-Identifier: MIT */
#pragma once

#include "tsig/key_text.h"

/* What a key file says of one key; the texts point into the file. */
struct key_entry {
	struct text name;
	struct text algorithm;
	struct text secret;
	unsigned line;	/* where it begins */
	char key_name[KEY_NAME_TEXT_SIZE];	/* NAME made canonical */
};

struct key_file {
	struct key_entry entries[TSIG_KEYS_PER_FILE_MAX];
	size_t count;
	unsigned line;	/* at fault */
};

/* Gives ERROR back, having noted the line. */
enum tsig_key_error key_file_fault(struct key_file *file,
				   enum tsig_key_error error, unsigned line);

/* Appends an entry that begins on LINE. Error: TOO_MANY. */
enum tsig_key_error key_file_add(struct key_file *file, unsigned line);

/* Sets PART of the entry begun last. Error: REPEATED. */
enum tsig_key_error key_file_set(struct key_file *file, struct text *part,
				 struct text value);

/*
 * BIND's form, in key_bind.c: statements
 * key "name" { algorithm name; secret "base64"; };
 * with clauses in any order, quotes or none, and comments of the three kinds.
 */
enum tsig_key_error key_bind_parse(struct key_file *file,
				   struct scanner scanner);

/* Steps over blanks, line ends and BIND's comments; false: one has no end. */
bool key_bind_skip(struct scanner *scanner);
