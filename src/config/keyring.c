/* SPDX-License-Identifier: MIT */
#include "config/keyring.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "world/trust.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* "FILE#NAME": the name, and *FILE allocated. NULL where none is chosen. */
static const char *split_path(const char *path, char **file)
{
	const char *mark = strrchr(path, '#');

	if (!mark || mark == path || !mark[1] || strchr(mark, '/')) {
		*file = xstrdup(path);
		return NULL;
	}
	*file = xstrndup(path, (size_t)(mark - path));
	return mark + 1;
}

static char *explain_read(const char *file, int error)
{
	switch (error) {
	case -ENOENT:
		return xasprintf("%s: no such key file; create it with "
				 "tsig-keygen, or correct `key`", file);
	case -EFBIG:
		return xasprintf("%s: larger than %d octets, so no key file",
				 file, KEY_FILE_SIZE_MAX);
	case -EISDIR:
	case -EINVAL:
		return xasprintf("%s: not a regular file; `key` wants the "
				 "path of a key file", file);
	default:
		return xasprintf("%s: cannot read the key file: %s", file,
				 strerror(-error));
	}
}

static char *explain_parse(const char *file, const char *name, unsigned line,
			   enum tsig_key_error error)
{
	const char *text = tsig_key_error_text(error);
	const char *mark = name ? "#" : "";

	name = name ? name : "";
	if (line)
		return xasprintf("%s%s%s: line %u: %s", file, mark, name, line,
				 text);
	return xasprintf("%s%s%s: %s", file, mark, name, text);
}

static void parse(struct keyring_entry *entry, const char *file,
		  const char *name, const char *data, size_t size)
{
	unsigned line = 0;
	enum tsig_key_error error;

	error = tsig_key_parse(data, size,
			       &(struct tsig_key_options){ .name = name },
			       &entry->key, &line);
	if (error != TSIG_KEY_OK)
		entry->detail = explain_parse(file, name, line, error);
}

/* Who could put another in its place would be believed. */
static char *explain_rights(struct world *world, const char *file,
			    const struct file_info *info)
{
	char *fault, *text;

	if (!trust_hides(world, file, info))
		return xasprintf("%s: others than its owner have rights on "
			"this key file (mode %04o, group %u); chmod 600 %s, "
			"or 640 with the group of a name server, as which "
			"nobody logs in", file, info->mode & 07777U, info->gid,
			file);
	fault = trust_fault(world, file);
	text = fault ? xasprintf("key file %s: %s", file, fault) : NULL;
	free(fault);
	return text;
}

/* The file of ENTRY's path or, where there is none, the one before the '#';
 * *NAME is then what stands behind it. */
static int read_file(struct keyring_entry *entry, struct world *world,
		     char **data, size_t *size, struct file_info *info,
		     const char **name)
{
	int error = world->file_read(world, WORLD_CWD, entry->path,
				     KEY_FILE_SIZE_MAX, data, size, info);

	*name = NULL;
	entry->file = xstrdup(entry->path);
	if (error != -ENOENT)
		return error;
	free(entry->file);
	*name = split_path(entry->path, &entry->file);
	return !*name ? error :
		world->file_read(world, WORLD_CWD, entry->file,
				 KEY_FILE_SIZE_MAX, data, size, info);
}

static void load(struct keyring_entry *entry, struct world *world)
{
	struct file_info info = { 0 };
	char *data = NULL;
	const char *name, *file;
	size_t size = 0;
	int error = read_file(entry, world, &data, &size, &info, &name);

	file = entry->file;
	if (error)
		entry->detail = explain_read(file, error);
	else
		entry->detail = explain_rights(world, file, &info);
	if (!error && !entry->detail)
		parse(entry, file, name, data, size);
	if (!error)
		OPENSSL_cleanse(data, size);
	free(data);
}

const struct keyring_entry *keyring_find(struct keyring *keyring,
					 struct world *world,
					 const char *path)
{
	struct keyring_entry *entry;

	for (size_t i = 0; i < keyring->count; i++) {
		if (streq(keyring->entries[i].path, path))
			return &keyring->entries[i];
	}
	entry = array_push(keyring->entries, keyring->count);
	entry->path = xstrdup(path);
	load(entry, world);
	return entry;
}

void keyring_clear(struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->count; i++) {
		free(keyring->entries[i].path);
		free(keyring->entries[i].file);
		tsig_key_free(keyring->entries[i].key);
		free(keyring->entries[i].detail);
	}
	free(keyring->entries);
	*keyring = (struct keyring){ 0 };
}
