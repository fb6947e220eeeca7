/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/ledger.h"
#include "support/chains.h"

#define OWNER "_25._tcp.mail.example.com."
#define T0 INT64_C(1800000000000)
#define DAY_MS (INT64_C(86400) * 1000)

/* One owner, two servers, and what the ledger makes of them. */
struct desk {
	struct view view;
	struct ledger *ledger;
};

/* Neither margin nor factor. */
extern const struct ledger_rules plain;

void desk_open(struct desk *desk);
void desk_close(struct desk *desk);
/* Both servers are asked at once; the second answers a second later. */
void see(struct desk *desk, const char *one, const char *two,
	 uint32_t ttl_seconds, int64_t now_ms);
int64_t safe(const struct desk *desk, char chain, bool unknown_matches,
	     const struct ledger_rules *rules);
/* Only the sets that were seen, without margin and factor. */
int64_t safe_seen(const struct desk *desk, char chain);
