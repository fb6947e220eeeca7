/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "world/world.h"

/*
 * The external-program scheme, api = "exec": a program of the operator's
 * publishes or deletes one record at a time. What it says is only a hint; a
 * record counts as published when the zone's own servers serve it.
 *
 * Its whole environment: TLSA_OPERATION (publish, delete), TLSA_USAGE,
 * TLSA_SELECTOR, TLSA_MATCHING, TLSA_PARAM ("311"), TLSA_PORT,
 * TLSA_PROTOCOL, TLSA_DOMAIN, TLSA_HASH (the record's data in hexadecimal),
 * TLSA_LIVE_HASH (delete only: the data of a record of the same parameters
 * that must be there; not set where none is), ZONE_DOMAIN, RENEWED_DOMAINS,
 * LETSENCRYPT_DIR, PATH and IFS. Domains are without final dot.
 */
enum exec_operation { EXEC_PUBLISH, EXEC_DELETE };

enum exec_verdict {
	EXEC_DONE,		/* exit status 0 */
	EXEC_ALREADY,		/* 1 on publish: it is already there */
	EXEC_NOT_YET,		/* 1 on delete: the new one is not there yet */
	EXEC_ERROR,		/* 2 to 127, or ended by a signal */
	EXEC_SOFT_ERROR,	/* 128 and over: try again, no alarm */
	EXEC_TIMEOUT,		/* killed after timeout_ms, with all that it
				   started and that did not detach itself */
	EXEC_NOT_STARTED,
};

struct exec_request {
	const struct config_target *target;	/* user and arguments */
	enum exec_operation operation;
	const struct tlsa *record;
	const struct config_spec *spec;		/* port, protocol, host */
	const char *zone;			/* canonical name */
	const char *live_hash;			/* hexadecimal, or NULL */
	const char *renewed_domains;		/* of renewed_domains() */
	const char *letsencrypt_directory;
	unsigned timeout_ms;			/* at most EXEC_TIMEOUT_MS */
	/* Filled in: */
	enum exec_verdict verdict;
	char *detail;	/* one line: the program, what it did, its last
			   words, what to change; caller frees */
};

/*
 * Runs the program once, as `exec_user`; its output goes to the log. It is not
 * started where exec_fault() finds something.
 */
void exec_run(struct world *world, struct exec_request *request);

/*
 * The program at PATH, to be run as USER (NULL: as we do). One that runs as we
 * do must be nobody else's to change, nor the directories on the way to it, see
 * world/trust.h. NULL, or what is wrong, allocated. A program that is not there
 * is no fault yet.
 */
char *exec_fault(struct world *world, const char *path, const char *user);

/* Why PROGRAM did not start (its ERROR), and for the usual reasons what to
 * change; allocated. */
char *exec_explain_start(const struct program *program);
