/* SPDX-License-Identifier: MIT */
#include "decide/facts.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <openssl/evp.h>

#include <stdlib.h>

/* ---- Owners ----------------------------------------------------------- */

struct owner_facts *facts_find_owner(struct facts *facts, const char *name)
{
	struct owner_facts *owner;
	char *copy;

	for (size_t i = 0; i < facts->owner_count; i++)
		if (streq(facts->owners[i].owner, name))
			return &facts->owners[i];
	copy = xstrdup(name);
	*array_push(facts->names, facts->name_count) = copy;
	owner = array_push(facts->owners, facts->owner_count);
	owner->owner = copy;
	owner->hides_wildcards = facts->target->hides_wildcards;
	return owner;
}

/* One chain may be known under several names. */
static void clear_chains(struct facts *facts)
{
	struct chains once = { NULL, 0 };

	chains_add_once(&once, facts->live);
	chains_add_once(&once, facts->unfit);
	chains_add_once(&once, facts->shown);
	chains_add_once(&once, facts->next);
	chains_add_once(&once, facts->kept);
	for (size_t i = 0; i < facts->presented.count; i++)
		chains_add_once(&once, facts->presented.items[i]);
	for (size_t i = 0; i < facts->returned.count; i++)
		chains_add_once(&once, facts->returned.items[i]);
	for (size_t i = 0; i < facts->former.count; i++)
		chains_add_once(&once, facts->former.items[i]);
	chains_clear(&facts->presented);
	chains_clear(&facts->returned);
	chains_clear(&facts->former);
	chains_free(&once);
}

void facts_clear(struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		free(facts->owners[i].params);
		tlsa_set_clear(&facts->owners[i].published);
		tlsa_set_clear(&facts->owners[i].deleting);
		tlsa_set_clear(&facts->owners[i].own);
		free(facts->owners[i].others.params);
		free(facts->owners[i].others.lacks);
		free(facts->owners[i].others.ledgers);
		tlsa_set_clear(&facts->owners[i].others.needs);
	}
	for (size_t i = 0; i < facts->name_count; i++)
		free(facts->names[i]);
	free(facts->names);
	clear_chains(facts);
	free(facts->owners);
	free(facts->live_detail);
	free(facts->links_detail);
	free(facts->probe_detail);
	*facts = (struct facts){ 0 };
}

/* ---- Chains ----------------------------------------------------------- */

struct chain *facts_goal(const struct facts *facts)
{
	if (!facts->state->has_released)
		return NULL;
	return facts->live ? facts->live : facts->released;
}

unsigned facts_number(const struct facts *facts, const struct chain *chain)
{
	if (chain == facts->live)
		return facts->live_number;
	if (chain == facts->next)
		return facts->next_number;
	if (chain == facts->released)
		return facts->released_number;
	return chain == facts->shown && facts->links.place == LINKS_ARCHIVE ?
	       facts->links.number : 0;
}

struct chains facts_chains(const struct facts *facts)
{
	struct chains chains = { NULL, 0 };

	for (size_t i = 0; i < facts->presented.count; i++)
		chains_add(&chains, facts->presented.items[i]);
	chains_add_once(&chains, facts->live);
	chains_add_once(&chains, facts->next);
	return chains;
}

/* ---- Configuration ---------------------------------------------------- */

static char *hex_digest(char *const *lines, size_t n)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct fingerprint digest;
	char text[FINGERPRINT_TEXT_SIZE];

	must(context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
	for (size_t i = 0; i < n; i++)
		must(EVP_DigestUpdate(context, lines[i],
				      strlen(lines[i]) + 1) == 1);
	must(EVP_DigestFinal_ex(context, digest.sha256, NULL) == 1);
	EVP_MD_CTX_free(context);
	return xstrdup(fingerprint_format(&digest, text));
}

char *facts_config_digest(const struct config_target *target)
{
	size_t n = target->spec_count;
	char **lines = xcalloc(n, sizeof(*lines));
	char *digest;

	for (size_t i = 0; i < n; i++) {
		const struct config_spec *spec = &target->specs[i];

		lines[i] = xasprintf("%s %u %u %u", spec->owner,
				     spec->params.usage, spec->params.selector,
				     spec->params.matching);
	}
	if (n)
		qsort(lines, n, sizeof(*lines), text_compare);
	digest = hex_digest(lines, n);
	for (size_t i = 0; i < n; i++)
		free(lines[i]);
	free(lines);
	return digest;
}
