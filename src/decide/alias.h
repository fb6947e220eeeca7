/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"

/*
 * Owners that are aliases (a CNAME, or below a DNAME). What is configured for
 * such a name is wanted at the end of the chain that begins there, however
 * many names lead to it. Every name on the way is a link: its ALIAS says
 * where to, and it keeps a ledger of its own. At the end, VIA is the
 * configured name (the first of several) that leads there. Pure.
 */

/*
 * One step along every alias that was seen where something is wanted. True:
 * something is wanted elsewhere now, perhaps at an owner new among OWNERS.
 * What still wants something after ALIASES_MAX steps, and is an alias, loops
 * or begins too long a chain. A program (api = exec) cannot be told of names
 * that are not configured: its targets' aliases are not followed.
 */
bool alias_follow(struct facts *facts);

/* The end of the chain that begins at OWNER; OWNER itself if it is no link. */
const struct owner_facts *alias_end(const struct facts *facts,
				    const struct owner_facts *owner);

/*
 * Caches may still lead to where an alias led before. Until when, at the most,
 * and in *OWNER which name's; LEDGER_NEVER: they do not. What caches have that
 * nobody saw, as after the loss of a state, may be an alias, too.
 */
int64_t alias_old_until(const struct facts *facts,
			const struct owner_facts **owner);
