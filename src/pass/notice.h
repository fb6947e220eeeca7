/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/alarm_note.h"

/*
 * What the program of `notify` is to be told. run/notices.c finds out whose
 * alarm begins, stands or ends and has tell/notice.c put it in words, which
 * act/notify.c hands over.
 */
struct concern {		/* a target; borrows */
	const char *name;
	const struct alarm_note *note;
};

struct notice {
	enum alarm_event event;
	char *targets;		/* whom it names, blanks between */
	char *subject;		/* one line */
	char *text;		/* lines of ASCII */
	char *since;		/* when the oldest of these alarms began */
};
