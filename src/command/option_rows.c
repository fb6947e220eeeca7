/* SPDX-License-Identifier: MIT */
#include "command/refuse.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "tell/setup.h"

#include <stdio.h>

/* ---- What each option does -------------------------------------------- */

static enum options_verdict take_config(struct options *options,
					const char *text)
{
	options->config_path = text;
	return OPTIONS_RUN;
}

static enum options_verdict take_time(const char *option, const char *text,
				      int64_t *time_ms)
{
	if (text_duration_parse(text, time_ms))
		return OPTIONS_RUN;
	return refuse("--%s: \"%s\" is no time like 90s, 5m, 2h or 1d", option,
		      refuse_text(text).text);
}

static enum options_verdict take_wait(struct options *options,
				      const char *text)
{
	options->wait = true;
	options->wait_ms = INT64_MAX;
	return text ? take_time("wait", text, &options->wait_ms) :
		      OPTIONS_RUN;
}

static enum options_verdict take_warning(struct options *options,
					 const char *text)
{
	return take_time("warning", text, &options->warning_ms);
}

static enum options_verdict take_critical(struct options *options,
					  const char *text)
{
	return take_time("critical", text, &options->critical_ms);
}

static enum options_verdict take_max_age(struct options *options,
					 const char *text)
{
	return take_time("max-age", text, &options->max_age_ms);
}

static const char *const level_values[] = {
	[LOG_LEVEL_NO] = "no",
	[LOG_LEVEL_NORMAL] = "normal",
	[LOG_LEVEL_VERBOSE] = "verbose",
	[LOG_LEVEL_DEBUG] = "debug",
	NULL,
};

static enum options_verdict take_level(struct options *options,
				       const char *text)
{
	for (int i = LOG_LEVEL_NO; i <= LOG_LEVEL_DEBUG; i++) {
		if (!streq(text, level_values[i]))
			continue;
		options->log_level = (enum log_level)i;
		return OPTIONS_RUN;
	}
	return refuse("-L: \"%s\" is none of no, normal, verbose and debug",
		      refuse_text(text).text);
}

/* Beside the name of a file. */
static const char *const log_values[] = { "-", "syslog", "no", NULL };

static enum options_verdict take_log(struct options *options, const char *text)
{
	options->log_path = NULL;
	if (!*text)
		return refuse("-l: the name of the file is empty");
	if (streq(text, "-")) {
		options->log_sink = LOG_SINK_STDOUT;
	} else if (streq(text, "syslog")) {
		options->log_sink = LOG_SINK_SYSLOG;
	} else if (streq(text, "no")) {
		options->log_sink = LOG_SINK_NONE;
	} else {
		options->log_sink = LOG_SINK_FILE;
		options->log_path = text;
	}
	return OPTIONS_RUN;
}

/* Links are made between these directories, so where they are must not
 * depend on where we are. */
static enum options_verdict take_directory(const char **directory,
					   const char *text)
{
	*directory = text;
	if (text[0] != '/')
		return refuse("\"%s\" is no absolute path",
			      refuse_text(text).text);
	return OPTIONS_RUN;
}

static enum options_verdict take_letsencrypt(struct options *options,
					     const char *text)
{
	return take_directory(&options->letsencrypt_directory, text);
}

static enum options_verdict take_dane(struct options *options,
				      const char *text)
{
	return take_directory(&options->dane_directory, text);
}

static enum options_verdict take_dry_run(struct options *options,
					 const char *text)
{
	(void)text;
	options->dry_run = true;
	return OPTIONS_RUN;
}

static enum options_verdict take_quiet(struct options *options,
				       const char *text)
{
	(void)text;
	options->quiet = true;
	return OPTIONS_RUN;
}

static enum options_verdict take_json(struct options *options,
				      const char *text)
{
	(void)text;
	options->json = true;
	return OPTIONS_RUN;
}

static enum options_verdict take_details(struct options *options,
					 const char *text)
{
	(void)text;
	options->details = true;
	return OPTIONS_RUN;
}

static enum options_verdict take_keep_records(struct options *options,
					      const char *text)
{
	(void)text;
	options->keep_records = true;
	return OPTIONS_RUN;
}

static enum options_verdict take_notify(struct options *options,
					const char *value)
{
	(void)value;
	options->notifies = true;
	return OPTIONS_RUN;
}

/* "WORD,WORD": adds their bits. */
static enum options_verdict take_kinds(const char *option,
				       const char *const *words,
				       const char *text, unsigned *kinds)
{
	const char *end = text;

	for (;; text = end + 1) {
		unsigned bit;

		end = text + strcspn(text, ",");
		bit = text_word_bit(words, text, (size_t)(end - text));
		if (!bit)
			return refuse("--%s: there is no \"%s\" among those "
				      "that are known, as %s", option,
				      refuse_text(text).text, words[0]);
		*kinds |= bit;
		if (!*end)
			return OPTIONS_RUN;
	}
}

