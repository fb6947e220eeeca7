/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_files.h"

/*
 * Copies of what the program keeps, put back at any time later, as a person
 * does who has lost something else. Nobody stops it for that, but no command
 * is at work in that moment.
 */
struct backup {
	struct node *state, *dane;	/* NULL: none was made yet */
	int64_t made_ms;
};
enum backup_part { BACKUP_STATE, BACKUP_DANE, BACKUP_BOTH, BACKUP_NOTHING };

void backup_make(struct sim *sim);
/* BACKUP_NOTHING: the states are lost. What was held stays in any case. */
void backup_restore(struct sim *sim, enum backup_part part);
/* And what else is there: bits for backup_lose(). Nobody knows what was served
 * while what is lost was there. */
enum { LOST_STATES = 1, LOST_LINKS = 2, LOST_HELD = 4 };
void backup_lose(struct sim *sim, unsigned lost);
/* By chance. */
void backup_event(struct sim *sim);
