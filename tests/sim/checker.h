/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim.h"

/*
 * Says whether the promise holds. It shares no code with the program: its
 * own matching, its own sets, its own idea of what caches hold.
 *
 * A service may present what it loaded last, until it loads again or starts;
 * one that nobody can see follows a reload late or never. What a service that
 * starts this moment would load from the links counts like what is presented.
 *
 * What the world breaks is not the program's fault: a record that somebody
 * takes away, a zone or links of former times, a service that reads other
 * files, certbot's links under links that rest on them. Such a mismatch is
 * excused as long as caches hold a set that the world's own event put there, or
 * services present what the world's own event gave them (checker.c has all of
 * that, case by case). From then on the program must not make it worse: a set
 * that begins by a deed of its own must match all that it ever released and
 * that may still be presented, and what the links showed when that command
 * began, whoever moved them. Nothing is excused because a state was put back or
 * lost, but for what no look since can tell: a TTL that was longer than those
 * of today, and servers that left.
 */
void checker_open(struct sim *sim);

/* Ends the run when some cache may hold a set in which no record matches a
 * certificate that some service may present. */
void checker_look(struct sim *sim);

/* A command left behind what others see, by WHAT: it has the lock. init makes
 * the directory where that is before, and pre pins links whoever has it. */
void checker_lock(struct sim *sim, const char *what);

/* Is CERT presented properly at this moment by a service of TARGET, or would
 * it be by one that starts and uses the links? */
bool checker_is_shown(struct sim *sim, const struct target *target,
		      const struct cert *cert);

/* The program adds to NOW at OWNER: are that its first records, in spite of a
 * stranger who has no match there, or of what a wildcard gives? */
void checker_first_record(struct sim *sim, struct owner *owner,
			  const struct version *now);

/* The program makes AFTER of BEFORE: does that leave a second host what it
 * needs? GUARDED: nobody made BEFORE since the program looked. */
void checker_change(struct sim *sim, const struct version *before,
		    const struct version *after, bool is_guarded);

bool checker_matches(const struct rr *rr, const struct cert *cert);
/* Does every set of OWNER that a cache holds, or may get, match CERT? */
bool checker_caches_match(struct sim *sim, int owner, const struct cert *cert);

/* After a command that was not killed: nothing may be left half done that
 * only it could have repaired. */
void checker_after_command(struct sim *sim, const char *command, int status);

/* NULL when all is at rest as it should be, else what is not. */
const char *checker_finished(struct sim *sim);
