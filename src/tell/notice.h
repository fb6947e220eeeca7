/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/notice.h"

#include <stddef.h>

/*
 * One notice for all whose alarms begin (or stand, or end) in one run: where a
 * name server is dead, a thousand targets are in trouble for one reason, and a
 * thousand mails would bury it. The first NOTICE_TARGETS_MAX of the CONCERNS
 * are named, each with its reason cut to NOTICE_LINE_MAX octets; of the others
 * their number is told.
 */
struct notice notice_make(enum alarm_event event,
			  const struct concern *concerns, size_t count);
void notice_clear(struct notice *notice);
