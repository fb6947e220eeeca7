/* SPDX-License-Identifier: MIT */
#include "decide/alias.h"

#include "base/bounds.h"
#include "base/xalloc.h"

/* What is wanted at facts->owners[I] is wanted at what it is an alias of. */
static void follow(struct facts *facts, size_t i, const char *alias)
{
	struct owner_facts *end = facts_find_owner(facts, alias);
	struct owner_facts *link = &facts->owners[i];

	link->alias = end->owner;
	if (!end->via)
		end->via = link->via ? link->via : link->owner;
	for (size_t k = 0; k < link->param_count; k++)
		*array_push(end->params, end->param_count) = link->params[k];
	link->param_count = 0;
}

bool alias_follow(struct facts *facts)
{
	size_t n = facts->owner_count;
	bool any = false;

	if (facts->target->api == API_EXEC)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const char *alias = owner->seen ? survey_alias(owner->seen) :
						  NULL;

		if (!alias || !owner->param_count || streq(alias, ".") ||
		    streq(alias, owner->owner))
			continue;
		follow(facts, i, alias);
		any = true;
	}
	return any;
}

static const struct owner_facts *next_link(const struct facts *facts,
					   const struct owner_facts *owner)
{
	for (size_t i = 0; i < facts->owner_count; i++)
		if (streq(facts->owners[i].owner, owner->alias))
			return &facts->owners[i];
	return NULL;
}

const struct owner_facts *alias_end(const struct facts *facts,
				    const struct owner_facts *owner)
{
	for (unsigned hops = 0; owner->alias && hops < ALIASES_MAX; hops++) {
		const struct owner_facts *next = next_link(facts, owner);

		invariant(next);
		owner = next;
	}
	return owner;
}

/* What was there before anybody looked may have been an alias. */
static bool may_be_forgotten(const struct facts *facts,
			     const struct ledger *ledger)
{
	return facts->target->api != API_EXEC &&
	       !ledger_is_known(ledger, &facts->rules, facts->now_ms);
}

int64_t alias_old_until(const struct facts *facts,
			const struct owner_facts **owner)
{
	int64_t latest_ms = LEDGER_NEVER;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *at = &facts->owners[i];
		struct ledger_test test = { .alias = at->alias,
					    .only_aliases = true };
		int64_t until_ms;

		if ((!at->param_count && !at->alias) ||
		    (!ledger_has_other_alias(at->ledger, at->alias) &&
		     !may_be_forgotten(facts, at->ledger)))
			continue;
		until_ms = ledger_safe_from(at->ledger, &test, &facts->rules);
		if (until_ms <= latest_ms)
			continue;
		latest_ms = until_ms;
		*owner = at;
	}
	return latest_ms;
}
