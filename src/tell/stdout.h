/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * Whether what was printed has arrived. Whoever reads half of an answer, or
 * none, because a disk is full or the reader of a pipe has gone, must learn
 * that from the exit status.
 */

/* Called by main() before any file is opened: where standard output is closed
 * it becomes one that takes nothing, so that what is printed counts as lost,
 * and does not get into a file that was opened in its place. */
void stdout_begin(void);

/* Something that was printed is lost for sure: more need not be waited for. */
bool stdout_is_lost(void);

/* Called when all is printed. False, after a message: some of it is lost. */
bool stdout_end(void);
