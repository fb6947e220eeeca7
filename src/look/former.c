/* SPDX-License-Identifier: MIT */
#include "look/former.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "disk/links_path.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static struct chain *find_version(const struct chains *chains,
				  const struct fingerprint *version)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chain_is(chains->items[i], version))
			return chains->items[i];
	return NULL;
}

/* Of what the state knows the archive is no news. */
static struct chain *find_former(const struct facts *facts,
				 const struct fingerprint *version)
{
	struct chain *held = find_version(&facts->returned, version);

	if (held || facts->state->has_released)
		return held;
	return chain_is(facts->shown, version) ? facts->shown :
	       find_version(&facts->former, version);
}

static struct chain *find_combined(const struct facts *facts)
{
	const struct links *links = &facts->links;

	return links->files & PEM_BIT(PEM_COMBINED) ?
	       find_former(facts, &links->combined) : NULL;
}

/* ---- Files in the place of links -------------------------------------- */

static struct chain *read_plain(const struct lineage *lineage, int dir,
				int kind)
{
	struct world *world = lineage->world;
	struct chain *chain = NULL;
	char *name = links_name(kind), *text;
	size_t size;

	if (!world->file_read(world, dir, name, COMBINED_SIZE_MAX, &text,
			      &size, NULL)) {
		chain_parse(text, size, &chain);
		/* A key may be with it. */
		OPENSSL_cleanse(text, size);
		free(text);
	}
	free(name);
	return chain;
}

/* Services read them as they did the links. */
static struct chain *find_plain(const struct facts *facts,
				const struct lineage *lineage)
{
	static const int kinds[] = { PEM_FULLCHAIN, PEM_COMBINED, PEM_CERT };
	struct world *world = lineage->world;
	struct chain *plain = NULL, *found = NULL;
	int dir;

	if (facts->links.place != LINKS_FOREIGN || facts->state->has_released)
		return NULL;
	dir = world->dir_open(world, lineage->places->dane, lineage->name);
	if (dir < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && !plain; i++)
		plain = read_plain(lineage, dir, kinds[i]);
	world->dir_close(world, dir);
	if (plain)
		found = find_former(facts, &plain->leaf);
	chain_free(plain);
	return found;
}

/* ---- All -------------------------------------------------------------- */

static struct chain *find_last(const struct facts *facts)
{
	struct chain *last = NULL;

	for (size_t i = 0; i < facts->returned.count; i++) {
		struct chain *at = facts->returned.items[i];

		if (!last || at->not_after_seconds > last->not_after_seconds)
			last = at;
	}
	return last;
}

void former_load(struct facts *facts, const struct lineage *lineage)
{
	int trouble = 0;

	/* What was only guessed is asked about, too. */
	if (!facts->state->has_released || facts->state->guessed)
		facts->former = lineage_archive_versions(lineage,
			&facts->former_more, &trouble);
	if (trouble)
		facts->disk_trouble = trouble;
	facts->kept = find_combined(facts);
	if (!facts->kept && facts->shown)
		facts->kept = find_version(&facts->returned,
					   &facts->shown->version);
	if (!facts->kept)
		facts->kept = find_plain(facts, lineage);
	if (!facts->kept)
		facts->kept = find_last(facts);
}
