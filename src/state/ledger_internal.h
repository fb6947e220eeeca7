/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/ledger.h"

/* What ledger.c (the record) and ledger_bounds.c (what follows) share. */

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
/* Forgets VERSION; an address that had it is of unknown version then. */
void ledger_remove_version(struct ledger *ledger, size_t version);
bool ledger_is_alias_of(const struct ledger_version *version,
			const char *alias);

static inline void ledger_raise_time(int64_t *time_ms, int64_t to_ms)
{
	if (*time_ms < to_ms)
		*time_ms = to_ms;
}
