/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "pass/notice.h"
#include "world/world.h"

/*
 * Runs the program of `notify`, which must be configured, as `notify_user`,
 * and hands NOTICE over. Its standard input is "Subject: SUBJECT", an empty
 * line and the text, as sendmail reads it. Its whole environment: ALNITAK_EVENT
 * (begin, stand, end), ALNITAK_TARGET, ALNITAK_SUBJECT, ALNITAK_TEXT,
 * ALNITAK_SINCE, PATH and LANG=C. Its output goes to the log.
 *
 * NULL: it exited with 0. Else what went wrong in one line, allocated: to be
 * tried again. It is killed after TIMEOUT_MS, and not started where
 * exec_fault() finds something.
 */
char *notify_run(struct world *world, const struct config *config,
		 const struct notice *notice, unsigned timeout_ms);
