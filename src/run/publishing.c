/* SPDX-License-Identifier: MIT */
#include "run/publishing.h"

#include "act/deeds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "decide/forecast.h"
#include "look/sharing.h"

#include <stdlib.h>

/* Looks are further and further apart; one second and a half in all. */
#define LOOKS_MAX 6
#define SECOND_LOOK 4		/* here the same is sent again */
#define TIMES_MAX 2		/* of sending the same thing in a pass */
#define LOOKS_ALL_MAX 12	/* of a target */
#define PAUSE_MS 50U
/* Before a primary that shows nothing of what it accepted needs a person. */
#define PATIENCE_MS (120 * 1000)

bool publishing_fail_unanswered(struct target *target)
{
	target->failure = target->unanswered;
	target->unanswered = NULL;
	return target->failure != NULL;
}

/* ---- May it be sent? --------------------------------------------------- */

static void pause_for(struct target *target, const struct sent *sent)
{
	unsigned pause_ms = sent->looks ? PAUSE_MS << (sent->looks - 1) : 0;

	if (pause_ms > target->pause_ms)
		target->pause_ms = pause_ms;
}

/* False: SENT had its chances. */
static bool may_look(struct target *target, struct sent *sent)
{
	sent->rests = sent->accepted && sent->looks &&
		      sent->looks != SECOND_LOOK;
	if (sent->looks == LOOKS_MAX ||
	    (!sent->rests && sent->times == TIMES_MAX))
		return false;
	pause_for(target, sent);
	sent->looks++;
	sent->times += !sent->rests;
	return true;
}

static const struct owner_facts *find_owner(const struct target *target,
					    const char *name)
{
	const struct facts *facts = &target->facts;

	for (size_t i = 0; i < facts->owner_count; i++)
		if (streq(facts->owners[i].owner, name))
			return &facts->owners[i];
	return NULL;
}

/* It was tried as often as it may be. CHANGE, of which SENT tells, or NULL:
 * nothing is left to be asked for. */
static bool give_up(struct target *target, const struct change *change,
		    const struct sent *sent)
{
	struct action *action = &target->action;
	int64_t now_ms = target->facts.now_ms;
	int64_t since_ms = now_ms;
	bool raced = sent->outcome == SENT_OVERTAKEN;
	unsigned times = 0;

	if (change) {
		action->owner = find_owner(target, change->owner);
		times = change_times_sent(target->state, change, &since_ms);
	}
	/* Once may still come: it signs in the background. */
	target->swallowed = times > 1 || (raced && !sent->accepted);
	action->reason = raced ? REASON_RACED : REASON_PUBLISHED;
	action->step = !raced && target->swallowed &&
		       now_ms - since_ms >= PATIENCE_MS ? STEP_STUCK :
							  STEP_WAIT;
	return false;
}

bool publishing_may_go_on(struct target *target)
{
	const struct changes *changes = &target->action.changes;
	struct sent *sent = NULL;

	if (publishing_fail_unanswered(target))
		return false;
	target->pause_ms = 0;
	for (size_t i = 0; i < changes->count; i++) {
		sent = target_sent(target, &changes->items[i]);
		if (!may_look(target, sent))
			return give_up(target, &changes->items[i], sent);
	}
	if (!sent) {
		sent = target_sent(target, NULL);
		if (!may_look(target, sent))
			return give_up(target, NULL, sent);
	}
	if (target->looks++ == LOOKS_ALL_MAX)
		return give_up(target, NULL, sent);
	return true;
}

static void pause_all(struct pass *pass)
{
	unsigned longest_ms = 0;

	for (size_t i = 0; i < pass->targets.count; i++) {
		struct target *target = &pass->targets.items[i];

		if (!target->done && target->pause_ms > longest_ms)
			longest_ms = target->pause_ms;
		target->pause_ms = 0;
	}
	if (longest_ms)
		pass->source.world->sleep(pass->source.world, longest_ms);
}

/* ---- Whose is it? ----------------------------------------------------- */

