/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"
#include "config/config.h"
#include "world/world.h"

/* Bounds and units of the simulator. Times are true milliseconds. */
enum { SERVERS_MAX = 6, SERVICES_MAX = 2, TARGETS_MAX = 3, OWNERS_MAX = 9,
       WORKERS_MAX = 8, REVISIONS_MAX = 4096, COMBOS_MAX = 4,
       ARCHIVE_KEPT = 5, ISSUED_MAX = 64, REPLIES_KEPT = 4096,
       ELSEWHERE_MAX = 2 };

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* What caches may hold after times to live of days, and a factor of 3. */
#define WAIT_LONGEST_MS (8 * DAY)
#define FOREVER INT64_MAX

/* What a right clock shows at true time 0. */
#define TRUE_WALL_SECONDS 1800000000LL

struct sim;
