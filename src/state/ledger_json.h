/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/ledger.h"
#include "state/state_field.h"

/* A ledger as state_json.c has it in a state file: it is written whole, and
 * read into one that is new, whose owner is known already. READER has the fault
 * where it is none that was written; LEDGER may then have a part of it. */
json_t *ledger_to_json(const struct ledger *ledger);
void ledger_from_json(struct reader *reader, const json_t *json,
		      struct ledger *ledger);
