/* SPDX-License-Identifier: MIT */
#include "act/deeds_internal.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "decide/owner.h"
#include "decide/rollover.h"
#include "disk/held.h"

#include <stdlib.h>

/* ---- All is done -------------------------------------------------------- */

/* A primary that signs in the background shows it when it likes. */
#define SHOWN_WITHIN_MS (24 * 3600 * INT64_C(1000))

static bool may_still_come(const struct state_record *at, int64_t now_ms)
{
	return !at->deleting && at->sent &&
	       now_ms - at->sent_ms < SHOWN_WITHIN_MS;
}

/* Records that are gone from the primary, or never came, are no promise any
 * more. */
static void forget_deleted(struct state *state, const struct facts *facts)
{
	static const struct tlsa_set nothing;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const struct tlsa_set *served = owner_primary_set(owner);
		size_t k = 0;

		/* No set at the primary, but an alias that leads elsewhere. */
		if (!served && owner->alias)
			served = &nothing;
		invariant(served);
		while (k < state->published_count) {
			struct state_record *at = &state->published[k];

			if (streq(at->owner, owner->owner) &&
			    !tlsa_set_contains(served, &at->record) &&
			    !may_still_come(at, facts->now_ms))
				state_remove_published(state, at->owner,
						       &at->record);
			else
				k++;
		}
	}
}

static void claim_at(struct state *state, const struct owner_facts *owner)
{
	for (size_t k = 0; k < owner->own.count; k++)
		state_add_published(state, owner->owner,
				    &owner->own.records[k]);
}

void deed_claim_own(struct deed *deed)
{
	for (size_t i = 0; i < deed->facts->owner_count; i++)
		claim_at(deed->state, &deed->facts->owners[i]);
}

/* A record of the leaf, made by hand or by others, that we would have made. An
 * issuer's may be another host's. */
static void claim_standing(struct state *state, const struct facts *facts,
			   const struct owner_facts *owner)
{
	const struct tlsa_set *served = owner_primary_set(owner);

	for (size_t i = 0; served && i < served->count; i++) {
		const struct tlsa *record = &served->records[i];

		if (record->params.usage & 1 &&
		    tlsa_params_among(record->params, owner->params,
				      owner->param_count) &&
		    tlsa_matches(record, facts->released))
			state_add_published(state, owner->owner, record);
	}
}

/* What another published, or was there before, and this target needs is its own
 * as well: the other may leave first, or the owner be taken out before there
 * was a rollover. */
static void claim_needed(struct deed *deed)
{
	const struct facts *facts = deed->facts;

	for (size_t i = 0; i < facts->owner_count; i++)
		if (facts->owners[i].param_count) {
			claim_at(deed->state, &facts->owners[i]);
			claim_standing(deed->state, facts, &facts->owners[i]);
		}
}

/* Before the state says that it is settled, even in memory: then nobody looks
 * again, and private keys are held. */
static bool clear_away(struct deed *deed, const struct fingerprint *keep)
{
	const struct lineage lineage = deed_lineage(deed);
	int error = held_drop(&lineage, keep, NULL,
			      deed->facts->target->files);

	links_sweep(&lineage);
	if (!error)
		return true;
	deed->failure = xasprintf("%s: cannot clear away %s/held/%s: %s; "
				 "remove what alnitak did not put there",
				 deed_title(deed), deed->places->state_path,
				 deed_title(deed), strerror(-error));
	return false;
}

/* Where aliases led in former times: ledgers must not pile up. */
static void forget_past(struct state *state, const struct facts *facts)
{
	for (size_t i = state->ledger_count; i-- > 0;) {
		const struct ledger *ledger = state->ledgers[i];
		bool used = !ledger_is_past(ledger, &facts->rules,
					    facts->now_ms);

		for (size_t k = 0; !used && k < facts->owner_count; k++)
			used = streq(facts->owners[k].owner, ledger->owner);
		if (!used)
			state_drop_ledger(state, i);
	}
}

static void unwatch_all(struct deed *deed)
{
	struct state *state = deed->state;

	for (size_t i = 0; i < state->ledger_count; i++)
		ledger_unwatch(state->ledgers[i], &deed->facts->rules,
			       deed->facts->now_ms);
}

/* From now on this is the TTL that the records were to have. */
static void note_ttl(struct deed *deed)
{
	const struct facts *facts = deed->facts;
	const struct owner_facts *owner = rollover_find_untimed(facts);
	char *label;

	if (owner) {
		label = owner_label(owner->owner, owner->via);
		log_warning("%s: %s: its TTL stays %u s, and record_ttl is %u: "
			    "others have records there, a program makes them, "
			    "or the primary has a limit of its own",
			    deed_title(deed), label,
			    owner->seen->primary->rrset_ttl_seconds,
			    facts->record_ttl_seconds);
		free(label);
	}
	deed->state->record_ttl_seconds = facts->record_ttl_seconds;
	deed->state->retimed = 0;
}

bool deed_settle(struct deed *deed)
{
	struct state *state = deed->state;
	bool again = deed->facts->config_settled &&
		     fingerprint_equal(&state->settled, &state->released);

	if (!clear_away(deed, &state->released))
		return false;
	claim_needed(deed);
	forget_deleted(state, deed->facts);
	forget_past(state, deed->facts);
	unwatch_all(deed);
	note_ttl(deed);
	state->has_pending = false;
	state->locked_until_ms = 0;
	if (deed->facts->may_look)
		state->looked_ms = deed->facts->now_ms;
	state->has_settled = true;
	/* No cache lacks its record any more. */
	state->guessed = state->copied = false;
	state->settled = state->released;
	free(state->settled_config);
	state->settled_config = facts_config_digest(deed->facts->target);
	if (!deed_save(deed))
		return false;
	if (again)
		log_verbose("%s: looked at again: all is as it was",
			    deed_title(deed));
	else
		log_info("%s: done: every name server serves what is needed, "
			 "and nothing more of ours", deed_title(deed));
	return true;
}

/* ---- No longer managed -------------------------------------------------- */

bool deed_leave(struct deed *deed)
{
	deed->state->removal = REMOVAL_LEAVES;
	if (!deed_save(deed))
		return false;
	log_info("%s: no name server and no cache has its records any more",
		 deed_title(deed));
	return true;
}

/* What else is left is said where the rest is: see report_removal(). */
bool deed_removed(struct deed *deed)
{
	bool keeps = deed->state->removal == REMOVAL_KEEPS;

	if (!clear_away(deed, NULL))
		return false;
	unwatch_all(deed);
	state_end(deed->state);
	if (!deed_save(deed))
		return false;
	log_info("%s: is no longer managed: %s", deed_title(deed), keeps ?
		 "what stands of its records stays, and the links lead to held "
		 "files" :
		 deed->facts->links.place == LINKS_REST ?
		 "its records are gone, and the links lead to live" :
		 "its records are gone, and the links lead to held files");
	return true;
}