static enum options_verdict take_server(struct options *options,
					const char *text)
{
	return take_kinds("server", setup_server_words, text,
			  &options->servers);
}

static enum options_verdict take_service(struct options *options,
					 const char *text)
{
	return take_kinds("service", setup_service_words, text,
			  &options->services);
}

static enum options_verdict take_version(struct options *options,
					 const char *text)
{
	(void)options;
	(void)text;
	puts("alnitak " PACKAGE_VERSION);
	return OPTIONS_DONE;
}

static enum options_verdict take_help(struct options *options,
				      const char *text)
{
	(void)options;
	(void)text;
	help_print();
	return OPTIONS_DONE;
}

/* ---- The table -------------------------------------------------------- */

const struct option_row option_rows[] = {
	{
		.word = "config", .letter = 'c', .value = "FILE",
		.help = "configuration (" ALNITAK_CONF ")",
		.completes = COMPLETES_FILES, .take = take_config,
	}, {
		.word = "letsencrypt-directory", .letter = 'C',
		.value = "DIRECTORY", .help = "certbot's directory",
		.completes = COMPLETES_DIRECTORIES, .take = take_letsencrypt,
	}, {
		.word = "dane-directory", .letter = 'D',
		.value = "DIRECTORY", .help = "the dane directory",
		.completes = COMPLETES_DIRECTORIES, .take = take_dane,
	}, {
		.word = "dry-run", .letter = 'n',
		.help = "dry run: say what would be done, change nothing",
		.take = take_dry_run,
	}, {
		.word = "log", .letter = 'l', .value = "LOG",
		.help = "a file, - (standard output), syslog, no",
		.values = log_values, .completes = COMPLETES_FILES,
		.take = take_log,
	}, {
		.word = "log-level", .letter = 'L', .value = "LEVEL",
		.help = "no, normal, verbose, debug",
		.values = level_values, .take = take_level,
	}, {
		.word = "quiet", .letter = 'q',
		.help = "no messages on standard error",
		.take = take_quiet,
	}, {
		.word = "json", .help = "output as JSON",
		.takes = TAKES_JSON, .take = take_json,
	}, {
		.word = "details", .letter = 'v', .help = "all that is known",
		.takes = TAKES_DETAILS, .take = take_details,
	}, {
		.word = "wait", .value = "TIME", .may_lack_value = true,
		.help = "stay till done (5m, 2h)",
		.takes = TAKES_WAIT, .take = take_wait,
	}, {
		.word = "keep-records",
		.help = "delete none; links stay on what matches them",
		.takes = TAKES_KEEPING, .take = take_keep_records,
	}, {
		.word = "warning", .value = "TIME",
		.help = "warn when less is left of a certificate",
		.takes = TAKES_LIMITS, .take = take_warning,
	}, {
		.word = "critical", .value = "TIME",
		.help = "the same of what is critical",
		.takes = TAKES_LIMITS, .take = take_critical,
	}, {
		.word = "max-age", .value = "TIME",
		.help = "critical when the last run is older",
		.takes = TAKES_LIMITS, .take = take_max_age,
	}, {
		.word = "notify", .help = "and tell who is told of alarms",
		.takes = TAKES_NOTICES, .take = take_notify,
	}, {
		.word = "server", .value = "KIND",
		.help = "only for bind, knot or powerdns",
		.values = setup_server_words,
		.takes = TAKES_KINDS, .take = take_server,
	}, {
		.word = "service", .value = "KIND",
		.help = "only for postfix, dovecot, nginx, ..",
		.values = setup_service_words,
		.takes = TAKES_KINDS, .take = take_service,
	}, {
		.word = "version", .letter = 'V', .take = take_version,
	}, {
		.word = "help", .letter = 'h', .take = take_help,
	}, {
		.word = NULL,
	},
};

const struct option_row *option_find_letter(char letter)
{
	for (const struct option_row *row = option_rows; row->word; row++)
		if (row->letter && row->letter == letter)
			return row;
	return NULL;
}

bool option_begins_with(const struct option_row *row, const char *word,
			size_t size)
{
	return size && strncmp(row->word, word, size) == 0;
}

const struct option_row *option_find_word(const char *word, size_t size)
{
	const struct option_row *found = NULL;
	size_t count = 0;

	for (const struct option_row *row = option_rows; row->word; row++) {
		if (!option_begins_with(row, word, size))
			continue;
		if (!row->word[size])
			return row;
		found = row;
		count++;
	}
	return count == 1 ? found : NULL;
}
