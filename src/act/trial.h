/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"
#include "pass/pass.h"

/*
 * Could the primary be told to change the records? Asked by `check` while
 * nothing is to be changed, so that a key that lost its right, a secret that
 * differs or a clock that is wrong is known before the next renewal.
 *
 * For each owner an UPDATE is sent that is signed, guarded and granted as a
 * real one, and deletes a record that does not exist: 3 1 1 with 32 octets at
 * random. A server that lets it pass has nothing to do (RFC 2136 section
 * 3.4.2.4 ignores a deletion of what is not there), so the zone and its serial
 * stay as they are; BIND, Knot and PowerDNS look at key, clock, prerequisites
 * and right before that. No lock is needed, for nothing is promised. That a
 * primary cannot store what it is told does not show: it has nothing to store.
 */
struct trial {
	char *owner;
	enum update_verdict verdict;
	char *detail;		/* of the verdict, for people; NULL: done */
};

struct trials {
	struct trial *items;
	size_t count;
};

/* Of every owner, each once, where a target of PASS that is WANTED (one for
 * each target) publishes by UPDATE, and whose primary said what it serves:
 * after run_look(). The caller clears it. */
void trials_run(struct pass *pass, const bool *wanted, struct trials *trials);
/* NULL: it was not tried. */
const struct trial *trials_find(const struct trials *trials,
				const char *owner);
void trials_clear(struct trials *trials);
