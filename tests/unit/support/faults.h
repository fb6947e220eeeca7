/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * A world whose file functions are those of REAL, but for the call numbered
 * FAILING (from 1; 0: none), which does nothing and says -EIO; with DEAD so
 * do all later ones, as if the process had been killed there.
 */
struct faults {
	struct world *real;
	unsigned calls, failing;
	bool dead;
	bool without_exchange;	/* -EINVAL, as some file systems say */
	unsigned unsynced;	/* names made since a dir_sync */
	int link_error;		/* what link_hard says, if not 0 */
	void (*before)(void);	/* runs before every call; may be NULL */
};

/* WORLD stands for FAULTS as long as that lives; nothing needs closing. */
void faults_open(struct world *world, struct faults *faults);
