/* SPDX-License-Identifier: MIT */
#include "dns/survey.h"
#include "errand/discover.h"
#include "errand/survey.h"
#include "fuzz.h"
#include "look_network.h"
#include "state/state.h"

#include <openssl/sha.h>

/*
 * Whole looks at example.com: the zone is found, its servers are asked, what
 * they say goes into a ledger, and that through a state's file. Twice some of
 * the replies are lies, then all are true again. The input:
 *
 *	octet 0		1: dnssec = "off"
 *	then, for each role and type, two: what becomes of such replies, and a
 *			number that some of it takes
 *	the rest	records in wire format, for some of the lies
 */
const char fuzz_corpus[] = "look";

/* ---- What must come of it ---------------------------------------------- */

static bool is_signed(const struct tlsa_set *set)
{
	char *text = tlsa_set_format(set);
	bool same = streq(text, "{3 1 1 0a1b2c}");

	free(text);
	return same;
}

static void check_owner(const struct survey_owner *owner, bool required)
{
	for (size_t i = 0; i < owner->count; i++) {
		const struct sighting *sighting = &owner->sightings[i];

		invariant(sighting->detail && *sighting->detail);
		if (!sighting_is_useful(sighting))
			continue;
		invariant(sighting->ttl_seconds <=
			  (required ? TTL_SECONDS : TTL_UNPROVEN_MAX));
		if (required && sighting->verdict == SIGHTING_SET)
			invariant(is_signed(&sighting->set));
	}
}

/* When the lies have ended nothing is left of them. */
static void check_truth(const struct survey_owner *owner)
{
	invariant(owner->count == 2);
	for (size_t i = 0; i < owner->count; i++)
		invariant(owner->sightings[i].verdict == SIGHTING_SET &&
			  is_signed(&owner->sightings[i].set) &&
			  owner->sightings[i].ttl_seconds == TTL_SECONDS);
}

static void check_zones(const struct zones *zones)
{
	for (size_t i = 0; i < zones->count; i++) {
		const struct zone *zone = zones->items[i];

		invariant(zone->server_count <= ADDRESSES_PER_ZONE_MAX);
		for (size_t k = 0; k < zone->server_count; k++)
			invariant(zone_server_ttl_seconds(zone,
				  &zone->servers[k]) <= TTL_UNPROVEN_MAX);
	}
}

static void check_ledger(const struct ledger *ledger, bool required)
{
	invariant(ledger->address_count <= LEDGER_ADDRESSES_MAX);
	invariant(ledger->version_count <= LEDGER_VERSIONS_MAX);
	for (size_t v = 1; v < ledger->version_count; v++)
		invariant(!required ||
			  ledger->versions[v].kind != LEDGER_SET ||
			  is_signed(&ledger->versions[v].set));
}

/* The longest that anybody can make us wait, from the last lie on. */
static void check_end(const struct ledger *ledger, bool required)
{
	static uint8_t octets[] = "leaf a";
	static struct certificate certificate = { octets, 6, octets, 4, NULL };
	static struct chain chain = { .certificates = &certificate,
				      .count = 1 };
	static const struct ledger_rules rules = { 3600, 2, 120 };
	const struct ledger_test test = { .chain = &chain };
	int64_t ttl = required ? TTL_SECONDS : TTL_UNPROVEN_MAX;
	int64_t safe_ms;

	SHA256(octets, 6, chain.leaf.sha256);
	safe_ms = ledger_safe_from(ledger, &test, &rules);
	invariant(safe_ms == LEDGER_NEVER || safe_ms <= (NOW_SECONDS + 1200 +
		  (int64_t)TTL_UNPROVEN_MAX + 2 * ttl + 120) * 1000);
}

static char *write_state(const struct state *state)
{
	json_t *json = state_to_json(state);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	invariant(text);
	json_decref(json);
	return text;
}

/* Through the file; STATE is freed. */
static struct state *pass_on(struct state *state)
{
	char *text = write_state(state), *again_text, *detail;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct state *again;

	invariant(json && strlen(text) <= STATE_SIZE_MAX);
	must(state_from_json(json, &again, &detail) == STATE_OK);
	again_text = write_state(again);
	invariant(streq(text, again_text));
	json_decref(json);
	free(again_text);
	free(text);
	state_free(state);
	return again;
}

/* Whatever servers say, what the errands make of it can be told. */
static void check_brought(const struct zones *zones,
			  const struct survey_owner *owner)
{
	const char *died = errand_outcome_text(ERRAND_DIED);

	invariant(!zones->owner_detail[0] ||
		  !strstr(zones->owner_detail[0], died));
	for (size_t i = 0; i < owner->count; i++)
		invariant(!streq(owner->sightings[i].detail, died));
}

static void look(struct world *world, const struct config *config,
		 struct state *state)
{
	static const struct ledger_rules rules = { 3600, 2, 120 };
	static const char *owner = OWNER;
	const bool required = config->dnssec_required;
	const struct errand_desk desk = { .world = world, .config = config };
	const struct tlsa_set ours = { NULL, 0 };
	struct survey survey = { 0 };
	struct zones zones;
	struct moment when;

	errand_discover(&desk, &owner, 1, &zones);
	errand_survey(&desk, &zones, &owner, &ours, 1, TRANSPORT_TCP, &survey);
	check_brought(&zones, &survey.owners[0]);
	check_owner(&survey.owners[0], required);
	if (((const struct network *)world->self)->honest)
		check_truth(&survey.owners[0]);
	check_zones(&zones);
	world->now(world, &when);
	ledger_record(state_ledger(state, OWNER), &survey.owners[0],
		      when.wall_ms);
	ledger_prune(state_ledger(state, OWNER), &rules, when.wall_ms);
	check_ledger(state_ledger(state, OWNER), required);
	survey_clear(&survey);
	zones_clear(&zones);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct network network = { .honest = false };
	struct world world = { .self = &network, .ask = ask, .now = now,
			       .random = same_octets, .file_read = no_file,
			       .delegate = errands_do_here };
	struct config config = { .recheck_seconds = 0 };
	struct state *state;

	if (size < 1 + sizeof(network.plan) || size > REPLY_TCP_SIZE_MAX)
		return 0;
	prepare();
	config.dnssec_required = !(data[0] & 1);
	memcpy(network.plan, data + 1, sizeof(network.plan));
	take_records(&network, data + 1 + sizeof(network.plan),
		     size - 1 - sizeof(network.plan));
	state = state_new("mail");
	for (; network.look < 3; network.look++) {
		network.honest = network.look == 2;
		look(&world, &config, state);
		state = pass_on(state);
	}
	check_end(state_ledger(state, OWNER), config.dnssec_required);
	state_free(state);
	ldns_rr_list_deep_free(network.extra);
	return 0;
}
