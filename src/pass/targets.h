/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"
#include "state/settled.h"

#include <jansson.h>

/*
 * The targets of one pass, each with its state, the facts last gathered, the
 * decision made on them and what became of it. run_open() makes them; look
 * fills in the facts, run/run.c the decision, act the failures, tell the lines.
 */
enum sent_outcome {		/* of the last time that it was sent */
	SENT_NOT_SENT,	/* or surely not applied: no connection */
	SENT_ACCEPTED,
	SENT_REFUSED,
	SENT_OVERTAKEN,	/* the RRset was not the one seen */
	SENT_UNANSWERED,	/* or not so that it can be believed */
	SENT_ASKED,		/* a program was, for what it had to do */
	SENT_FAILED,		/* it was, and failed */
};

struct sent {			/* one change of DNS, in one pass */
	char *change;		/* as text: owner, what is added and removed */
	unsigned looks;		/* how often it was decided on, */
	unsigned times;		/* and sent */
	bool rests;		/* this time it is not sent, only looked for */
	bool accepted;		/* once, or a program was asked for it */
	enum sent_outcome outcome;
};

struct target {
	const struct config_target *config;
	struct state *state;	/* NULL: could not be read, or RESTS */
	struct settled_target *rests;	/* it is as it was when a run found it
				   at rest, and nothing else was read; NULL:
				   it was */
	struct facts facts;
	struct action action;	/* the last decision; borrows from FACTS */
	bool done;		/* nothing more in this pass */
	char *failure;		/* why it is done before its time: one line */
	char *damage;		/* why its state cannot be used: one line */
	char *line;		/* once done: where it stands, one line */
	json_t *report;		/* the same in full */
	bool unsaved;		/* the state has something new to be saved */
	struct sent *sent;	/* in this pass; see run/publishing.h */
	size_t sent_count;
	bool sends;		/* in this round */
	unsigned looks;		/* for what was sent, all together */
	unsigned pause_ms;	/* before the next of these */
	bool swallowed;		/* sent more than once, in vain */
	bool is_late;		/* there was no time for a program of its own in
				   this round, */
	bool was_late;		/* or in one before */
	char *unanswered;	/* why it is not known what came of one, or
				   NULL */
	enum probe_verdict probe;
	char *probe_detail;
	char *reload_failure;	/* of this pass */
	char **asked;		/* what its program was asked for in it */
	size_t asked_count;
};

/* Where their states are, in the state directory. */
#define TARGETS_NAME "targets"

struct targets {
	struct target *items;
	size_t count;
	int dir;		/* "targets" in the state directory */
};

/* Ends the pass for TARGET; FAILURE, one line, is taken over. Of several the
 * first one stands. */
void target_fail(struct target *target, char *failure);
/* Before each decision, with the very moment that it is made in: where the
 * clocks disagree with what was saved, all waits start again. */
void target_check_clock(struct target *target, const struct moment *now);
/* Of a target whose state was just loaded, before its clock is looked at: a
 * copy does not know all, and counts as no more than that. */
void target_check_file(struct target *target, const struct moment *now);
/* What this pass has sent of CHANGE; made when new. NULL: of no change. */
struct sent *target_sent(struct target *target, const struct change *change);
/* What is known of its certificate in service; NULL: nothing. */
static inline const struct chain *target_released(const struct target *target)
{
	return target->rests ? &target->rests->chain : target->facts.released;
}
/* Frees all that TARGET has. */
void target_close(struct target *target);
