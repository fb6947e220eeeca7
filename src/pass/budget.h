/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "world/world.h"

/*
 * The time that a pass may take. Whatever it does under the lock shares one
 * budget, so that nobody outside, server, service or program, can keep the
 * lock from certbot's hooks; it is handed down as the world's deadline, which
 * every question, handshake and program looks at.
 *
 * No stage takes all that is left: a name server that uses every limit leaves
 * time for the targets of others. run_pass() begins the budget and the stages.
 */
enum budget_stage {
	BUDGET_RELOADS,		/* and whatever is done on this machine */
	BUDGET_CHANGES,		/* UPDATEs, and programs in their place */
	BUDGET_SURVEY,
	BUDGET_PROBES,
	BUDGET_STAGES,
};

struct budget {
	struct world *world;
	const struct calling *calling;	/* how long it may take */
	int lock_dir;		/* where the lock is that is held; -1: none */
	int64_t begun_ms;		/* on the boot clock */
	/* Of the stage under way: */
	int64_t stage_begun_ms;
	enum budget_stage stage;
	/* Of all until now: */
	int64_t spent_ms[BUDGET_STAGES];
	bool is_cut;		/* something was not looked at, or not done,
				   because the time was over */
	bool gives_way;		/* to a command that waits for the lock */
};

/* The name of the lock, in the state directory. */
#define LOCK_NAME "lock"

void budget_begin(struct budget *budget);
/* From now on only what tells of the rest: all of the time may be used. */
void budget_tell(struct budget *budget);
/* Until the next one begins, whatever ends by then; the world has no deadline
 * any more. */
void budget_end(struct budget *budget);

void budget_stage_begin(struct budget *budget, enum budget_stage stage);
/* What is asked now is cut short. */
bool budget_stage_is_over(const struct budget *budget);
/* True: its time was over. What was asked meanwhile was cut short then. */
bool budget_stage_end(struct budget *budget);

/* No further stage may begin: the time is over, or a hook waits for the lock
 * and this is none. Looked at between the stages. */
bool budget_is_spent(struct budget *budget);
/*
 * How long a program that has MOST_MS may take from now on, milliseconds; 0:
 * none may be started in this stage any more.
 */
unsigned budget_program_ms(struct budget *budget, unsigned most_ms);

/* What took the time, and what becomes of the rest: one line, allocated; NULL
 * where nothing was cut. */
char *budget_explain(const struct budget *budget);
