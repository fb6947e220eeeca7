/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/state_field.h"

/*
 * The alarm of one target, as its state keeps it between runs: what is wrong,
 * since when, and what the program of `notify` was told of it. Trouble that
 * becomes other trouble is one alarm: it ends when a run finds none.
 */
struct alarm_note {
	char *text;		/* what is wrong, one line; NULL: nothing */
	int64_t since_ms;	/* when that began; 0: not known */
	char *told;		/* what `notify` was told and not yet that it
				   is over; NULL: nothing */
	int64_t told_ms;	/* when it last was; 0 with that */
};

enum alarm_event {
	ALARM_QUIET,		/* nothing is to be told now */
	ALARM_BEGIN, ALARM_STAND, ALARM_END,
};

void alarm_note_clear(struct alarm_note *note);

/* A run found TEXT (NULL: nothing wrong) at NOW_MS. True: that is news, to be
 * saved. */
bool alarm_note_found(struct alarm_note *note, const char *text,
		      int64_t now_ms);

/* What `notify` is to be told at NOW_MS: each beginning and each end once, and
 * once a day that it stands. An end is told only of what was told. */
enum alarm_event alarm_note_due(const struct alarm_note *note,
				int64_t now_ms);
/* It was told what was due. */
void alarm_note_told(struct alarm_note *note, int64_t now_ms);

/* The fields in OBJECT: "alarm", "alarm_since_ms", "notified" and
 * "notified_ms". Those but the first may be absent, as in older files;
 * SAVED_MS, when that was written, then stands for the beginning. */
void alarm_note_put(const struct alarm_note *note, json_t *object);
void alarm_note_read(struct reader *reader, const json_t *object,
		     int64_t saved_ms, struct alarm_note *note);
