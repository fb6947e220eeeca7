/* SPDX-License-Identifier: MIT */
#pragma once

#include "tell/summary.h"

/*
 * Writes the file of `status_file`, if there is one: as a whole, and its
 * directory where that is missing. Called by run_pass() at its end, as
 * metrics_file_write() is, and under the same conditions. It says that runs go
 * on, so it is written although nothing has changed.
 */
void status_file_write(struct pass *pass);

/* What the last run left there. NULL: SUMMARY is the caller's to clear; else
 * why it cannot be read or is not believed, allocated, and *ABSENT says whether
 * there is none. */
char *status_file_read(struct world *world, const char *path,
		       struct summary *summary, bool *absent);
