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
	int exchange_error;	/* what exchange says, if not 0 */
	bool exchange_failed;	/* one that was asked for */
	unsigned unsynced;	/* names made since a dir_sync */
	int link_error;		/* what link_hard says, if not 0 */
	int64_t changed_ms;	/* when files were, for who reads them */
	bool files_are_old;	/* .. and for who only asks: as long ago as on
				   the disk, else a moment ago at any time */
	void (*before)(void);	/* runs before every call; may be NULL */
};

/* WORLD stands for FAULTS as long as that lives; nothing needs closing. */
void faults_open(struct world *world, struct faults *faults);
