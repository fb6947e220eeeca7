/* SPDX-License-Identifier: MIT */
#include "run/rests_print.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <openssl/evp.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The longest is held/NAME/VERSION/fullchain.pem. */
#define PATH_SIZE (LINEAGE_NAME_MAX + FINGERPRINT_TEXT_SIZE + 32)

struct print {
	struct world *world;
	EVP_MD_CTX *digest;
	int64_t latest_ns;
	bool bad;
};

/* ---- Taken in ---------------------------------------------------------- */

static void take(struct print *print, const void *data, size_t size)
{
	must(EVP_DigestUpdate(print->digest, data, size) == 1);
}

static void take_text(struct print *print, const char *text)
{
	take(print, text, strlen(text) + 1);
}

static void take_number(struct print *print, uint64_t number)
{
	take(print, &number, sizeof(number));
}

/* Of a directory that others use as well: who may do what there. */
static void take_rights(struct print *print, const struct file_info *info)
{
	const uint64_t rights[] = { info->kind, info->mode, info->uid,
				    info->gid };

	take(print, rights, sizeof(rights));
}

static void take_info(struct print *print, const struct file_info *info)
{
	const uint64_t file[] = { info->device, info->inode, info->size,
				  (uint64_t)info->modified_ns,
				  (uint64_t)info->changed_ns };

	take_rights(print, info);
	take(print, file, sizeof(file));
	print->bad |= info->changed_ns > print->latest_ns;
}

static void take_file(struct print *print, int dir, bool follow,
		      const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void take_file(struct print *print, int dir, bool follow,
		      const char *format, ...)
{
	struct file_info info;
	char path[PATH_SIZE];
	va_list arguments;
	int size;

	if (print->bad)
		return;
	va_start(arguments, format);
	size = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	print->bad = size < 0 || size >= (int)sizeof(path) ||
		     print->world->file_info(print->world, dir, path, follow,
					     &info) != 0;
	if (!print->bad)
		take_info(print, &info);
}

static struct print print_begin(struct world *world, int64_t latest_ns)
{
	struct print print = { world, EVP_MD_CTX_new(), latest_ns, false };

	must(print.digest &&
	     EVP_DigestInit_ex(print.digest, EVP_sha256(), NULL) == 1);
	return print;
}

static bool print_end(struct print *print, struct fingerprint *result)
{
	must(EVP_DigestFinal_ex(print->digest, result->sha256, NULL) == 1);
	EVP_MD_CTX_free(print->digest);
	return !print->bad;
}

/* ---- What all have in common ------------------------------------------- */

static void take_holders(struct print *print, int dir, const char *name,
			 enum file_right right)
{
	struct file_holder *holders;
	size_t count;

	if (print->world->file_holders(print->world, dir, name, right,
				       &holders, &count)) {
		print->bad = true;
		return;
	}
	take_number(print, count);
	for (size_t i = 0; i < count; i++) {
		take_number(print, holders[i].is_group);
		take_number(print, holders[i].id);
	}
	free(holders);
}

/* What is held gets the rights of the archive, and of the way there: but the
 * times of that change with every new lineage. */
static void take_gate(struct print *print, int letsencrypt)
{
	struct file_info info;

	if (print->world->file_info(print->world, letsencrypt, "archive", true,
				    &info)) {
		print->bad = true;
		return;
	}
	take_rights(print, &info);
	take_holders(print, letsencrypt, "archive", FILE_READ);
	take_holders(print, letsencrypt, "archive", FILE_WRITE);
	take_holders(print, letsencrypt, "archive", FILE_SEARCH);
}

static void take_held(struct print *print, int state)
{
	struct file_info info;

	if (print->world->file_info(print->world, state, "held", false, &info))
		print->bad = true;
	else
		take_rights(print, &info);
}

bool rests_print_base(const struct pass *pass, struct fingerprint *base)
{
	const struct links_places *places = &pass->source.places;
	const struct config *config = pass->source.config;
	struct print print = print_begin(pass->source.world, INT64_MAX);

	take_text(&print, places->letsencrypt_path);
	take_text(&print, places->dane_path);
	take_text(&print, places->state_path);
	take_number(&print, pass->source.world->uid);
	take_number(&print, config->follow_live);
	take_number(&print, config->record_ttl_seconds);
	take_gate(&print, places->letsencrypt);
	take_held(&print, places->state);
	return print_end(&print, base);
}

/* ---- One target -------------------------------------------------------- */

static void take_config(struct print *print,
			const struct config_target *config)
{
	take_number(print, config->files);
	take_number(print, config->spec_count);
	for (size_t i = 0; i < config->spec_count; i++) {
		const struct config_spec *spec = &config->specs[i];

		take_text(print, spec->owner);
		take_number(print, spec->params.usage);
		take_number(print, spec->params.selector);
		take_number(print, spec->params.matching);
	}
}

/* A directory tells by its times which names are in it, and a link is nothing
 * but its name. Each of them leads to what is taken in with another here: one
 * of the four is enough to see that the way there is the same. */
static void take_links(struct print *print, int dane, const char *name,
		       unsigned files)
{
	int kind = 0;

	take_file(print, dane, false, "%s", name);
	while (kind < PEM_KINDS && !(files & PEM_BIT(kind)))
		kind++;
	if (kind < PEM_KINDS)
		take_file(print, dane, true, "%s/%s.pem", name,
			  pem_kind_names[kind]);
	if (files & PEM_BIT(PEM_COMBINED))
		take_file(print, dane, true, "%s/%s.pem", name,
			  pem_kind_names[PEM_COMBINED]);
}

/* The four links say the same of place and number, so that one, followed,
 * tells that they lead to files of the archive: the others by their names. */
static void take_certbot(struct print *print, int letsencrypt,
			 const char *name, unsigned number)
{
	take_file(print, letsencrypt, true, "live/%s", name);
	take_file(print, letsencrypt, true, "archive/%s", name);
	take_file(print, letsencrypt, true, "live/%s/%s.pem", name,
		  pem_kind_names[0]);
	for (int kind = 1; kind < PEM_KINDS; kind++)
		take_file(print, letsencrypt, true, "archive/%s/%s%u.pem",
			  name, pem_kind_names[kind], number);
}

static void take_held_version(struct print *print, int state,
			      const char *name,
			      const struct settled_target *at)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	fingerprint_format(&at->chain.version, hex);
	take_file(print, state, true, "held/%s", name);
	take_file(print, state, true, "held/%s/%s", name, hex);
	for (int kind = 0; at->copied && kind < PEM_KINDS; kind++)
		take_file(print, state, true, "held/%s/%s/%s.pem", name, hex,
			  pem_kind_names[kind]);
}

