/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/targets.h"

/*
 * The promise before a change in DNS: the records that a target is about to
 * publish, and those that it is about to delete, stand in its state, on the
 * disk, before anything is sent. A crash can leave a promise without its
 * deed, never a record of ours that nobody knows of.
 *
 * publish.c makes one for every change, and takes it back where the server
 * surely did nothing.
 */
struct promise {
	struct target *target;
	const struct change *change;	/* of TARGET's action */
	/* What is new in the state with it, so that it can be taken back. */
	struct tlsa_set published, deleting;
	size_t joined;		/* which change on the wire it is part of;
				   SIZE_MAX: none */
};

/* Notes it in the state, in memory; the caller saves that. With it the ledger
 * gets the sets that it may bring about: of an UPDATE the one, of a program,
 * which is told a record at a time, one for each. */
void promise_note(struct promise *promise, int64_t now_ms);
/* The server surely did not do it: all that it brought is taken back. */
void promise_withdraw(struct promise *promise);
/* The same for RECORD alone, which was to be published. */
void promise_withdraw_record(struct promise *promise,
			     const struct tlsa *record);
void promise_clear(struct promise *promise);

/* Those of all targets in one round. */
struct promises {
	struct promise *items;
	size_t count;
};

/* Is it written, and its target still to be served? Another promise of the
 * same target may have failed since. */
bool promise_holds(const struct promise *promise);
/* A program makes the change, not an UPDATE. */
bool promise_is_for_program(const struct promise *promise);
