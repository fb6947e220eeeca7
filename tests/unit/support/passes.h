/* SPDX-License-Identifier: MIT */
#pragma once

#include "support/run.h"

/* Stretches of a rollover from version 1 (A) to 2 (B), run pass by pass. */
#define HOUR_MS (INT64_C(3600) * 1000)

void pass_time(struct host *host, int64_t ms);
/* All servers serve the record of version 1, of version 2, of both, none. */
void expect_served(struct host *host, bool one, bool two);
/* COMMAND ends waiting, for REASON. */
void expect_waits(struct host *host, const char *command,
		  enum reason reason);
/* A is in service and published, everything is settled. */
void begin_settled(struct host *host);
/* B was renewed as it should be, and is published beside A. */
void begin_pending(struct host *host);
/* Runs until all is done, and wants only B left. */
void finish_rollover(struct host *host);

/* For cmocka: an open pass, whose only target has the facts of its disk and
 * nobody was asked yet; *STATE is the host, which these close as well. */
extern struct pass opened;
int opened_open(void **state);
int opened_close(void **state);
