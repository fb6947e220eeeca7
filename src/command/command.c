/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "command/command_complete.h"
#include "command/command_print.h"

#include <stdlib.h>

#define TIME_OF_RUN	.work_ms = RUN_WORK_MS, .time_ms = RUN_TIME_MS
#define TIME_OF_HOOK	.work_ms = HOOK_WORK_MS, .time_ms = HOOK_TIME_MS

const struct command commands[] = {
	{
		.word = "run",
		.help = "advance every rollover that can advance (the default)",
		.takes = TAKES_WAIT,
		.calling = { .rest = REST_UNLESS_CERTBOT,
			     .looks_again = true, .rests = true,
			     TIME_OF_RUN },
		.execute = command_run,
	}, {
		.word = "init", .alias = "reset", .arguments = "[NAME]",
		.help = "create or recreate the dane directory",
		.completes = COMPLETES_LINEAGES,
		.calling = { .recreates = true, .local_only = true,
			     .rest = REST_UNLESS_CERTBOT,
			     .lock_wait_ms = INIT_WAIT_MS, TIME_OF_HOOK },
		.execute = command_init,
	}, {
		.word = "pre", .alias = "prehook",
		.help = "certbot's pre hook: keep services on what they serve",
		.calling = { .pins = true, .local_only = true,
			     .rest = REST_UNLESS_CERTBOT, .is_hook = true,
			     .lock_wait_ms = PRE_WAIT_MS, TIME_OF_HOOK },
		.execute = command_pre,
	}, {
		.word = "deploy", .alias = "deployhook",
		.help = "certbot's deploy hook: publish for what was renewed",
		.takes = TAKES_WAIT,
		.calling = { .rest = REST_NEVER, .hears_certbot = true,
			     .is_hook = true,
			     .lock_wait_ms = HOOK_WAIT_MS, TIME_OF_HOOK },
		.execute = command_run,
	}, {
		.word = "post", .alias = "posthook",
		.help = "certbot's post hook",
		.calling = { .rest = REST_ALWAYS, .is_hook = true,
			     .lock_wait_ms = HOOK_WAIT_MS, TIME_OF_HOOK },
		.execute = command_run,
	}, {
		.word = "status", .arguments = "[NAME]",
		.help = "where every lineage stands and what it waits for",
		.completes = COMPLETES_LINEAGES,
		.takes = TAKES_JSON | TAKES_DETAILS | TAKES_WAIT,
		.calling = { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
			     TIME_OF_RUN },
		.execute = command_status,
	}, {
		.word = "explain", .arguments = "[NAME]",
		.help = "why not yet, or why: caches, and what was done",
		.completes = COMPLETES_LINEAGES,
		.takes = TAKES_JSON,
		.calling = { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
			     TIME_OF_RUN },
		.execute = command_explain,
	}, {
		.word = "check", .arguments = "[NAME]",
		.help = "check the whole chain of one or all targets",
		.completes = COMPLETES_LINEAGES,
		.takes = TAKES_JSON | TAKES_LIMITS | TAKES_NOTICES,
		.calling = { .only_looks = true, .rest = REST_UNLESS_CERTBOT,
			     TIME_OF_RUN },
		.execute = command_check,
	}, {
		.word = "print", .arguments = "[SPEC]",
		.help = "TLSA data; SPEC: 311:FILE, 311:NAME, 311:archive/NAME",
		.completes = COMPLETES_RECORDS,
		.takes = TAKES_JSON,
		.calling = { .only_looks = true, .local_only = true },
		.execute = command_print,
	}, {
		.word = "configtest",
		.help = "check the configuration, what it names, and the "
			"services",
		.calling = { .only_looks = true, TIME_OF_RUN },
		.execute = command_configtest,
	}, {
		.word = "setup", .arguments = "[NAME]",
		.help = "what name server, services and certbot must be given",
		.completes = COMPLETES_LINEAGES,
		.takes = TAKES_KINDS,
		.calling = { .only_looks = true, .local_only = true },
		.execute = command_setup,
	}, {
		.word = "remove", .arguments = "NAME",
		.help = "end the management of a target: records, then links",
		.completes = COMPLETES_LINEAGES,
		.takes = TAKES_WAIT | TAKES_KEEPING,
		.calling = { .rest = REST_UNLESS_CERTBOT, .tells = true,
			     .lock_wait_ms = INIT_WAIT_MS, TIME_OF_RUN },
		.execute = command_remove,
	}, {
		.word = "complete", .arguments = "[WORD]",
		.needs_no_config = true,
		.calling = { .only_looks = true, .local_only = true },
		.execute = command_complete,
	}, {
		.word = NULL,
	},
};

const struct command *command_find(const char *word)
{
	for (const struct command *row = commands; row->word; row++)
		if (streq(row->word, word) || streq(row->alias, word))
			return row;
	return NULL;
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

	invariant(size <= WORD_MAX);
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

struct nearest {
	const char *word;
	size_t distance;
};

static void compare_word(struct nearest *nearest, const char *typed,
			 const char *word)
{
	size_t distance = word ? word_distance(typed, word) : SIZE_MAX;

	if (distance < nearest->distance)
		*nearest = (struct nearest){ word, distance };
}

const char *command_nearest(const char *word)
{
	struct nearest nearest = { NULL, SIZE_MAX };

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (const struct command *row = commands; row->word; row++)
		if (row->help)
			compare_word(&nearest, word, row->word);
	for (const struct command *row = commands; row->word; row++)
		compare_word(&nearest, word, row->alias);
	return nearest.distance <= 3 &&
	       nearest.distance < strlen(nearest.word) ? nearest.word : NULL;
}

char *command_list(unsigned takes)
{
	char *list = xstrdup("");
	size_t left = 0;

	for (const struct command *row = commands; row->word; row++)
		left += (row->takes & takes) != 0;
	for (const struct command *row = commands; row->word; row++) {
		char *before = list;

		if (!(row->takes & takes))
			continue;
		left--;
		list = xasprintf("%s%s%s", before, row->word,
				 left > 1 ? ", " : left ? " and " : "");
		free(before);
	}
	return list;
}
