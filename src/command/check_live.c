/* SPDX-License-Identifier: MIT */
#include "command/check_live.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define PORTS_MAX 8

/* Where Debian and others have it: what ends in SUFFIX in a directory below
 * /etc, of services that may be at one of these ports. A web site beside a
 * mail server may have live as it likes. */
static const struct place {
	const char *directory, *suffix;
	uint16_t ports[PORTS_MAX];
} places[] = {
	{ "postfix", ".cf", { 25, 465, 587 } },
	{ "exim4", "", { 25, 465, 587 } },
	{ "exim4/conf.d/main", "", { 25, 465, 587 } },
	{ "dovecot", ".conf", { 110, 143, 993, 995, 4190 } },
	{ "dovecot/conf.d", ".conf", { 110, 143, 993, 995, 4190 } },
	{ "nginx", ".conf", { 443, 8443 } },
	{ "nginx/conf.d", ".conf", { 443, 8443 } },
	{ "nginx/sites-enabled", "", { 443, 8443 } },
	{ "apache2/sites-enabled", "", { 443, 8443 } },
	{ "apache2/conf-enabled", "", { 443, 8443 } },
	{ "httpd/conf.d", ".conf", { 443, 8443 } },
	{ "haproxy", ".cfg", { 443, 8443 } },
};

struct search {
	struct world *world;
	char *needle;		/* the live directory of the target */
	char *found;		/* "FILE:LINE" */
};

static bool has_port(const struct config_target *target, uint16_t port)
{
	for (size_t i = 0; i < target->spec_count; i++)
		if (target->specs[i].port == port)
			return true;
	return false;
}

static bool concerns(const struct place *place,
		     const struct config_target *target)
{
	for (size_t i = 0; i < PORTS_MAX && place->ports[i]; i++)
		if (has_port(target, place->ports[i]))
			return true;
	return false;
}

/* The number of the first line of TEXT that has NEEDLE and is no comment; 0:
 * there is none. */
static unsigned find_line(const char *text, const char *needle)
{
	unsigned number = 1;

	for (;; number++) {
		size_t size = strcspn(text, "\n");
		char *line = xstrndup(text, size);
		const char *begin = line + strspn(line, " \t");
		bool found = *begin != '#' && *begin != ';' &&
			     strstr(begin, needle);

		free(line);
		if (found)
			return number;
		if (!text[size])
			return 0;
		text += size + 1;
	}
}

static void search_file(struct search *search, const char *path)
{
	unsigned line;
	char *text;
	size_t size;

	if (search->world->file_read(search->world, WORLD_CWD, path,
				     SERVICE_CONFIG_SIZE_MAX, &text, &size,
				     NULL) != 0)
		return;
	line = find_line(text, search->needle);
	if (line)
		search->found = xasprintf("%s:%u", path, line);
	free(text);
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t size = strlen(name), end = strlen(suffix);

	return size >= end && streq(name + size - end, suffix);
}

static void search_directory(struct search *search, const char *path,
			     const char *suffix)
{
	struct world *world = search->world;
	struct texts names = { NULL, 0 };
	int dir = world->dir_open(world, WORLD_CWD, path);

	if (dir < 0)
		return;
	if (world->dir_list(world, dir, &names) == 0)
		for (size_t i = 0; i < names.count && !search->found; i++) {
			char *file = xasprintf("%s/%s", path, names.items[i]);

			if (ends_in(names.items[i], suffix))
				search_file(search, file);
			free(file);
		}
	world->dir_close(world, dir);
	texts_clear(&names);
}

void check_live(struct checkup_section *section, struct world *world,
		const char *etc, const struct config *config,
		const struct config_target *target)
{
	struct search search = { world, xasprintf("%s/live/%s/",
		config->letsencrypt_directory, target->name), NULL };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = xasprintf("%s/%s", etc, places[i].directory);

		if (!search.found && concerns(&places[i], target))
			search_directory(&search, path, places[i].suffix);
		free(path);
	}
	if (search.found)
		checkup_add(section, CHECKUP_WARNING, "services", xasprintf(
			"%s names %s, so with the next renewal the new "
			"certificate goes into service before its record; "
			"name %s/%s there, and reload the service",
			search.found, search.needle, config->dane_directory,
			target->name));
	free(search.found);
	free(search.needle);
}
