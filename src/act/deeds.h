/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/rollover.h"

/*
 * The deeds that touch only this machine: links, held files, reload, state.
 * Each writes its promise before the deed. *FAILURE (allocated) is one line
 * when the result is false; nothing is half done then that the next run
 * would not complete.
 */
struct act {
	struct world *world;
	const struct links_places *places;
	int targets_dir;	/* handle of "targets" in the state directory */
	struct state *state;
	const struct facts *facts;
	const struct action *action;
	char *failure;
};

bool act_adopt(struct act *act);
bool act_links(struct act *act);
bool act_accept(struct act *act);
bool act_release(struct act *act);
bool act_reload(struct act *act);
bool act_proven(struct act *act);
bool act_shed(struct act *act);
bool act_settle(struct act *act);
bool act_save(struct act *act);
