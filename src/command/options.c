/* SPDX-License-Identifier: MIT */
#include "command/refuse.h"

#include "base/xalloc.h"

#include <getopt.h>
#include <stdlib.h>

/* ---- Reading the command line ----------------------------------------- */

/* What getopt_long() yields for a row by its word; a letter yields itself. */
#define BY_WORD 256

struct getopt_tables {
	char letters[3 * OPTIONS_MAX + 2];
	struct option words[OPTIONS_MAX + 1];
};

static void fill_tables(struct getopt_tables *tables)
{
	char *letter = tables->letters;

	memset(tables, 0, sizeof(*tables));
	*letter++ = ':';	/* a missing value is no unknown option */
	for (size_t i = 0; option_rows[i].word; i++) {
		const struct option_row *row = &option_rows[i];

		invariant(i < OPTIONS_MAX);
		tables->words[i] = (struct option){
			.name = row->word, .val = BY_WORD + (int)i,
			.has_arg = !row->value ? no_argument :
				   row->may_lack_value ? optional_argument :
							 required_argument,
		};
		if (!row->letter)
			continue;
		*letter++ = row->letter;
		if (row->value)
			*letter++ = ':';
		if (row->may_lack_value)
			*letter++ = ':';
	}
}

/* TYPED may be the beginning of several. */
static enum options_verdict unknown_word(const char *typed)
{
	size_t size = strcspn(typed + 2, "=");
	const struct option_row *first = NULL;

	for (const struct option_row *row = option_rows; row->word; row++) {
		if (!option_begins_with(row, typed + 2, size))
			continue;
		if (first)
			return refuse("\"%s\" may be --%s or --%s",
				      refuse_text(typed).text, first->word,
				   row->word);
		first = row;
	}
	return refuse("there is no option \"%s\"", refuse_text(typed).text);
}

static enum options_verdict unknown_option(const char *typed)
{
	if (optopt >= BY_WORD)
		return refuse("\"%s\" takes no value", refuse_text(typed).text);
	if (optopt)
		return refuse("there is no option -%c", optopt > ' ' &&
			   optopt < 0x7f ? optopt : '?');
	return unknown_word(typed);
}

static enum options_verdict take_option(int option, const char *typed,
					struct options *options)
{
	const struct option_row *row;

	if (option == '?')
		return unknown_option(typed);
	if (option == ':')
		return refuse("\"%s\" lacks its value",
			      refuse_text(typed).text);
	row = option >= BY_WORD ? &option_rows[option - BY_WORD] :
				  option_find_letter((char)option);
	invariant(row);
	options->given |= 1U << (row - option_rows);
	return row->take(options, optarg);
}

static enum options_verdict not_for(const struct option_row *row,
				    const struct command *command)
{
	char *list = command_list(row->takes);

	refuse("%s: --%s is for %s", command->word, row->word, list);
	free(list);
	return OPTIONS_BAD;
}

static enum options_verdict check_command(const struct options *options)
{
	const struct command *command = options->command;

	for (size_t i = 0; option_rows[i].word; i++)
		if (options->given & 1U << i && option_rows[i].takes &&
		    !(option_rows[i].takes & command->takes))
			return not_for(&option_rows[i], command);
	if (options->argument_count && !command->arguments)
		return refuse("%s: \"%s\" is too much", command->word,
			      refuse_text(options->arguments[0]).text);
	return OPTIONS_RUN;
}

static enum options_verdict unknown_command(const char *word)
{
	const char *nearest = command_nearest(word);

	if (nearest)
		return refuse("there is no command \"%s\", did you mean "
			      "\"%s\"?", refuse_text(word).text, nearest);
	return refuse("there is no command \"%s\"", refuse_text(word).text);
}

/* The words that are left once the options are gone. */
static enum options_verdict take_words(char **words, size_t count,
				       struct options *options)
{
	if (count) {
		options->command = command_find(words[0]);
		if (!options->command)
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
	struct getopt_tables tables;
	int option;

	*options = (struct options){
		.command = commands,
		.config_path = ALNITAK_CONF,
		.log_sink = LOG_SINK_STDERR,
		.log_level = LOG_LEVEL_NORMAL,
	};
	fill_tables(&tables);
	optind = 0;	/* GNU: start afresh */
	opterr = 0;
	while (verdict == OPTIONS_RUN) {
		option = getopt_long(argc, argv, tables.letters, tables.words,
				     NULL);
		if (option < 0)
			return take_words(argv + optind,
					  (size_t)(argc - optind), options);
		verdict = take_option(option, argv[optind - 1], options);
	}
	return verdict;
}
