/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * What the last runs found at rest, in the file "settled" of the state
 * directory (state/settled.h), so that a run reads nothing else of it: a target
 * whose line is there, and which is by all that stat(2) tells as it was when
 * the line was written, is at rest still, until it is to be looked at again.
 * Whatever is not exactly so has the target read as if there were no such file:
 * a line that differs, clocks that do not agree with the state's, an owner that
 * a target which is read uses as well.
 */
#define RESTS_NAME "settled"

/* Called by run_open() before states are read: sets RESTS, and all that a
 * target which is done has, where one is believed. */
void rests_find(struct pass *pass);

/*
 * Those that use an owner with a target that does not rest, as pass->sharing
 * has it, or one where records of such a target stand, are read after all, by
 * run_load_target(). True: there were some. For run_open(), and after each
 * survey, which may have found aliases.
 */
bool rests_wake(struct pass *pass);

/* Called by run_pass() when nothing more is saved: writes the file anew where
 * something came to rest. */
void rests_note(struct pass *pass);
void rests_clear(struct rests *rests);
