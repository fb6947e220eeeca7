/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "fuzz.h"
#include "state/state.h"

#include <openssl/sha.h>

/* State files. */
const char fuzz_corpus[] = "state";

#define NOW_MS INT64_C(1800000000000)

/* Nothing of a chain is looked at but its octets. */
static struct chain *chain_make(void)
{
	static uint8_t octets[] = "leaf a";
	static struct certificate certificate = { octets, 6, octets, 4, NULL };
	static struct chain chain = { .certificates = &certificate,
				      .count = 1 };

	SHA256(octets, 6, chain.leaf.sha256);
	return &chain;
}

static void check_set(const struct tlsa_set *set)
{
	for (size_t i = 1; i < set->count; i++)
		invariant(tlsa_compare(&set->records[i - 1],
				       &set->records[i]) < 0);
}

static void check_ledger(const struct ledger *ledger)
{
	invariant(ledger->version_count > 0 &&
		  ledger->version_count <= LEDGER_VERSIONS_MAX);
	invariant(ledger->versions[0].kind == LEDGER_UNKNOWN);
	for (size_t v = 0; v < ledger->version_count; v++) {
		const struct ledger_version *version = &ledger->versions[v];

		check_set(&version->set);
		invariant(version->ttl_seconds <= TTL_MAX);
		invariant(v == 0 || version->kind != LEDGER_UNKNOWN);
		invariant(version->kind != LEDGER_SET || version->set.count);
	}
	for (size_t i = 0; i < ledger->address_count; i++)
		invariant(ledger->addresses[i].current <
			  ledger->version_count);
}

static void check_state(const struct state *state)
{
	invariant(lineage_name_valid(state->target) && !state->transient);
	invariant(!state->has_released ||
		  state_is_presented(state, &state->released));
	for (size_t i = 0; i < state->published_count; i++)
		invariant(state_has_published(state, state->published[i].owner,
					      &state->published[i].record));
	for (size_t i = 0; i < state->ledger_count; i++)
		check_ledger(state->ledgers[i]);
}

/* ---- Writing and reading ----------------------------------------------- */

/* Nothing that stands in the file is lost without a word. */
static void check_sizes(const struct state *state, const json_t *json)
{
	const json_t *ledgers = json_object_get(json, "ledgers");

	invariant(json_array_size(ledgers) == state->ledger_count);
	for (size_t i = 0; i < state->ledger_count; i++) {
		const json_t *each = json_array_get(ledgers, i);
		size_t versions = json_array_size(json_object_get(each,
								  "versions"));
		size_t addresses = json_array_size(json_object_get(
			each, "addresses"));

		/* The first is there even where the list is empty. */
		invariant(versions == state->ledgers[i]->version_count ||
			  (versions == 0 &&
			   state->ledgers[i]->version_count == 1));
		invariant(addresses == state->ledgers[i]->address_count);
	}
}

static struct state *read_text(const char *text, size_t size)
{
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	struct state *state;
	char *detail;
	enum state_error error;

	if (!json)
		return NULL;
	error = state_from_json(json, &state, &detail);
	invariant(error == STATE_OK || error == STATE_DAMAGED);
	invariant((error == STATE_OK) == (state != NULL));
	invariant((error == STATE_OK) == (detail == NULL));
	if (state)
		check_sizes(state, json);
	free(detail);
	json_decref(json);
	return state;
}

static char *write_text(const struct state *state)
{
	json_t *json = state_to_json(state);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	invariant(text);
	json_decref(json);
	return text;
}

static void check_round_trip(const struct state *state)
{
	char *text = write_text(state), *twice;
	struct state *again = read_text(text, strlen(text));

	invariant(again);
	twice = write_text(again);
	invariant(streq(text, twice));
	free(twice);
	free(text);
	state_free(again);
}

/* ---- What is reckoned with it ------------------------------------------ */

static void check_restarted(const struct ledger_address *at, size_t version)
{
	int64_t last_ms = at->last_ms[version];

	invariant(last_ms == LEDGER_NEVER || last_ms == NOW_MS);
}

static bool waits_for_unknown(const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->address_count; i++)
		if (ledger->addresses[i].last_ms[0] != LEDGER_NEVER)
			return true;
	return false;
}

/* The sums are for the sanitizers. A new start waits from now on. */
static void reckon_ledger(struct ledger *ledger,
			  const struct ledger_rules *rules)
{
	const struct ledger_test test = { .chain = chain_make() };

	invariant(ledger_ttl_max(ledger, 60) >= 60);
	ledger_safe_from(ledger, &test, rules);
	ledger_prune(ledger, rules, NOW_MS);
	check_ledger(ledger);
	ledger_safe_from(ledger, &test, rules);
	ledger_unwatch(ledger, rules, NOW_MS);
	check_ledger(ledger);
	for (size_t i = 0; i < ledger->address_count; i++)
		invariant(ledger->addresses[i].current == 0);
	ledger_restart(ledger, NOW_MS);
	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++)
			check_restarted(&ledger->addresses[i], v);
	if (waits_for_unknown(ledger))
		invariant(ledger_safe_from(ledger, &test, rules) >= NOW_MS);
}

static void reckon(struct state *state)
{
	static const struct ledger_rules rules[] = {
		{ 3600, 2, 120 }, { TTL_MAX, 10, 86400 }, { 1, 1, 0 },
	};
	const struct moment now = { NOW_MS, 1000, "fuzz", true };
	const char *why;

	if (state_check_time(state, &now, &why))
		invariant(why && state->proven_ms == 0);
	for (size_t i = 0; i < state->ledger_count; i++)
		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
			reckon_ledger(state->ledgers[i], &rules[k]);
	check_round_trip(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *state = read_text((const char *)data, size);

	if (!state)
		return 0;
	check_state(state);
	check_round_trip(state);
	reckon(state);
	state_free(state);
	return 0;
}
