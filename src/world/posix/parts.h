/* SPDX-License-Identifier: MIT */
#pragma once

#include "world/world.h"

/*
 * The parts of the real world, one file for each subject, for
 * world_posix_open() to join. Each sets its own functions in WORLD.
 */
void world_posix_add_files(struct world *world);
void world_posix_add_rights(struct world *world);
void world_posix_add_space(struct world *world);
void world_posix_add_members(struct world *world);
void world_posix_add_lock(struct world *world);
void world_posix_add_program(struct world *world);
void world_posix_add_net(struct world *world);
void world_posix_add_tls(struct world *world);
void world_posix_add_hands(struct world *world);

/* What world->self points at. */
struct posix {
	char boot_id[40];	/* empty where the system does not tell it */
	int lock;		/* descriptor whose closing unlocks, or -1 */
	/* Who left an update without an answer beside others; they get each
	 * over a connection of its own, as long as the process lasts. */
	struct address *impatient;
	size_t impatient_count;
	int porter;		/* who makes hands (hands.h), or -1 */
	int channel;		/* of a hand, to who sent it; else -1 */
};

/* For a hand: a clock, random numbers and handshakes over what CHANNEL
 * connects, and nothing else. */
void world_posix_open_bare(struct world *world, int channel);

/* What a system call returned, or -errno where that is below 0. */
int posix_or_errno(int result);

/* NAME is one path component; only WORLD_CWD takes whole paths. */
bool posix_is_name(int dir, const char *name);

/* All of a block of malloc(), before it is freed. */
void posix_wipe(void *memory);

/* For time limits within the process. It never steps. */
int64_t posix_monotonic_ms(void);
/* The world's deadline on that clock; INT64_MAX: there is none. */
int64_t posix_deadline_ms(const struct world *world);
void posix_sleep_ms(unsigned milliseconds);
