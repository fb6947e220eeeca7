/* SPDX-License-Identifier: MIT */
#include "look/outside_all.h"

#include "base/xalloc.h"
#include "errand/outside.h"

static bool lacks_match(const struct facts *facts, const struct tlsa_set *set)
{
	const struct chain *goal = facts_goal(facts);

	return (goal && !tlsa_set_covers(set, goal)) ||
	       (facts->next && !tlsa_set_covers(set, facts->next));
}

static void record_answers(const struct seen *seen, struct target *target,
			   struct outside_owner *owner)
{
	struct ledger *ledger = state_ledger(target->state, owner->name);

	for (size_t i = 0; i < owner->count; i++) {
		struct outside_answer *answer = &owner->answers[i];

		if (answer->verdict != OUTSIDE_SET || answer->by_alias ||
		    !lacks_match(&target->facts, &answer->set) ||
		    !ledger_note_cached(ledger, &answer->set, answer->until_ms,
					seen->when.wall_ms))
			continue;
		answer->is_late = true;
		target->unsaved = true;
	}
}

static void record_target(struct seen *seen, struct target *target)
{
	const struct facts *facts = &target->facts;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const char *name = facts->owners[i].owner;

		for (size_t k = 0; k < seen->outside.count; k++)
			if (streq(seen->outside.owners[k].name, name))
				record_answers(seen, target,
					       &seen->outside.owners[k]);
	}
}

void outside_all(struct pass *pass)
{
	const struct errand_desk desk = { pass->source.world,
					  pass->source.config, NULL };
	struct targets *targets = &pass->targets;
	struct seen *seen = &pass->seen;

	if (pass->source.config->outside_count == 0)
		return;
	budget_stage_begin(&pass->budget, BUDGET_SURVEY);
	outside_clear(&seen->outside);
	errand_outside(&desk, (const char *const *)seen->owners,
		       seen->owner_count, &seen->outside);
	budget_stage_end(&pass->budget);
	for (size_t i = 0; i < targets->count; i++)
		if (!targets->items[i].done)
			record_target(seen, &targets->items[i]);
}
