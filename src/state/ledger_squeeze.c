/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

/* What was VERSION is one of those that nobody can tell apart. */
static void lump(struct ledger *ledger, size_t alien, size_t version)
{
	struct ledger_version *from = &ledger->versions[version];
	struct ledger_version *into = &ledger->versions[alien];

	if (into->ttl_seconds < from->ttl_seconds)
		into->ttl_seconds = from->ttl_seconds;
	ledger_note_combinations(ledger, &from->set);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		ledger_raise_time(&at->last_ms[alien], at->last_ms[version]);
		if (at->current == version)
			at->current = alien;
	}
}

void ledger_squeeze(struct ledger *ledger)
{
	static const struct tlsa_set nothing;
	size_t alien = ledger_add_version(ledger, LEDGER_ALIEN, &nothing);

	for (size_t v = ledger->version_count; v-- > 1;) {
		if (v == alien || ledger->versions[v].kind == LEDGER_ALIAS)
			continue;
		lump(ledger, alien, v);
		ledger_remove_version(ledger, v);
		alien -= alien > v;
	}
	ledger_join_departed(ledger, 1);
}

/* A time of 13 digits, with what is between two; an address with its fields. */
#define TIME_SIZE 14
#define ADDRESS_SIZE 150

size_t ledger_written_size(const struct ledger *ledger)
{
	size_t size = ledger->address_count * ADDRESS_SIZE;

	for (size_t i = 0; i < ledger->address_count; i++)
		for (size_t v = 0; v < ledger->version_count; v++)
			if (ledger->addresses[i].last_ms[v] != LEDGER_NEVER)
				size += TIME_SIZE;
	for (size_t v = 0; v < ledger->version_count; v++) {
		const struct tlsa_set *set = &ledger->versions[v].set;

		for (size_t i = 0; i < set->count; i++)
			size += 2 * set->records[i].size;
	}
	return size;
}
