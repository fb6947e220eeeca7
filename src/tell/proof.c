/* SPDX-License-Identifier: MIT */
#include "tell/proof.h"

#include "decide/caches.h"
#include "state/text_json.h"
#include "tell/report_internal.h"

static const char *kind_word(enum ledger_kind kind)
{
	switch (kind) {
	case LEDGER_UNKNOWN:
		return "unknown";
	case LEDGER_SET:
		return "set";
	case LEDGER_ABSENT:
		return "absent";
	case LEDGER_ALIEN:
		return "too many";
	case LEDGER_ALIAS:
		return "alias";
	}
	return "?";
}

/* ---- Ledgers ----------------------------------------------------------- */

static json_t *version_json(const struct cache_proof *proof,
			    const struct ledger_version *version)
{
	return json_pack("{s:s, s:o, s:o, s:b}",
		"kind", kind_word(version->kind),
		"set", report_set_json(&version->set),
		"alias", text_json(version->alias),
		"matches", ledger_is_match(version, &proof->test));
}

static json_t *versions_json(const struct cache_proof *proof)
{
	json_t *json = json_array();

	for (size_t v = 0; v < proof->ledger->version_count; v++)
		json_array_append_new(json, version_json(proof,
			&proof->ledger->versions[v]));
	return json;
}

static json_t *term_json(const struct ledger *ledger,
			 const struct ledger_term *term)
{
	size_t version = (size_t)(term->version - ledger->versions);
	bool still = term->at->current == version &&
		     term->at->departed_ms == LEDGER_NEVER;
	char address[ADDRESS_TEXT_MAX];

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o*}",
		"address", address_format(&term->at->address, address),
		"version", (json_int_t)version,
		"last_ms", (json_int_t)term->last_ms,
		"ttl_seconds", (json_int_t)term->ttl_seconds,
		"until_ms", (json_int_t)term->until_ms,
		"still", still ? json_true() : NULL);
}

static json_t *terms_json(const struct cache_proof *proof)
{
	json_t *json = json_array();

	for (size_t i = 0; i < proof->terms.count; i++)
		json_array_append_new(json, term_json(proof->ledger,
			&proof->terms.items[i]));
	return json;
}

static json_t *time_or_null(const struct cache_proof *proof, int64_t time_ms)
{
	return proof->terms.count ? json_integer(time_ms) : json_null();
}

static json_t *ledger_json(const struct cache_proof *proof,
			   const struct ledger_rules *rules)
{
	const struct ledger_bound *bound = &proof->bound;

	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:I, s:o, s:o, s:o}",
		"of", proof->is_others ? "others" : "target",
		"margin_seconds", (json_int_t)rules->margin_seconds,
		"ttl_factor", (json_int_t)rules->ttl_factor,
		"versions", versions_json(proof),
		"served", terms_json(proof),
		"ttl_seconds", (json_int_t)bound->ttl_seconds,
		"publication_ms", time_or_null(proof, bound->publication_ms),
		"publication_until_ms", time_or_null(proof,
			bound->publication_until_ms),
		"safe_ms", time_or_null(proof, bound->safe_ms));
}

/* ---- Owners ------------------------------------------------------------ */

static void add_matching(struct tlsa_set *matching, const struct tlsa_set *set,
			 const struct chain *chain)
{
	for (size_t i = 0; chain && i < set->count; i++)
		if (tlsa_matches(&set->records[i], chain) &&
		    !tlsa_set_contains(matching, &set->records[i]))
			tlsa_set_add(matching, &set->records[i]);
}

/* Of all that is shown. */
static json_t *matches_json(const struct owner_facts *owner,
			    const struct cache_proofs *proofs,
			    const struct chain *chain)
{
	struct tlsa_set matching = { 0 };
	json_t *json;

	for (size_t i = 0; i < proofs->count; i++) {
		const struct ledger *ledger = proofs->items[i].ledger;

		for (size_t v = 0; v < ledger->version_count; v++)
			add_matching(&matching, &ledger->versions[v].set,
				     chain);
	}
	for (size_t i = 0; owner->seen && i < owner->seen->count; i++)
		add_matching(&matching, &owner->seen->sightings[i].set, chain);
	json = report_set_json(&matching);
	tlsa_set_clear(&matching);
	return json;
}

static json_t *servers_json(const struct owner_facts *owner)
{
	json_t *json = json_array();
	char address[ADDRESS_TEXT_MAX];

	for (size_t i = 0; owner->seen && i < owner->seen->count; i++) {
		const struct sighting *at = &owner->seen->sightings[i];

		json_array_append_new(json, json_pack("{s:s, s:s?, s:b, s:o}",
			"address", address_format(&at->server->address,
						  address),
			"name", at->server->name,
			"hidden", sighting_is_hidden(at),
			"serves", report_set_json(&at->set)));
	}
	return json;
}

static const char *role_word(const struct owner_facts *owner)
{
	return owner->param_count ? "wanted" :
	       owner->alias ? "alias" : "former";
}

static json_t *owner_json(const struct facts *facts,
			  const struct owner_facts *owner,
			  const struct chain *chain)
{
	struct cache_proofs proofs = caches_prove(facts, owner, chain);
	json_t *ledgers = json_array(), *json;

	for (size_t i = 0; i < proofs.count; i++)
		json_array_append_new(ledgers, ledger_json(&proofs.items[i],
							   &facts->rules));
	json = json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}",
			 "owner", owner->owner,
			 "role", role_word(owner), "leaving", !chain,
			 "matches", matches_json(owner, &proofs, chain),
			 "servers", servers_json(owner), "ledgers", ledgers);
	cache_proofs_clear(&proofs);
	return json;
}

json_t *proof_json(const struct facts *facts, const struct chain *chain)
{
	json_t *json = json_array();

	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].ledger)
			json_array_append_new(json, owner_json(facts,
				&facts->owners[i], chain));
	return json;
}
