/* SPDX-License-Identifier: MIT */
#include "look/attach.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "decide/alias.h"
#include "look/gather.h"
#include "look/sharing.h"

#include <stdlib.h>

struct ledger *attach_ledger(const struct seen *seen, struct target *target,
			     const struct survey_owner *owner)
{
	struct ledger *ledger = state_ledger(target->state, owner->name);

	if (ledger->survey == seen->number)
		return ledger;
	ledger_record(ledger, owner, seen->when.wall_ms);
	ledger->survey = seen->number;
	target->unsaved = true;
	return ledger;
}

static void attach_owners(const struct seen *seen, struct target *target)
{
	struct facts *facts = &target->facts;

	for (size_t i = 0; i < facts->owner_count; i++) {
		struct owner_facts *owner = &facts->owners[i];

		owner->seen = seen_find(seen, owner->owner);
		owner->outside = seen_find_outside(seen, owner->owner);
		if (owner->seen)
			owner->ledger = attach_ledger(seen, target,
						      owner->seen);
	}
}

void attach_facts(const struct pass *pass, struct target *target)
{
	struct facts *facts = &target->facts;

	facts->surveyed = pass->seen.survey.transport;
	facts->probe = target->probe;
	facts->reload_failed = target->reload_failure != NULL;
	free(facts->probe_detail);
	facts->probe_detail = target->probe_detail ?
			      xstrdup(target->probe_detail) : NULL;
	attach_owners(&pass->seen, target);
	for (unsigned hops = 0; hops < ALIASES_MAX &&
	     alias_follow(facts); hops++)
		attach_owners(&pass->seen, target);
	facts_find_own(facts, &pass->source);
	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].seen)
			sharing_find_others(pass, target, &facts->owners[i]);
}
