/* SPDX-License-Identifier: MIT */
#include "command/load.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* ---- What it includes -------------------------------------------------- */

static char *read_file(void *self, const char *path, size_t size, char **text,
		       uint64_t *inode)
{
	struct world *world = self;
	struct file_info info = { .inode = 0 };
	size_t length = 0;
	int error = world->file_read(world, WORLD_CWD, path, size, text,
				     &length, &info);

	*inode = info.inode;
	if (error == -EFBIG)
		return xasprintf("with it the configuration has more than %d "
				 "octets", CONFIG_SIZE_MAX);
	if (error)
		return xstrdup(strerror(-error));
	if (strlen(*text) == length)
		return NULL;
	free(*text);
	*text = NULL;
	return xstrdup("it has a zero octet, so it is no text");
}

static char *list_directory(void *self, const char *path, struct texts *names)
{
	struct world *world = self;
	int dir = world->dir_open(world, WORLD_CWD, path), error;

	if (dir == -ENOENT)
		return NULL;
	if (dir < 0)
		return xasprintf("%s: %s", path, strerror(-dir));
	error = world->dir_list(world, dir, names);
	world->dir_close(world, dir);
	return error ? xasprintf("%s: %s", path, strerror(-error)) : NULL;
}

/* ---- All of it --------------------------------------------------------- */

/* What the command line says goes before what the file says. */
static void override(char **setting, const char *option)
{
	if (!option)
		return;
	free(*setting);
	*setting = xstrdup(option);
}

struct config *load_config(struct world *world, const struct options *options)
{
	struct config_reader reader = { .self = world, .read = read_file,
					.list = list_directory };
	struct file_info info = { .inode = 0 };
	const char *path = options->config_path;
	struct config *config;
	char *text;
	size_t size;
	int error = world->file_read(world, WORLD_CWD, path, CONFIG_SIZE_MAX,
				     &text, &size, &info);

	if (error) {
		log_error("configuration %s: %s", path, strerror(-error));
		return NULL;
	}
	reader.inode = info.inode;
	config = config_parse_with(path, text, &reader);
	free(text);
	if (!config)
		return NULL;
	override(&config->letsencrypt_directory,
		 options->letsencrypt_directory);
	override(&config->dane_directory, options->dane_directory);
	return config;
}
