/* SPDX-License-Identifier: MIT */
#pragma once

/* What goes to standard output between these two; the text is allocated.
 * Not to be nested. Local times in it are UTC. */
void capture_begin(void);
char *capture_end(void);
