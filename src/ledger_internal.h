/* SPDX-License-Identifier: MIT */
#pragma once

#include "ledger.h"

/* What ledger.c (the record) and ledger_bounds.c (what follows) share. */

/* When any address was last seen to serve VERSION, or LEDGER_NEVER. */
int64_t ledger_last_anywhere(const struct ledger *ledger, size_t version);
/* Forgets VERSION; an address that had it is of unknown version then. */
void ledger_remove_version(struct ledger *ledger, size_t version);
bool ledger_is_alias_of(const struct ledger_version *version,
			const char *alias);

static inline void ledger_raise_time(int64_t *time_ms, int64_t to_ms)
{
	if (*time_ms < to_ms)
		*time_ms = to_ms;
}
