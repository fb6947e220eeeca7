/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "dns/outside.h"

/* Takes the place of outside.c; the simulated hosts have no `outside`. */

void outside_ask(struct world *world, const struct config *config,
		 const char *const *owners, size_t n, struct outside *outside)
{
	(void)config;
	(void)owners;
	(void)n;
	(void)outside;
	sim_fail(sim_of(world), "outside_ask() has no simulation");
}

void outside_clear(struct outside *outside)
{
	*outside = (struct outside){ 0 };
}
