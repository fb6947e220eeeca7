/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * Before anything else in the process: nobody gets at its memory, by a dump of
 * core or otherwise, libcrypto wipes whatever it frees, and what the process
 * makes others cannot write. False: libcrypto has allocated already, and does
 * not.
 */
bool world_posix_guard(void);

/*
 * Before any key is read: from now on world->delegate() works, by processes
 * that have only what is in memory now, see world/errand.h. What commands look
 * at nobody do not need it.
 */
void world_posix_hire(struct world *world);

/* The real world. Close it once; it must not be copied meanwhile. */
void world_posix_open(struct world *world);
void world_posix_close(struct world *world);
