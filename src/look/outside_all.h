/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Asks the resolvers of `outside` about the owners of the last survey, in one
 * batch; nothing where none are configured. Called by run/run.c after a survey
 * over TCP, which comes before a release, and by check. A set without a match
 * for what shall go into service, held later than the ledger of its target
 * allows, raises that (ledger_note_cached()), and is_late says so.
 */
void outside_all(struct pass *pass);
