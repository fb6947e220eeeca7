/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * What the program was called to do, as far as a pass must know it: what it
 * may do, and how long it may take. Each command has one, in its row of
 * command/command.c; it goes down from there, so that no lower room knows the
 * commands by name. What is left out is the least of rights, no patience for
 * the lock, and no end to the work.
 */
struct calling {
	bool only_looks;	/* nothing is created, locked or written, but
				   for what notify was told */
	bool local_only;	/* no server and no service is asked */
	bool recreates;		/* the links are made anew, whatever is there */
	bool pins;		/* with follow_live, too: keep every link on
				   what is presented now */
	bool is_hook;		/* of certbot, which keeps to itself what it
				   says */
	bool looks_again;	/* what is settled is looked at from time to
				   time, and services while a release waits */
	bool rests;		/* what was found at rest before, and is as it
				   was, is not read again (run/rests.h) until
				   its next look */
	bool tells;		/* what has become of each target is printed:
				   there is a report of it, as in a dry run */
	bool hears_certbot;	/* which says in the environment what was
				   renewed */
	/* May the links go back to the live links? Looked at anew for every
	 * decision, since certbot may start at any time. */
	enum rest_right { REST_NEVER, REST_UNLESS_CERTBOT, REST_ALWAYS } rest;
	unsigned lock_wait_ms;	/* the patience for another instance */
	/* How long it may take once it has the lock: for all that it looks at
	 * and does, and with what is told after that. 0: no end. */
	unsigned work_ms, time_ms;
};

/* Exit statuses: the interface to scripts and timers. */
enum exit_status {
	EXIT_DONE = 0,		/* done, or waiting as planned */
	EXIT_FAILED = 1,	/* a target failed and needs a person */
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3,
	EXIT_STATE = 4,		/* state or lock cannot be used */
	EXIT_BUSY = 15,		/* another instance runs */
	/* Of check alone, as monitoring plugins have them: */
	EXIT_CHECK_OK = 0,
	EXIT_CHECK_WARNING = 1,
	EXIT_CHECK_CRITICAL = 2,
	EXIT_CHECK_UNKNOWN = 3,
};
