/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/log.h"
#include "command/command.h"

#include <stddef.h>
#include <stdint.h>

struct options {
	const struct command *command;
#define OPTIONS_MAX 32
	unsigned given;			/* bits by the rows of option_rows */
	const char *config_path;		/* -c */
	const char *letsencrypt_directory;	/* -C, or NULL */
	const char *dane_directory;		/* -D, or NULL */
	bool dry_run;				/* -n */
	enum log_sink log_sink;			/* -l */
	const char *log_path;
	enum log_level log_level;		/* -L */
	bool quiet;				/* -q */
	bool json;
	bool details;				/* -v */
	bool keep_records;
	bool notifies;				/* --notify */
	unsigned servers, services;	/* bits, see tell/setup.h */
	bool wait;				/* --wait */
	int64_t wait_ms;			/* INT64_MAX: no limit */
	/* --warning, --critical, --max-age; 0: as check has it by itself */
	int64_t warning_ms, critical_ms, max_age_ms;
	char **arguments;			/* names, or what to print */
	size_t argument_count;
};

enum options_verdict {
	OPTIONS_RUN,		/* carry out options->command */
	OPTIONS_DONE,		/* --help or --version was printed */
	OPTIONS_BAD,		/* a message is on standard error: status 2 */
};

/*
 * All that there is to know about an option, as struct command has it about a
 * command. TAKE is given what was typed for it, or NULL.
 */
struct option_row {
	const char *word;	/* --WORD */
	char letter;		/* -LETTER; 0: it has none */
	const char *value;	/* what it takes; NULL: nothing */
	bool may_lack_value;	/* then it is typed --WORD=VALUE */
	const char *help;	/* one line; NULL: the word says it */
	unsigned takes;		/* the bit of those it is for; 0: all */
	const char *const *values;	/* some that it may have, or NULL */
	enum completes completes;
	enum options_verdict (*take)(struct options *options,
				     const char *value);
};

/* Every option, in the order of the help; the word of the last is NULL. */
extern const struct option_row option_rows[];

/* By its letter; by its word or the beginning of no other's, SIZE octets of
 * WORD. NULL: there is none. */
const struct option_row *option_find_letter(char letter);
const struct option_row *option_find_word(const char *word, size_t size);
/* Does the word of ROW begin with the SIZE octets of WORD? */
bool option_begins_with(const struct option_row *row, const char *word,
			size_t size);

/* Texts point into ARGV. Options may stand before and after the command. */
enum options_verdict options_parse(int argc, char **argv,
				   struct options *options);

/* --help, on standard output. */
void help_print(void);
