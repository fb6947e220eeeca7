/* SPDX-License-Identifier: MIT */
#include "act/deeds.h"

#include "act/reload.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

static const char *title(const struct act *act)
{
	return act->state->target;
}

bool act_save(struct act *act)
{
	int error = state_save(act->world, act->targets_dir, act->state);

	if (!error)
		return true;
	act->failure = xasprintf("%s: cannot write its state in %s: %s; when "
				 "it can be written the next run carries on",
				 title(act), act->places->state_path,
				 strerror(-error));
	return false;
}

/* Which files a pin needs must not vanish with certbot's old versions. */
static bool hold(struct act *act, unsigned number,
		 const struct fingerprint *leaf)
{
	char *detail = NULL;
	int error = links_hold(act->world, act->places, title(act), number,
			       leaf, &detail);

	if (error)
		act->failure = xasprintf("%s: cannot keep version %u in %s: "
					 "%s", title(act), number,
					 act->places->state_path,
					 detail ? detail : strerror(-error));
	free(detail);
	return !error;
}

bool act_adopt(struct act *act)
{
	const struct facts *facts = act->facts;
	struct state *state = act->state;
	const struct chain *chain = facts->shown ? facts->shown : facts->live;
	char text[FINGERPRINT_TEXT_SIZE];

	if (state->has_released) {
		chain = facts->live;
		state->reload_due = true;
		log_error("%s: the files of the certificate in service are "
			  "gone from the archive; going on with the live one",
			  title(act));
	}
	invariant(chain);
	if (!state->has_released)
		state->unproven = true;
	state->has_released = true;
	state->has_releasing = false;
	state->released = chain->leaf;
	state_add_presented(state, &chain->leaf);
	log_verbose("%s: certificate %.8s is taken as the one in service",
		    title(act), fingerprint_format(&chain->leaf, text));
	if (chain == facts->shown && facts->links.place == LINKS_ARCHIVE &&
	    !hold(act, facts->links.number, &chain->leaf))
		return false;
	return act_save(act);
}

static bool switch_links(struct act *act)
{
	char *detail = NULL;
	int error = links_switch(act->world, act->places, title(act),
				 &act->action->links, &detail);

	if (error)
		act->failure = xasprintf("%s: cannot move the links in %s: %s",
					 title(act), act->places->dane_path,
					 detail ? detail : strerror(-error));
	free(detail);
	return !error;
}

/* What services may have loaded through links that were not where they
 * should be: it may be presented until a reload is proven. */
static bool note_strayed(struct act *act)
{
	const struct facts *facts = act->facts;
	struct state *state = act->state;
	const struct chain *strayed = facts->shown;

	if (!strayed && facts->links.place == LINKS_MIXED)
		strayed = facts->live;
	if (!strayed || fingerprint_equal(&strayed->leaf, &state->released))
		return true;
	state_add_presented(state, &strayed->leaf);
	state->reload_due = true;
	state->proven_ms = 0;
	log_warning("%s: the links led to a certificate that is not released "
		    "yet; putting them back", title(act));
	return act_save(act);
}

static void log_links(const struct act *act)
{
	switch (act->action->links.place) {
	case LINKS_REST:
		log_info("%s: links are at rest", title(act));
		break;
	case LINKS_ARCHIVE:
		log_info("%s: links are pinned to version %u", title(act),
			 act->action->links.number);
		break;
	case LINKS_HELD:
		log_info("%s: links are pinned to the files held in %s",
			 title(act), act->places->state_path);
		break;
	case LINKS_ABSENT:
	case LINKS_MIXED:
	case LINKS_FOREIGN:
		break;
	}
}

bool act_links(struct act *act)
{
	const struct links *links = &act->action->links;
	struct state *state = act->state;
	bool rested = links->place == LINKS_REST;

	if (!note_strayed(act))
		return false;
	if (links->place == LINKS_ARCHIVE &&
	    !hold(act, links->number, &state->released))
		return false;
	if (!switch_links(act))
		return false;
	log_links(act);
	if (rested && state->presented_count == 1)
		links_release_held(act->world, act->places, title(act), NULL);
	return true;
}

