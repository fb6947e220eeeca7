/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "base/xalloc.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define WAIT_SECONDS_MAX (3650LL * 24 * 60 * 60)

static const struct command_word {
	const char *word;
	enum command command;
} command_words[] = {
	{ "run", COMMAND_RUN },
	{ "init", COMMAND_INIT },
	{ "pre", COMMAND_PRE },
	{ "deploy", COMMAND_DEPLOY },
	{ "post", COMMAND_POST },
	{ "status", COMMAND_STATUS },
	{ "print", COMMAND_PRINT },
	{ "configtest", COMMAND_CONFIGTEST },
	{ "check", COMMAND_CHECK },
	/* Other words for the same. */
	{ "reset", COMMAND_INIT },
	{ "prehook", COMMAND_PRE },
	{ "deployhook", COMMAND_DEPLOY },
	{ "posthook", COMMAND_POST },
};
#define COMMAND_WORDS (sizeof(command_words) / sizeof(command_words[0]))

enum { OPTION_JSON = 256, OPTION_WAIT };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "letsencrypt-directory", required_argument, NULL, 'C' },
	{ "dane-directory", required_argument, NULL, 'D' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "log", required_argument, NULL, 'l' },
	{ "log-level", required_argument, NULL, 'L' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "wait", optional_argument, NULL, OPTION_WAIT },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
"usage: alnitak [OPTION]... [COMMAND] [ARGUMENT]...\n"
"Renews DANE TLSA records together with certbot's certificates.\n"
"  run            advance every rollover that can advance (the default)\n"
"  init           create or recreate the dane directory\n"
"  pre            certbot's pre hook: keep services on what they serve\n"
"  deploy         certbot's deploy hook: publish for what was renewed\n"
"  post           certbot's post hook\n"
"  status         where every lineage stands and what it waits for\n"
"  print [SPEC]   TLSA data; SPEC: 311:FILE, 311:NAME, 311:archive/NAME\n"
"  configtest     check the configuration and everything it names\n"
"  check [NAME]   check the whole chain of one or all targets\n"
"Options:\n"
"  -c FILE        configuration (" ALNITAK_CONF ")\n"
"  -C DIRECTORY   certbot's directory    -D DIRECTORY  the dane directory\n"
"  -n             dry run: say what would be done, change nothing\n"
"  -l LOG         a file, - (standard output), syslog, no\n"
"  -L LEVEL       no, normal, verbose, debug\n"
"  -q             no messages on standard error\n"
"  --json         for status, print, check\n"
"  --wait[=TIME]  for run, deploy: stay until all is done (90s, 5m, 2h, 1d)\n"
"  -V, --version  -h, --help\n"
"Exit status: 0 done or waiting, 1 a target failed, 2 command line,\n"
"3 configuration, 4 state or lock, 15 another instance runs.\n";

const char *command_name(enum command command)
{
	for (size_t i = 0; i < COMMAND_WORDS; i++)
		if (command_words[i].command == command)
			return command_words[i].word;
	invariant(!"a command without a word");
	return NULL;
}

/* Says what is wrong on standard error: no log is open yet. */
static enum options_verdict bad(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static enum options_verdict bad(const char *format, ...)
{
	va_list arguments;

	fputs("alnitak: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; see alnitak --help\n", stderr);
	return OPTIONS_BAD;
}

/* Text from outside, cut and made harmless for a message. */
#define SHOWN_MAX 64
struct shown {
	char text[SHOWN_MAX];
};

static struct shown shown(const char *text)
{
	struct shown result = { "" };

	for (size_t i = 0; text[i] && i < SHOWN_MAX - 1; i++)
		result.text[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i]
								  : '?';
	return result;
}

/* Letters to add, remove or change to make B of A (Levenshtein). */
#define WORD_MAX 24

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static size_t word_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], size = strlen(b);

	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= size; j++) {
			size_t change = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			row[j] = smallest(row[j] + 1, row[j - 1] + 1, change);
		}
	}
	return row[size];
}

static enum options_verdict unknown_command(const char *word)
{
	size_t best = SIZE_MAX, distance;
	const char *nearest = NULL;

	for (size_t i = 0; i < COMMAND_WORDS; i++) {
		invariant(strlen(command_words[i].word) <= WORD_MAX);
		if (strlen(word) > WORD_MAX)
			break;
		distance = word_distance(word, command_words[i].word);
		if (distance < best) {
			best = distance;
			nearest = command_words[i].word;
		}
	}
	if (nearest && best <= 3 && best < strlen(nearest))
		return bad("there is no command \"%s\", did you mean \"%s\"?",
			   shown(word).text, nearest);
	return bad("there is no command \"%s\"", shown(word).text);
}

static bool command_find(const char *word, enum command *command)
{
	for (size_t i = 0; i < COMMAND_WORDS; i++) {
		if (!streq(command_words[i].word, word))
			continue;
		*command = command_words[i].command;
		return true;
	}
	return false;
}

