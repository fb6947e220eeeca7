/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/source.h"
#include "pass/targets.h"

/*
 * The deeds that touch only this machine: links, held files, reload, state.
 * Each writes its promise before the deed. *FAILURE (allocated) is one line
 * when the result is false; nothing is half done then that the next run
 * would not complete.
 */
struct deed {
	struct world *world;
	const struct links_places *places;
	int targets_dir;	/* handle of "targets" in the state directory */
	struct state *state;
	const struct facts *facts;
	const struct action *action;
	unsigned timeout_ms;	/* of a reload; set by who has it done */
	char *failure;
	bool is_short;		/* links moved, though what they lead to could
				   not be held: pre cannot do better */
};

/* The deed that TARGET is due, with the decision in target->action. */
struct deed deed_of(const struct source *source, const struct targets *targets,
		    struct target *target);

/* Holds what waits for its turn though certbot has gone on, lest it deletes
 * that first. Where it cannot be held a line says so, and nothing is lost but
 * its turn. */
void deed_hold_next(struct deed *deed);
bool deed_adopt(struct deed *deed);
bool deed_links(struct deed *deed);
bool deed_accept(struct deed *deed);
bool deed_release(struct deed *deed);
bool deed_reload(struct deed *deed);
bool deed_proven(struct deed *deed);
bool deed_shed(struct deed *deed);
bool deed_settle(struct deed *deed);
/* Of a target that is removed: see rollover_remove.c. */
bool deed_leave(struct deed *deed);
bool deed_removed(struct deed *deed);
bool deed_save(struct deed *deed);
