/* SPDX-License-Identifier: MIT */
#include "support/desk.h"

const struct ledger_rules plain = { 100, 0, 0 };

void desk_open(struct desk *desk)
{
	view_open(&desk->view, OWNER, 2);
	desk->ledger = ledger_new(OWNER);
}

void desk_close(struct desk *desk)
{
	view_close(&desk->view);
	ledger_free(desk->ledger);
}

/* Both servers are asked at once; the second answers a second later. */
void see(struct desk *desk, const char *one, const char *two,
		uint32_t ttl_seconds, int64_t now_ms)
{
	view_say(&desk->view, 0, one, ttl_seconds);
	view_say(&desk->view, 1, two, ttl_seconds);
	ledger_record(desk->ledger, &desk->view.seen, now_ms + 1000);
}

int64_t safe(const struct desk *desk, char chain, bool unknown_matches,
		    const struct ledger_rules *rules)
{
	struct ledger_test test = { .chain = cast_chain(chain),
				    .unknown_matches = unknown_matches };

	return ledger_safe_from(desk->ledger, &test, rules);
}

/* Only the sets that were seen, without margin and factor. */
int64_t safe_seen(const struct desk *desk, char chain)
{
	return safe(desk, chain, true, &plain);
}
