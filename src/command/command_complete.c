/* SPDX-License-Identifier: MIT */
#include "command/command_complete.h"

#include "base/lineage_name.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

#define LETSENCRYPT_DIRECTORY "/etc/letsencrypt"

/* What stands on the line before the word to complete. */
struct typed {
	struct world *world;
	const struct command *command;	/* NULL: none yet */
	const struct option_row *pending;	/* lacks its value */
	const char *letsencrypt;
	bool options_ended;	/* by -- */
	bool lost;		/* no such command */
};

/* ---- What was typed --------------------------------------------------- */

static void note_value(struct typed *typed, const struct option_row *row,
		       const char *value)
{
	if (row->letter == 'C')
		typed->letsencrypt = value;
}

static void read_long(struct typed *typed, const char *word)
{
	size_t size = strcspn(word, "=");
	const struct option_row *row = option_find_word(word, size);

	if (!row || !row->value)
		return;
	if (word[size])
		note_value(typed, row, word + size + 1);
	else if (!row->may_lack_value)
		typed->pending = row;
}

/* As -nqC/etc/letsencrypt: letters until one takes what is left. */
static void read_letters(struct typed *typed, const char *letters)
{
	for (; *letters; letters++) {
		const struct option_row *row = option_find_letter(*letters);

		if (!row || !row->value)
			continue;
		if (letters[1])
			note_value(typed, row, letters + 1);
		else
			typed->pending = row;
		return;
	}
}

static void read_word(struct typed *typed, const char *word)
{
	if (typed->pending) {
		note_value(typed, typed->pending, word);
		typed->pending = NULL;
	} else if (!typed->options_ended && streq(word, "--")) {
		typed->options_ended = true;
	} else if (!typed->options_ended && strncmp(word, "--", 2) == 0) {
		read_long(typed, word + 2);
	} else if (!typed->options_ended && word[0] == '-' && word[1]) {
		read_letters(typed, word + 1);
	} else if (!typed->command) {
		typed->command = command_find(word);
		typed->lost = !typed->command;
	}
}

/* ---- What may follow -------------------------------------------------- */

/* BEFORE stands on the line already; TEXT is what was typed behind it. */
static void offer(const char *before, const char *text, const char *word,
		  const char *help)
{
	if (strncmp(word, text, strlen(text)) == 0)
		printf("word %s%s%s%s\n", before, word, help ? " " : "",
		       help ? help : "");
}

static void offer_lineages(const struct typed *typed, const char *before,
			   const char *text)
{
	char *path = xasprintf("%s/live", typed->letsencrypt);
	struct world *world = typed->world;
	int dir = world->dir_open(world, WORLD_CWD, path);
	struct texts names = { 0 };

	free(path);
	if (dir < 0)
		return;
	if (world->dir_list(world, dir, &names))
		names.count = 0;
	world->dir_close(world, dir);
	for (size_t i = 0; i < names.count; i++)
		if (lineage_name_valid(names.items[i]) &&
		    !strchr(names.items[i], ' ') &&
		    !streq(names.items[i], "README"))
			offer(before, text, names.items[i], NULL);
	texts_clear(&names);
}

static void offer_records(const struct typed *typed, const char *text)
{
	static const char *const params[] = {
		"311:", "301:", "211:", "201:", "312:", NULL,
	};
	const char *colon = strchr(text, ':');
	char *before;

	for (size_t i = 0; !colon && params[i]; i++)
		offer("", text, params[i], NULL);
	if (!colon)
		return;
	before = xstrndup(text, (size_t)(colon + 1 - text));
	offer_lineages(typed, before, colon + 1);
	printf("file %s\n", colon + 1);
	free(before);
}

static void offer_values(const struct typed *typed, enum completes completes,
			 const char *before, const char *text)
{
	switch (completes) {
	case COMPLETES_NOTHING:
		return;
	case COMPLETES_FILES:
		printf("file %s\n", text);
		return;
	case COMPLETES_DIRECTORIES:
		printf("directory %s\n", text);
		return;
	case COMPLETES_LINEAGES:
		offer_lineages(typed, before, text);
		return;
	case COMPLETES_RECORDS:
		offer_records(typed, text);
		return;
	}
}

static void offer_option_values(const struct typed *typed,
				const struct option_row *row,
				const char *before, const char *text)
{
	for (size_t i = 0; row->values && row->values[i]; i++)
		offer(before, text, row->values[i], NULL);
	offer_values(typed, row->completes, before, text);
}

static void offer_option(const struct option_row *row, const char *text)
{
	char letter[] = { '-', row->letter, '\0' };
	char *word = xasprintf("--%s", row->word);

	if (row->letter)
		offer("", text, letter, row->help);
	offer("", text, word, row->help);
	free(word);
}

static void offer_options(const struct typed *typed, const char *text)
{
	for (const struct option_row *row = option_rows; row->word; row++)
		if (!row->takes || !typed->command ||
		    (row->takes & typed->command->takes))
			offer_option(row, text);
}

/* --log-level=v */
static void offer_after_equals(const struct typed *typed, const char *word)
{
	const char *equals = strchr(word, '=');
	const struct option_row *row;
	char *before;

	row = option_find_word(word + 2, (size_t)(equals - word - 2));
	if (!row)
		return;
	before = xstrndup(word, (size_t)(equals + 1 - word));
	offer_option_values(typed, row, before, equals + 1);
	free(before);
}

static void offer_commands(const char *text)
{
	for (const struct command *row = commands; row->word; row++)
		if (row->help)
			offer("", text, row->word, row->help);
}

static void offer_all(const struct typed *typed, const char *word)
{
	bool option = word[0] == '-' && !typed->options_ended;

	if (typed->pending)
		offer_option_values(typed, typed->pending, "", word);
	else if (option && word[1] == '-' && strchr(word, '='))
		offer_after_equals(typed, word);
	else if (option)
		offer_options(typed, word);
	else if (typed->command)
		offer_values(typed, typed->command->completes, "", word);
	else if (!typed->lost)
		offer_commands(word);
}

enum exit_status command_complete(struct world *world,
				  const struct config *config,
				  const struct options *options)
{
	struct typed typed = { .world = world,
			       .letsencrypt = LETSENCRYPT_DIRECTORY };
	size_t count = options->argument_count;

	(void)config;
	for (size_t i = 0; i + 1 < count; i++)
		read_word(&typed, options->arguments[i]);
	offer_all(&typed, count ? options->arguments[count - 1] : "");
	return EXIT_DONE;
}
