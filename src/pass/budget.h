/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "world/world.h"

/*
 * The time that a pass may take. It has an end where certbot waits for it.
 * run_pass() begins it; whoever starts a batch or a program asks first.
 */
struct budget {
	struct world *world;
	const struct calling *calling;	/* how long it may take */
	int64_t begun_ms;	/* on the boot clock */
};

void budget_begin(struct budget *budget);
/* No further batch may begin. */
bool budget_is_spent(const struct budget *budget);
/* How long a program that publishes may take from now on, milliseconds; 0:
 * none may be started any more. */
unsigned budget_program_ms(const struct budget *budget);