bool rests_print(const struct pass *pass, const struct config_target *config,
		 const struct settled_target *at, int64_t latest_ns,
		 struct fingerprint *result)
{
	const struct links_places *places = &pass->source.places;
	struct print print = print_begin(pass->source.world, latest_ns);

	take(&print, pass->rests.base.sha256, FINGERPRINT_SIZE);
	take_config(&print, config);
	take_file(&print, pass->targets.dir, true, "%s.json", config->name);
	take_held_version(&print, places->state, config->name, at);
	take_links(&print, places->dane, config->name, config->files);
	take_certbot(&print, places->letsencrypt, config->name,
		     at->number);
	return print_end(&print, result);
}

bool rests_print_copied(const struct pass *pass, const char *name,
			const struct fingerprint *version, bool *copied)
{
	const struct links_places *places = &pass->source.places;
	struct world *world = pass->source.world;
	char hex[FINGERPRINT_TEXT_SIZE];
	bool known = true;

	*copied = false;
	fingerprint_format(version, hex);
	for (int kind = 0; known && kind < PEM_KINDS; kind++) {
		const char *pem = pem_kind_names[kind];
		char *live = xasprintf("live/%s/%s.pem", name, pem);
		char *held = xasprintf("held/%s/%s/%s.pem", name, hex, pem);
		struct file_info a, b;

		known = !world->file_info(world, places->letsencrypt, live,
					  true, &a) &&
			!world->file_info(world, places->state, held, true, &b);
		*copied |= known && (a.inode != b.inode ||
				     a.device != b.device);
		free(live);
		free(held);
	}
	return known;
}
