/* SPDX-License-Identifier: MIT */
#include "state/ledger_internal.h"

#include "base/bounds.h"
#include "base/xalloc.h"

/* What a cache was seen to hold, or may get, though no server here showed it so
 * late. */

/* The address that left VERSION last; where none had it, any. Only the latest
 * moves, so that the publication of what came after stays where it was as long
 * as another address vouches for it. */
static struct ledger_address *find_latest(const struct ledger *ledger,
					  size_t version)
{
	struct ledger_address *latest = NULL;

	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		if (!latest || latest->last_ms[version] < at->last_ms[version])
			latest = at;
	}
	return latest;
}

bool ledger_note_cached(struct ledger *ledger, const struct tlsa_set *set,
			int64_t until_ms, int64_t now_ms)
{
	uint32_t longest = ledger_ttl_max(ledger, 0);
	struct ledger_address *at;
	struct ledger_version *version;
	int64_t served_ms;
	size_t index;

	if (ledger->address_count == 0)
		return false;
	index = ledger_note_version(ledger, LEDGER_SET, set);
	version = &ledger->versions[index];
	if (!version->ttl_seconds)
		version->ttl_seconds = longest;
	served_ms = until_ms - (int64_t)version->ttl_seconds * 1000;
	if (served_ms > now_ms)
		served_ms = now_ms;
	at = find_latest(ledger, index);
	if (at->last_ms[index] >= served_ms)
		return false;
	at->last_ms[index] = served_ms;
	ledger_end_steady(ledger);
	return true;
}

void ledger_note_coming(struct ledger *ledger, size_t index,
			uint32_t ttl_seconds, int64_t now_ms)
{
	struct ledger_version *version = &ledger->versions[index];

	if (version->ttl_seconds < ttl_seconds)
		version->ttl_seconds = ttl_seconds;
	if (ttl_seconds != ledger->steady_ttl_seconds)
		ledger_end_steady(ledger);
	for (size_t i = 0; i < ledger->address_count; i++) {
		struct ledger_address *at = &ledger->addresses[i];

		if (at->departed_ms != LEDGER_NEVER || at->current == index)
			continue;
		/* After its last answer, so that it may pass through it. */
		ledger_raise_time(&at->last_ms[index], now_ms);
		ledger_raise_time(&at->last_ms[index],
				  at->last_ms[at->current] + 1);
	}
}

void ledger_note_sent(struct ledger *ledger, const struct tlsa_set *set,
		      uint32_t ttl_seconds, int64_t now_ms)
{
	ledger_note_coming(ledger,
			   ledger_note_version(ledger, LEDGER_SET, set),
			   ttl_seconds, now_ms);
}
