/* SPDX-License-Identifier: MIT */
#pragma once

#include "tell/report.h"

/* The parts of the report: report_detail.c has the words for every reason,
 * those of report_rest.c apart. All of it is allocated. */

/* "ns1.example.com. 192.0.2.53", or the address alone. */
char *report_server(const struct zone_server *server);
/* "OWNER: WHAT", with what OWNER is an alias of. */
char *report_owner(const struct owner_facts *owner, const char *what);

/* For REASON_UNFIT, _STRANGER, _ASTRAY, _LOCKED_OUT and _SIGNATURE. */
char *report_rest(const struct facts *facts, const struct action *action);
