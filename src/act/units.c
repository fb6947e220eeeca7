/* SPDX-License-Identifier: MIT */
#include "act/units.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define SYSTEMCTL "/usr/bin/systemctl"
/* sd_booted(3): is systemd the init of this system? */
#define BOOTED "/run/systemd/system"

#define COMMAND_ENDS ";&|()\n"
#define BLANKS " \t"
#define UNIT_LETTERS "abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\@-"

/* ---- What a command names ---------------------------------------------- */

static const char *const reloading[] = {
	"reload", "restart", "try-restart", "reload-or-restart",
	"try-reload-or-restart", "force-reload", NULL,
};
/* Options without a word behind them, after which the units still are this
 * system's. */
static const char *const harmless[] = {
	"-q", "--quiet", "--no-block", "--no-ask-password", "--system", NULL,
};

static bool is_one_of(const char *word, const char *const *list)
{
	while (*list && !streq(word, *list))
		list++;
	return *list;
}

static bool is_systemctl(const char *word)
{
	return streq(word, "systemctl") || streq(word, "/bin/systemctl") ||
	       streq(word, SYSTEMCTL);
}

/* The next word before END, allocated; *AT goes behind it. NULL: there is
 * none, nor behind a redirection. */
static char *next_word(const char **at, const char *end)
{
	const char *word = *at + strspn(*at, BLANKS);
	size_t size = strcspn(word, BLANKS "<>#" COMMAND_ENDS);

	if (word >= end || size == 0)
		return NULL;
	*at = word + size;
	return xstrndup(word, size);
}

/* A number may be the descriptor of a redirection. */
static bool is_unit(const char *word)
{
	return word[strspn(word, UNIT_LETTERS)] == '\0' &&
	       word[strspn(word, "0123456789")] != '\0';
}

/* Of one simple command from AT to END; nothing where an option says that other
 * units are meant. */
static void read_command(const char *at, const char *end, struct texts *units)
{
	enum { PROGRAM, VERB, UNITS, NOTHING } next = PROGRAM;
	struct texts found = { .items = NULL };
	char *word;

	while (next != NOTHING && (word = next_word(&at, end))) {
		if (next == PROGRAM)
			next = is_systemctl(word) ? VERB : NOTHING;
		else if (*word == '-')
			next = is_one_of(word, harmless) ? next : NOTHING;
		else if (next == VERB)
			next = is_one_of(word, reloading) ? UNITS : NOTHING;
		else if (is_unit(word))
			texts_add(&found, word);
		free(word);
	}
	for (size_t i = 0; next == UNITS && i < found.count; i++)
		texts_add_once(units, found.items[i]);
	texts_clear(&found);
}

void units_named(const char *command, struct texts *units)
{
	while (command && *command) {
		const char *end = command + strcspn(command, COMMAND_ENDS);

		read_command(command, end, units);
		command = end + strspn(end, COMMAND_ENDS);
	}
}

/* ---- What systemd knows ------------------------------------------------ */

/* UNITS in the order of the lines of OUTPUT, one of LoadState for each. */
static void read_states(const char *output, const struct texts *units,
			struct texts *unknown)
{
	const char *key = "LoadState=", *line = output;

	for (size_t i = 0; i < units->count; i++) {
		line = strstr(line, key);
		if (!line)
			return;
		line += strlen(key);
		if (strncmp(line, "not-found\n", 10) == 0 ||
		    strncmp(line, "masked\n", 7) == 0)
			texts_add(unknown, units->items[i]);
	}
}

void units_find_unknown(struct world *world, const struct texts *units,
			struct texts *unknown)
{
	const char *const environment[] = { "LANG=C", NULL };
	struct program program = { .environment = environment,
				   .timeout_ms = UNITS_TIMEOUT_MS };
	const char **arguments;
	struct file_info info;

	if (units->count == 0 ||
	    world->file_info(world, WORLD_CWD, BOOTED, true, &info) != 0)
		return;
	arguments = xcalloc(units->count + 6, sizeof(*arguments));
	arguments[0] = SYSTEMCTL;
	arguments[1] = "show";
	arguments[2] = "--no-pager";
	arguments[3] = "--property=LoadState";
	arguments[4] = "--";
	for (size_t i = 0; i < units->count; i++)
		arguments[5 + i] = units->items[i];
	program.arguments = arguments;
	world->execute(world, &program);
	if (!program.error && !program.timed_out && program.status == 0)
		read_states(program.output, units, unknown);
	free(program.output);
	free(arguments);
}