static bool finish_release(struct act *act, const struct fingerprint *leaf)
{
	struct state *state = act->state;
	char text[FINGERPRINT_TEXT_SIZE];

	state->released = *leaf;
	state->has_releasing = false;
	state_add_presented(state, leaf);
	state->reload_due = true;
	state->proven_ms = 0;
	log_info("%s: released certificate %.8s to the services", title(act),
		 fingerprint_format(leaf, text));
	return act_save(act);
}

bool act_release(struct act *act)
{
	const struct facts *facts = act->facts;
	struct state *state = act->state;
	struct fingerprint leaf;

	invariant(facts->live);
	leaf = facts->live->leaf;
	state->has_releasing = true;
	state->releasing = leaf;
	state_add_presented(state, &leaf);
	if (!act_save(act))
		return false;
	if (act->action->links.place == LINKS_ARCHIVE &&
	    !hold(act, act->action->links.number, &leaf))
		return false;
	if (!switch_links(act))
		return false;
	log_links(act);
	return finish_release(act, &leaf);
}

bool act_accept(struct act *act)
{
	return finish_release(act, &act->state->releasing);
}

bool act_reload(struct act *act)
{
	struct state *state = act->state;
	struct moment now;
	char *detail = NULL;

	if (reload_run(act->world, act->facts->target, &detail) != RELOAD_OK) {
		act->failure = xasprintf("%s: reload failed: %s; it is "
					 "repeated at the next run",
					 title(act), detail);
		free(detail);
		return false;
	}
	free(detail);
	act->world->now(act->world, &now);
	state->reload_due = false;
	state->reloaded_ms = now.wall_ms;
	state->proven_ms = 0;
	if (act->facts->target->reload)
		log_info("%s: services reloaded", title(act));
	return act_save(act);
}

bool act_proven(struct act *act)
{
	act->state->proven_ms = act->facts->now_ms;
	log_info("%s: every service presents the new certificate", title(act));
	return act_save(act);
}

/* The archive may lose the old version before its records are deleted: that
 * they are ours must be known without it. */
static void claim_own(struct state *state, const struct facts *facts)
{
	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		for (size_t k = 0; k < owner->own.count; k++)
			state_add_published(state, owner->owner,
					    &owner->own.records[k]);
	}
}

bool act_shed(struct act *act)
{
	claim_own(act->state, act->facts);
	state_set_presented(act->state, &act->state->released);
	return act_save(act);
}

/* Records that are gone from the primary are no promise any more. */
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
			    !tlsa_set_contains(served, &at->record))
				state_remove_published(state, at->owner,
						       &at->record);
			else
				k++;
		}
	}
}

/* Before the state says that it is settled, even in memory: then nobody looks
 * again, and private keys are held. */
static bool clear_away(struct act *act)
{
	bool rests = act->facts->links.place == LINKS_REST;
	int error = links_release_held(act->world, act->places, title(act),
				       rests ? NULL : &act->state->released);

	links_sweep(act->world, act->places, title(act));
	if (!error)
		return true;
	act->failure = xasprintf("%s: cannot clear away %s/held/%s: %s; "
				 "remove what alnitak did not put there",
				 title(act), act->places->state_path,
				 title(act), strerror(-error));
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

bool act_settle(struct act *act)
{
	struct state *state = act->state;

	if (!clear_away(act))
		return false;
	forget_deleted(state, act->facts);
	forget_past(state, act->facts);
	for (size_t i = 0; i < state->ledger_count; i++)
		ledger_unwatch(state->ledgers[i], &act->facts->rules,
			       act->facts->now_ms);
	state->has_settled = true;
	state->settled = state->released;
	free(state->settled_config);
	state->settled_config = facts_config_digest(act->facts->target);
	if (!act_save(act))
		return false;
	log_info("%s: done: every name server serves what is needed, and "
		 "nothing more of ours", title(act));
	return true;
}
