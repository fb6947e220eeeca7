/* SPDX-License-Identifier: MIT */
#include "tell/setup_print.h"

#include "base/name.h"
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WIDTH 78

void setup_part(const char *title)
{
	printf("\n# ==== %s ====\n", title);
}

void setup_piece(const char *format, ...)
{
	va_list arguments;

	fputs("\n# ---- ", stdout);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* Takes TEXT apart. */
static void print_filled(char *text)
{
	size_t column = 0;
	char *word;

	while ((word = strsep(&text, " "))) {
		if (column && column + 1 + strlen(word) > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s %s", column ? "" : "#", word);
	}
	putchar('\n');
}

void setup_note(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	must(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	print_filled(text);
	free(text);
}

static void print_guess(const struct setup *setup,
			const struct setup_zone *zone, const char *name)
{
	setup_note("%s has no section for the zone of these names: %s is a "
		   "guess.", setup->config->path, name);
	for (size_t i = 0; i < zone->owners.count; i++)
		printf("#     %s\n", zone->owners.items[i]);
	setup_note("The SOA record that `dig NAME SOA` shows is the zone's; "
		   "where it is another, give it a section and run this "
		   "again.");
}

void setup_lacks(const struct setup *setup, const struct setup_zone *zone,
		 enum setup_server server)
{
	const struct setup_key *key = &setup->keys[zone->key];
	const char *path = setup->config->path;
	char *name = name_undotted(zone->name);

	if (!zone->section) {
		setup_piece("%s", path);
		print_guess(setup, zone, name);
		printf("zone \"%s\" {\n", name);
		if (zone->lacks_key)
			printf("\tkey = \"%s\"\n",
			       setup_key_file(key, server));
		puts("}");
	} else if (zone->lacks_key) {
		setup_piece("%s, in the section zone \"%s\"", path, name);
		setup_note("It names no key, and none is named for all "
			   "zones.");
		printf("\tkey = \"%s\"\n", setup_key_file(key, server));
	}
	free(name);
}
