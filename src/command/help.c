/* SPDX-License-Identifier: MIT */
#include "command/help.h"

#include "base/xalloc.h"
#include "command/options.h"

#include <stdio.h>
#include <stdlib.h>

/* Takes over WHAT. */
static void print_row(char *what, const char *help)
{
	printf("  %-14s  %s\n", what, help);
	free(what);
}

static void print_command(const struct command *command)
{
	print_row(xasprintf("%s%s%s", command->word,
			    command->arguments ? " " : "",
			    command->arguments ? command->arguments : ""),
		  command->help);
}

/* "-c FILE", "--json", "--wait[=TIME]". */
static char *option_text(const struct option_row *row)
{
	char letter[] = { '-', row->letter, '\0' };
	char *name = row->letter ? xstrdup(letter) :
				   xasprintf("--%s", row->word);
	char *text;

	if (!row->value)
		return name;
	text = xasprintf(row->may_lack_value ? "%s[=%s]" : "%s %s", name,
			 row->value);
	free(name);
	return text;
}

static void print_option(const struct option_row *row)
{
	char *list, *help;

	if (!row->takes) {
		print_row(option_text(row), row->help);
		return;
	}
	list = command_list(row->takes);
	help = xasprintf("for %s: %s", list, row->help);
	print_row(option_text(row), help);
	free(help);
	free(list);
}

void help_print(void)
{
	puts("usage: alnitak [OPTION]... [COMMAND] [ARGUMENT]...\n"
	     "Renews DANE TLSA records together with certbot's certificates.");
	for (const struct command *row = commands; row->word; row++)
		if (row->help)
			print_command(row);
	puts("Options:");
	for (const struct option_row *row = option_rows; row->word; row++)
		if (row->help)
			print_option(row);
	/* What their words say. */
	for (const struct option_row *row = option_rows; row->word; row++)
		if (!row->help)
			printf("  -%c, --%s", row->letter, row->word);
	puts("\nExit status: 0 done or waiting, 1 a target failed, "
	     "2 command line,\n"
	     "3 configuration, 4 state or lock, 15 another instance runs.");
}
