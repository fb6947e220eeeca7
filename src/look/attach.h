/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Points the facts of TARGET to what the last survey saw, along the aliases it
 * found, and to what other targets need there. Called after every gathering
 * and after every survey; names that an alias leads to and nobody asked about
 * stay unseen, so that the decision asks for another survey.
 */
void attach_facts(const struct pass *pass, struct target *target);

/* The ledger of TARGET for OWNER of the last survey, which it takes in: each
 * ledger each survey once. */
struct ledger *attach_ledger(const struct seen *seen, struct target *target,
			     const struct survey_owner *owner);
