/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/ledger.h"

/* What ledger.c (the record), ledger_departed.c (who left the delegation) and
 * ledger_bounds.c (what follows) share. */

/* When any address was last seen to serve VERSION, or LEDGER_NEVER. */
int64_t ledger_last_anywhere(const struct ledger *ledger, size_t version);
/*
 * Before AT answers again it may serve VERSION, which was seen at another
 * address in the survey that last saw AT, and not because that lagged, or
 * since. False where it is not known what AT served.
 */
bool ledger_may_pass(const struct ledger *ledger,
		     const struct ledger_address *at, size_t version);
/* Was TIME_MS after AT last answered? */
bool ledger_is_later(const struct ledger_address *at, int64_t time_ms);
/* Finds or adds the version of this KIND with SET; one too many is the one that
 * nothing matches. */
size_t ledger_note_version(struct ledger *ledger, enum ledger_kind kind,
			   const struct tlsa_set *set);
/* VERSION is where servers get it from: until each is seen to serve something
 * else it may serve that, from its last answer on. */
void ledger_note_coming(struct ledger *ledger, size_t version,
			uint32_t ttl_seconds, int64_t now_ms);
/* Forgets VERSION; an address that had it is of unknown version then. */
void ledger_remove_version(struct ledger *ledger, size_t version);
/* When any address was last seen to serve anything. */
int64_t ledger_last_look(const struct ledger *ledger);
bool ledger_is_alias_of(const struct ledger_version *version,
			const char *alias);

/* Until when resolvers may ask AT, which left the delegation. */
int64_t ledger_asked_until_ms(const struct ledger_address *at);

/* ledger_departed.c. The end of ledger_record(): addresses that SEEN does not
 * have are departed, and nobody asks those any more that it ignores; the bound
 * on their number is kept. */
void ledger_depart(struct ledger *ledger, const struct survey_owner *seen,
		   int64_t now_ms);
/* As long as there are more addresses than MOST: takes two that departed
 * together. */
void ledger_join_departed(struct ledger *ledger, size_t most);
/* A departed address of which nothing counts any more; of ledger_prune(). */
bool ledger_address_is_over(const struct ledger *ledger, size_t index,
			    const struct ledger_rules *rules, int64_t now_ms);
void ledger_remove_address(struct ledger *ledger, size_t index);
/* When an address last served VERSION, as far as resolvers are concerned. */
int64_t ledger_last_served(const struct ledger *ledger,
			   const struct ledger_address *at, size_t version);
/* How long after it was last served VERSION still counts for anything. */
int64_t ledger_keep_ms(const struct ledger *ledger, size_t version,
		       const struct ledger_rules *rules);

/* ledger_steady.c. The end of ledger_record(): did all that was SEEN have the
 * TTL that all had before? */
void ledger_note_steady(struct ledger *ledger, const struct survey_owner *seen,
			int64_t now_ms);
/* Something may have been served with another one. */
void ledger_end_steady(struct ledger *ledger);
/* .. as by a server that nobody looked at before. */
void ledger_note_new(struct ledger *ledger);
/* Of ledger_unwatch(): what is served, and what is unknown, has the TTL that
 * all had for so long that no cache has anything from before. */
void ledger_lower(struct ledger *ledger, const struct ledger_rules *rules,
		  int64_t now_ms);

/* A look at the delegation says that resolvers may go on asking AT for so long.
 * Called before AT is no longer departed. */
void ledger_note_asked(struct ledger_address *at, uint32_t seconds,
		       int64_t now_ms);
/* Of ledger_unwatch(): that is shorter where no look has shown anything longer
 * for as long as what did counts. */
void ledger_lower_asked(struct ledger *ledger, int64_t now_ms);

static inline void ledger_raise_time(int64_t *time_ms, int64_t to_ms)
{
	if (*time_ms < to_ms)
		*time_ms = to_ms;
}
