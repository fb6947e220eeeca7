/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "base/log.h"
#include "disk/renewed.h"

#include <stddef.h>
#include <stdint.h>

const char *command_name(enum command command);

struct options {
	enum command command;
	const char *config_path;		/* -c */
	const char *letsencrypt_directory;	/* -C, or NULL */
	const char *dane_directory;		/* -D, or NULL */
	bool dry_run;				/* -n */
	enum log_sink log_sink;			/* -l */
	const char *log_path;
	enum log_level log_level;		/* -L */
	bool quiet;				/* -q */
	bool json;
	bool wait;				/* --wait */
	int64_t wait_ms;			/* INT64_MAX: no limit */
	char **arguments;			/* print, check: the rest */
	size_t argument_count;
	struct renewed renewed;			/* deploy; not parsed here */
};

enum options_verdict {
	OPTIONS_RUN,		/* carry out options->command */
	OPTIONS_DONE,		/* --help or --version was printed */
	OPTIONS_BAD,		/* a message is on standard error: status 2 */
};

/* Texts point into ARGV. Options may stand before and after the command. */
enum options_verdict options_parse(int argc, char **argv,
				   struct options *options);
