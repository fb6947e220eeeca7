/* SPDX-License-Identifier: MIT */
#include "command/check_hooks.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define HOOKS 3
#define ALL_HOOKS ((1U << HOOKS) - 1)
#define PRE 0

/* Certbot's words for them: on the disk, and in configuration files, where "_"
 * and "-" are the same. */
static const struct {
	const char *word;
	const char *keys[3];
} hooks[HOOKS] = {
	[PRE] = { "pre", { "pre-hook", NULL, NULL } },
	{ "deploy", { "deploy-hook", "renew-hook", NULL } },
	{ "post", { "post-hook", NULL, NULL } },
};

struct search {
	struct checkup_section *section;
	struct world *world;
	const struct config *config;
	bool faulty;
};

/* The text of the file at PATH, or NULL. */
static char *read_text(struct world *world, const char *path,
		       struct file_info *info)
{
	char *text;
	size_t size;

	if (world->file_read(world, WORLD_CWD, path, RENEWAL_SIZE_MAX, &text,
			     &size, info) != 0)
		return NULL;
	return text;
}

/* ---- renewal-hooks ----------------------------------------------------- */

/* The path of our program in the line of SIZE octets at LINE, allocated; NULL:
 * there is none. */
static char *program_in(const char *line, size_t size)
{
	static const char name[] = "/alnitak";
	char *text = xstrndup(line, size), *path = NULL;

	for (char *at = text; !path && (at = strstr(at, name)); at++) {
		char *end = at + sizeof(name) - 1, *begin = at;

		while (begin > text && !strchr(" \t\"'=", begin[-1]))
			begin--;
		if (*begin == '/' && (!*end || strchr(" \t\r\"';)", *end)))
			path = xstrndup(begin, (size_t)(end - begin));
	}
	free(text);
	return path;
}

/* What this user may not see is not known to be gone. */
static bool is_dangling(struct world *world, const char *path)
{
	struct file_info info;
	int error = world->file_info(world, WORLD_CWD, path, true, &info);

	return error == -ENOENT || (!error && !(info.mode & 0111));
}

/* The first program of ours that TEXT runs and that cannot be run. */
static char *find_dangling(struct world *world, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n");
		char *path = *text == '#' ? NULL : program_in(text, size);

		if (path && is_dangling(world, path))
			return path;
		free(path);
		text += size;
		text += *text == '\n';
	}
	return NULL;
}

static void add_fault(struct search *search, char *detail)
{
	search->faulty = true;
	checkup_add(search->section, CHECKUP_WARNING, "hooks", detail);
}

/* The file at PATH is ours and will be run. */
static bool is_good_hook(struct search *search, const char *path)
{
	struct file_info info;
	char *text = read_text(search->world, path, &info), *program = NULL;
	bool ours = text && strstr(text, "alnitak");
	bool runs = ours && (info.mode & 0111);

	if (ours && !runs)
		add_fault(search, xasprintf("%s cannot be executed (mode "
			"%04o), so certbot passes it over; chmod 755 %s", path,
			info.mode, path));
	if (runs)
		program = find_dangling(search->world, text);
	if (program)
		add_fault(search, xasprintf("%s runs %s, which is not there or "
			"cannot be executed; put the path of alnitak there",
			path, program));
	free(program);
	free(text);
	return ours;
}

/* Certbot passes over what ends in "~". */
static bool is_backup(const char *name)
{
	size_t size = strlen(name);

	return size && name[size - 1] == '~';
}

static bool find_in_directory(struct search *search, const char *word)
{
	char *path = xasprintf("%s/renewal-hooks/%s",
			       search->config->letsencrypt_directory, word);
	struct texts names = { NULL, 0 };
	int dir = search->world->dir_open(search->world, WORLD_CWD, path);
	bool found = false;

	if (dir >= 0) {
		search->world->dir_list(search->world, dir, &names);
		search->world->dir_close(search->world, dir);
	}
	for (size_t i = 0; i < names.count; i++) {
		char *file = xasprintf("%s/%s", path, names.items[i]);

		if (!is_backup(names.items[i]))
			found |= is_good_hook(search, file);
		free(file);
	}
	texts_clear(&names);
	free(path);
	return found;
}

/* ---- Configuration files ----------------------------------------------- */