/* "90", "90s", "5m", "2h", "1d" to milliseconds. */
static bool duration_parse(const char *text, int64_t *wait_ms)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 60 * 60, 24 * 60 * 60 };
	size_t digits = strspn(text, "0123456789");
	const char *unit = strchr(units, text[digits] ? text[digits] : 's');
	int64_t value;

	if (digits == 0 || digits > 9 || !unit ||
	    (text[digits] && text[digits + 1]))
		return false;
	value = strtoll(text, NULL, 10) * seconds[unit - units];
	*wait_ms = value * 1000;
	return value > 0 && value <= WAIT_SECONDS_MAX;
}

static enum options_verdict take_wait(struct options *options,
				      const char *text)
{
	options->wait = true;
	options->wait_ms = INT64_MAX;
	if (text && !duration_parse(text, &options->wait_ms))
		return bad("--wait: \"%s\" is no time like 90s, 5m, 2h or 1d",
			   shown(text).text);
	return OPTIONS_RUN;
}

static enum options_verdict take_level(struct options *options,
				       const char *text)
{
	static const char *const levels[] = {
		[LOG_LEVEL_NO] = "no",
		[LOG_LEVEL_NORMAL] = "normal",
		[LOG_LEVEL_VERBOSE] = "verbose",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	for (int i = LOG_LEVEL_NO; i <= LOG_LEVEL_DEBUG; i++) {
		if (!streq(text, levels[i]))
			continue;
		options->log_level = (enum log_level)i;
		return OPTIONS_RUN;
	}
	return bad("-L: \"%s\" is none of no, normal, verbose and debug",
		   shown(text).text);
}

static enum options_verdict take_log(struct options *options, const char *text)
{
	options->log_path = NULL;
	if (!*text)
		return bad("-l: the name of the file is empty");
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
		return bad("\"%s\" is no absolute path", shown(text).text);
	return OPTIONS_RUN;
}

static enum options_verdict unknown_option(char **argv)
{
	if (optopt && optopt < 256)
		return bad("there is no option -%c", optopt > ' ' &&
			   optopt < 0x7f ? optopt : '?');
	if (optopt)
		return bad("\"%s\" takes no value",
			   shown(argv[optind - 1]).text);
	return bad("there is no option \"%s\"", shown(argv[optind - 1]).text);
}

static enum options_verdict take_option(int option, char **argv,
					struct options *options)
{
	switch (option) {
	case 'c':
		options->config_path = optarg;
		return OPTIONS_RUN;
	case 'C':
		return take_directory(&options->letsencrypt_directory, optarg);
	case 'D':
		return take_directory(&options->dane_directory, optarg);
	case 'n':
		options->dry_run = true;
		return OPTIONS_RUN;
	case 'l':
		return take_log(options, optarg);
	case 'L':
		return take_level(options, optarg);
	case 'q':
		options->quiet = true;
		return OPTIONS_RUN;
	case OPTION_JSON:
		options->json = true;
		return OPTIONS_RUN;
	case OPTION_WAIT:
		return take_wait(options, optarg);
	case 'V':
		puts("alnitak " PACKAGE_VERSION);
		return OPTIONS_DONE;
	case 'h':
		fputs(help_text, stdout);
		return OPTIONS_DONE;
	case ':':
		return bad("\"%s\" lacks its value",
			   shown(argv[optind - 1]).text);
	default: /* getopt's '?' */
		return unknown_option(argv);
	}
}

static bool takes_arguments(enum command command)
{
	return command == COMMAND_PRINT || command == COMMAND_CHECK;
}

static enum options_verdict check_command(const struct options *options)
{
	enum command command = options->command;
	const char *name = command_name(command);

	if (options->json && command != COMMAND_STATUS &&
	    command != COMMAND_CHECK && command != COMMAND_PRINT)
		return bad("%s: --json is for status, check and print", name);
	if (options->wait && command != COMMAND_RUN &&
	    command != COMMAND_DEPLOY)
		return bad("%s: --wait is for run and deploy", name);
	if (options->argument_count && !takes_arguments(command))
		return bad("%s: \"%s\" is too much", name,
			   shown(options->arguments[0]).text);
	return OPTIONS_RUN;
}

/* The words that are left once the options are gone. */
static enum options_verdict take_words(char **words, size_t count,
				       struct options *options)
{
	if (count) {
		if (!command_find(words[0], &options->command))
			return unknown_command(words[0]);
		words++;
		count--;
	}
	options->arguments = words;
	options->argument_count = count;
	return check_command(options);
}

enum options_verdict options_parse(int argc, char **argv,
				   struct options *options)
{
	enum options_verdict verdict = OPTIONS_RUN;
	int option;

	*options = (struct options){
		.command = COMMAND_RUN,
		.config_path = ALNITAK_CONF,
		.log_sink = LOG_SINK_STDERR,
		.log_level = LOG_LEVEL_NORMAL,
	};
	optind = 0;	/* GNU: start afresh */
	opterr = 0;
	while (verdict == OPTIONS_RUN) {
		option = getopt_long(argc, argv, ":c:C:D:nl:L:qVh",
				     long_options, NULL);
		if (option < 0)
			return take_words(argv + optind,
					  (size_t)(argc - optind), options);
		verdict = take_option(option, argv, options);
	}
	return verdict;
}
