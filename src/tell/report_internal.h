/* SPDX-License-Identifier: MIT */
#pragma once

#include "tell/report.h"

/* The parts of the report: report_detail.c has the words for every reason,
 * those of other files apart. All of it is allocated. */

/* "ns1.example.com. 192.0.2.53", or the address alone. */
char *report_server(const struct zone_server *server);
/* "OWNER: WHAT", with what OWNER is an alias of. */
char *report_owner(const struct owner_facts *owner, const char *what);

/* report_server.c: what the goal needs at OWNER, and, of REASON_SERVER, which
 * servers do not serve it. */
char *report_wanted(const struct facts *facts,
		    const struct owner_facts *owner);
char *report_late(const struct facts *facts, const struct action *action);
/* Of REASON_PUBLISHED and REASON_RACED: the primary that does not show what it
 * was sent. */
char *report_swallowed(const struct facts *facts, const struct action *action);
char *report_raced(const struct facts *facts, const struct action *action);

/* A list of "3 1 1 HEX". */
json_t *report_set_json(const struct tlsa_set *set);

/* report_rest.c: what is wrong though no server is late and no cache is waited
 * for. Each for the reason of its name. */
char *report_unfit(const struct facts *facts);
/* .. REASON_STRANGER, REASON_UNANSWERED and REASON_ASTRAY. */
char *report_services(const struct facts *facts, const struct action *action);
/* .. REASON_PROBE: who does not present B yet. */
char *report_unproven(const struct facts *facts);
char *report_locked_out(const struct action *action);
char *report_signature(const struct action *action);

/* report_removal.c: what a target that is removed waits for, and what it leaves
 * behind: REASON_UNDELETED, REASON_LEFT_ALONE and REASON_REMOVED. */
char *report_removal(const struct facts *facts, const struct action *action);

/* report_outside.c: what resolvers elsewhere say. */
char *report_outside(const struct facts *facts, const struct action *action);
/* A list, one object for each; CHAIN is what shall have a match. NULL where
 * nobody was asked. */
json_t *report_outside_json(const struct owner_facts *owner,
			    const struct chain *chain);
