/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "pass/pass.h"

/*
 * What targets have to do with one another: who uses which owner, and what
 * the others that use it need there. No target may delete what another needs,
 * and none may release before what another saw there has left all caches.
 */

/* Adds to NAMES the name and all that it may be an alias of, for TARGET, by
 * the last survey or by what its ledgers remember; of very many, some. */
void sharing_reach(const struct seen *seen, const struct target *target,
		   const char *name, struct texts *names);

/* Makes pass->sharing anew: after the states were loaded, and after every
 * survey, since it may have found aliases. */
void sharing_find_users(struct pass *pass);
void sharing_clear(struct sharing *sharing);

/* The users of OWNER, *COUNT of them in a row. */
const struct owner_user *sharing_users_of(const struct sharing *sharing,
					  const char *owner, size_t *count);

/* Fills in OWNER->others for TARGET, whose OWNER it is: what they need must
 * never be deleted; what they published and TARGET presents as well is of both
 * (OWNER->own); what they saw counts. */
void sharing_find_others(const struct pass *pass, const struct target *target,
			 struct owner_facts *owner);