/* Who was looked at, and has no change of its own, with its own promise. */
static bool is_bystander(const struct target *other)
{
	return other->state && other->facts.state && !other->state->removal &&
	       (other->done || !step_changes_dns(other->action.step));
}

/* Of what CHANGE adds, what OTHER needs. */
static bool claim(struct target *other, const struct change *change)
{
	struct chains chains = facts_chains(&other->facts);
	struct state *state = other->state;
	bool news = false;

	for (size_t i = 0; i < change->add.count; i++) {
		const struct tlsa *record = &change->add.records[i];

		if (tlsa_set_contains(&change->ours, record) ||
		    !tlsa_matches_any(record, &chains) ||
		    state_has_published(state, change->owner, record))
			continue;
		state_add_published(state, change->owner, record);
		news = true;
	}
	chains_clear(&chains);
	return news;
}

static void share_change(struct pass *pass, const struct change *change)
{
	size_t count;
	const struct owner_user *users = sharing_users_of(
		&pass->sharing, change->owner, &count);

	for (size_t i = 0; i < count; i++) {
		struct target *other = &pass->targets.items[users[i].target];
		struct deed deed;

		if (!is_bystander(other) || !claim(other, change))
			continue;
		deed = deed_of(&pass->source, &pass->targets, other);
		/* If not now, at the end of the pass, which tells why not. */
		other->unsaved |= !deed_save(&deed);
		free(deed.failure);
	}
}

static void share_all(struct pass *pass)
{
	for (size_t i = 0; i < pass->targets.count; i++) {
		const struct target *target = &pass->targets.items[i];
		const struct changes *changes = &target->action.changes;

		if (target->done || target->action.step != STEP_PUBLISH)
			continue;
		for (size_t k = 0; k < changes->count; k++)
			if (changes->items[k].add.count >
			    changes->items[k].ours.count)
				share_change(pass, &changes->items[k]);
	}
}

void publishing_prepare(struct pass *pass)
{
	pause_all(pass);
	share_all(pass);
}

/* ---- Was it done? ------------------------------------------------------ */

static void tell(const struct target *target, const struct owner_facts *owner,
		 const char *verb, struct tlsa_set *set)
{
	char *label, *text;

	if (set->count) {
		label = owner_label(owner->owner, owner->via);
		text = tlsa_set_format(set);
		log_info("%s: %s: %s %s", target->config->name, label, verb,
			 text);
		free(text);
		free(label);
	}
	tlsa_set_clear(set);
}

static void see_owner(struct target *target, const struct owner_facts *owner,
		      const struct tlsa_set *served)
{
	struct tlsa_set published = { 0 }, deleted = { 0 };

	for (size_t i = 0; i < target->state->published_count; i++) {
		struct state_record *at = &target->state->published[i];

		if (!at->sent || !streq(at->owner, owner->owner) ||
		    tlsa_set_contains(served, &at->record) == at->deleting)
			continue;
		tlsa_set_add(at->deleting ? &deleted : &published,
			     &at->record);
		at->sent = 0;
		at->sent_ms = 0;
		target->unsaved = true;
	}
	tell(target, owner, "published", &published);
	tell(target, owner, "deleted", &deleted);
}

static int64_t since(int64_t begun_ms, int64_t time_ms)
{
	return time_ms > begun_ms ? time_ms - begun_ms : 0;
}

static void see_everywhere(struct target *target)
{
	struct state *state = target->state;
	int64_t since_ms = state->spread_since_ms, first_ms;

	if (!since_ms || !forecast_is_everywhere(&target->facts, &first_ms))
		return;
	state->spread_first_ms = since(since_ms, first_ms);
	state->spread_ms = since(since_ms, target->facts.now_ms);
	state->spread_since_ms = 0;
	target->unsaved = true;
}

void publishing_see(struct target *target)
{
	const struct facts *facts = &target->facts;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];
		const struct tlsa_set *served = owner_primary_set(owner);

		if (served)
			see_owner(target, owner, served);
	}
	see_everywhere(target);
}
