/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/* The real world. Close it once; it must not be copied meanwhile. */
void world_posix_open(struct world *world);
void world_posix_close(struct world *world);
