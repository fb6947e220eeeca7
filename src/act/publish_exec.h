/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * The half of publish.c that external programs do, one record after the
 * other. A program is asked for the same thing once in a pass, whatever it
 * says; what came of it, the next surveys tell.
 */

/*
 * Reduces what TARGET wants at OWNER to what its program may be asked for now
 * (exec_order.h). NULL, or why it never may be: one line, allocated.
 */
char *publish_exec_order(const struct run_target *target,
			 const struct owner_facts *owner,
			 struct tlsa_set *add, struct tlsa_set *remove);

/*
 * Asks for these. NULL, or what failed: one line, allocated; the records after
 * it were not asked for.
 */
char *publish_exec(struct run *run, struct run_target *target,
		   const struct owner_facts *owner, const struct tlsa_set *add,
		   const struct tlsa_set *remove);
