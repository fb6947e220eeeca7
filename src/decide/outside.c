/* SPDX-License-Identifier: MIT */
#include "decide/outside.h"

static bool is_shown(const struct survey_owner *seen,
		     const struct tlsa_set *set)
{
	for (size_t i = 0; seen && i < seen->count; i++)
		if (tlsa_set_equal(&seen->sightings[i].set, set))
			return true;
	return false;
}

static bool is_known(const struct ledger *ledger, const struct tlsa_set *set)
{
	for (size_t i = 1; ledger && i < ledger->version_count; i++)
		if (tlsa_set_equal(&ledger->versions[i].set, set))
			return true;
	return false;
}

static bool others_know(const struct owner_facts *owner,
			const struct tlsa_set *set)
{
	for (size_t i = 0; i < owner->others.ledger_count; i++)
		if (is_known(owner->others.ledgers[i], set))
			return true;
	return false;
}

/* What is at the end of aliases is told where it is an owner itself. */
static enum outside_view judge_set(const struct owner_facts *owner,
				   const struct outside_answer *answer,
				   const struct chain *chain)
{
	const struct tlsa_set *set = &answer->set;

	if (!tlsa_set_covers(set, chain))
		return OUTSIDE_LACKS;
	if ((owner->alias && answer->by_alias) || is_shown(owner->seen, set) ||
	    is_known(owner->ledger, set) || others_know(owner, set))
		return OUTSIDE_AGREES;
	return OUTSIDE_STRANGE;
}

enum outside_view outside_judge(const struct owner_facts *owner,
				const struct outside_answer *answer,
				const struct chain *chain)
{
	switch (answer->verdict) {
	case OUTSIDE_SET:
		return judge_set(owner, answer, chain);
	case OUTSIDE_NOTHING:
		return OUTSIDE_EMPTY;
	case OUTSIDE_UNSEEN:
		return OUTSIDE_SILENT;
	}
	return OUTSIDE_SILENT;
}