/* The line begins with KEY and "="; "_" is "-". */
static bool sets_key(const char *line, const char *key)
{
	while (*key && (*line == *key || (*line == '_' && *key == '-'))) {
		line++;
		key++;
	}
	return !*key && line[strspn(line, " \t")] == '=';
}

static unsigned hooks_in_line(const char *line, size_t size)
{
	char *text = xstrndup(line, size);
	const char *begin = text + strspn(text, " \t");
	unsigned found = 0;

	for (unsigned i = 0; strstr(begin, "alnitak") && i < HOOKS; i++)
		for (unsigned k = 0; hooks[i].keys[k]; k++)
			if (sets_key(begin, hooks[i].keys[k]))
				found |= 1U << i;
	free(text);
	return found;
}

/* Those that the file at PATH names, as bits. Takes over PATH. */
static unsigned hooks_in_file(const struct search *search, char *path)
{
	char *text = read_text(search->world, path, NULL);
	unsigned found = 0;

	for (const char *at = text; at && *at; at += *at == '\n') {
		size_t size = strcspn(at, "\n");

		found |= hooks_in_line(at, size);
		at += size;
	}
	free(text);
	free(path);
	return found;
}

/* ---- All of them ------------------------------------------------------- */

static unsigned hooks_of_all(struct search *search)
{
	unsigned found = hooks_in_file(search, xasprintf("%s/cli.ini",
		search->config->letsencrypt_directory));

	for (unsigned i = 0; i < HOOKS; i++)
		if (find_in_directory(search, hooks[i].word))
			found |= 1U << i;
	return found;
}

static void tell_missing(struct search *search, const char *target,
			 unsigned missing, enum checkup_level level)
{
	const char *place = search->config->letsencrypt_directory;

	for (unsigned i = 0; i < HOOKS; i++) {
		if (!(missing & 1U << i))
			continue;
		search->faulty = true;
		checkup_add(search->section, level, "hooks", xasprintf(
			"certbot has no %s hook of alnitak when it renews %s%s;"
			" install -m 755 " ALNITAK_CERTBOT "/%s-alnitak "
			"%s/renewal-hooks/%s/alnitak", hooks[i].word, target,
			level == CHECKUP_BAD ? ", and with follow_live = yes "
			"its certificate goes into service before its record" :
			"", hooks[i].word, place, hooks[i].word));
		return;
	}
}

static unsigned missing_of(const struct search *search, const char *target,
			   unsigned of_all)
{
	unsigned own = hooks_in_file(search, xasprintf("%s/renewal/%s.conf",
		search->config->letsencrypt_directory, target));

	return ALL_HOOKS & ~(of_all | own);
}

/* What the first target lacks that lacks any: the cure is for all of them. */
static void check_missing(struct search *search, unsigned of_all)
{
	const struct config *config = search->config;

	for (size_t i = 0; i < config->target_count && !search->faulty; i++) {
		const char *name = config->targets[i].name;
		unsigned missing = missing_of(search, name, of_all);

		if (config->follow_live && (missing & 1U << PRE))
			tell_missing(search, name, 1U << PRE, CHECKUP_BAD);
		else if (missing)
			tell_missing(search, name, missing, CHECKUP_WARNING);
	}
	if (!search->faulty)
		checkup_add(search->section, CHECKUP_GOOD, "hooks",
			    xstrdup("certbot runs alnitak when it renews"));
}

/* No hook for any target. */
static bool has_none(const struct search *search, unsigned of_all)
{
	const struct config *config = search->config;

	for (size_t i = 0; i < config->target_count; i++)
		if (missing_of(search, config->targets[i].name, of_all) !=
		    ALL_HOOKS)
			return false;
	return true;
}

void check_hooks(struct checkup_section *section, struct world *world,
		 const struct config *config)
{
	struct search search = { .section = section, .world = world,
				 .config = config };
	unsigned of_all = hooks_of_all(&search);

	if (search.faulty)
		return;
	if (!config->follow_live && has_none(&search, of_all))
		checkup_add(section, CHECKUP_NOTE, "hooks", xstrdup(
			    "certbot has none of alnitak: what it renews is "
			    "found by the next run"));
	else
		check_missing(&search, of_all);
}
