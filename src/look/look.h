/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/* run_network.c: asks every server about the owners of all targets that are
 * not done, and writes what it saw into their ledgers. */
void run_survey(struct run *run, enum transport transport);
void run_drop_survey(struct run *run);
/* What the last survey saw of OWNER, or NULL. */
const struct survey_owner *run_find_seen(const struct run *run,
					 const char *owner);
/* Probes the services of all targets whose decision is STEP_PROBE. */
void run_probe(struct run *run);

/* Points the facts of TARGET to what the last survey saw, along the aliases
 * it found: where they lead to names not asked about, these are unseen. */
void run_attach(struct run *run, struct run_target *target);

/* run_users.c: adds to NAMES the name and all that it may be an alias of, for
 * TARGET, by the last survey or by what the ledgers remember. */
struct name_list;
void run_reach(const struct run *run, const struct run_target *target,
	       const char *name, struct name_list *names);
/* Who uses which owner, by configuration, states and the last survey. */
void run_find_users(struct run *run);
void run_free_users(struct run *run);
/* What the other users of this owner need must never be deleted; what they
 * published and TARGET needs as well is of both; what they saw counts. */
void run_find_others(const struct run *run, const struct run_target *target,
		     struct owner_facts *owner);
