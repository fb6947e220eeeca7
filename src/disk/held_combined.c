/* SPDX-License-Identifier: MIT */
#include "disk/held_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "disk/atomic.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* Part of it is a private key. */
struct text {
	char *data;
	size_t size;
};

static void text_free(struct text *text)
{
	if (text->data)
		OPENSSL_cleanse(text->data, text->size);
	free(text->data);
	*text = (struct text){ NULL, 0 };
}

static int text_read(struct world *world, int dir, const char *path, int kind,
		     size_t size_max, struct text *text)
{
	char *file = xasprintf("%s/%s.pem", path, pem_kind_names[kind]);
	int error = world->file_read(world, dir, file, size_max, &text->data,
				     &text->size, NULL);

	if (error)
		*text = (struct text){ NULL, 0 };
	free(file);
	return error;
}

/* A PEM block begins at the beginning of a line. */
static struct text join(const struct text *key, const struct text *chain)
{
	bool ends = key->size > 0 && key->data[key->size - 1] == '\n';
	struct text whole = { .size = key->size + !ends + chain->size };

	whole.data = xmalloc(whole.size + 1);
	memcpy(whole.data, key->data, key->size);
	if (!ends)
		whole.data[key->size] = '\n';
	memcpy(whole.data + key->size + !ends, chain->data, chain->size);
	return whole;
}

/* What combined.pem of the version at PATH is to be; text_free() it. */
static int combine(struct world *world, int dir, const char *path,
		   struct text *whole)
{
	struct text key = { NULL, 0 }, chain = { NULL, 0 };
	int error;

	error = text_read(world, dir, path, PEM_PRIVKEY, PEM_SIZE_MAX, &key);
	if (!error)
		error = text_read(world, dir, path, PEM_FULLCHAIN,
				  PEM_SIZE_MAX, &chain);
	if (!error)
		*whole = join(&key, &chain);
	text_free(&key);
	text_free(&chain);
	return error;
}

int held_combine(struct world *world, int dir)
{
	struct text whole = { NULL, 0 };
	int error = combine(world, dir, ".", &whole);

	if (!error)
		error = atomic_replace_file_as(world, dir, "combined.pem",
					       whole.data, whole.size,
					       "privkey.pem");
	text_free(&whole);
	return error;
}

bool held_is_combined(struct world *world, int dir, const char *path)
{
	struct text want = { NULL, 0 }, have = { NULL, 0 };
	bool same;

	same = combine(world, dir, path, &want) == 0 &&
	       text_read(world, dir, path, PEM_COMBINED, COMBINED_SIZE_MAX,
			 &have) == 0 &&
	       have.size == want.size &&
	       memcmp(have.data, want.data, want.size) == 0;
	text_free(&want);
	text_free(&have);
	return same;
}
