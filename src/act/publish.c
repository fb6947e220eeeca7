/* SPDX-License-Identifier: MIT */
#include "act/publish.h"

#include "act/deeds.h"
#include "act/publish_exec.h"
#include "act/update.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* What one target wants changed at one owner. */
struct wish {
	struct run_target *target;
	const struct owner_facts *owner;
	struct tlsa_set add, remove;
	struct tlsa_set needed;		/* by the target itself */
	struct tlsa_set promised;	/* new in the state with this wish */
	struct tlsa_set deleting;	/* ... as to be deleted */
	size_t change;			/* index into changes, once joined */
};

struct wishes {
	struct wish *items;
	size_t count;
};

static bool is_due(const struct run_target *target)
{
	return !target->done && (target->action.step == STEP_PUBLISH ||
				 target->action.step == STEP_RETIRE);
}

static void fail(struct run_target *target, char *failure)
{
	if (target->failure)
		free(failure);
	else
		target->failure = failure;
	target->done = true;
}

static void wish_at(struct wishes *wishes, struct run_target *target,
		    const struct owner_facts *owner,
		    struct chain *const *chains, size_t n)
{
	struct tlsa_set add = { 0 }, remove = { 0 };
	char *failure = NULL;
	bool blocked;
	struct wish *wish;

	if (!owner_primary_set(owner) || survey_alias(owner->seen) ||
	    owner_would_hide(owner))
		return;
	if (target->action.step == STEP_PUBLISH)
		add = rollover_missing(&target->facts, &target->action,
				       owner);
	else
		remove = rollover_stale(&target->facts, &target->action,
					owner);
	if (target->config->api == API_EXEC)
		failure = publish_exec_order(target, owner, &add, &remove);
	blocked = failure != NULL;
	/* The decision tells it when nothing else is left to publish: one
	 * owner in trouble does not keep the others from it. */
	if (failure && target->action.step == STEP_PUBLISH)
		free(failure);
	else if (failure)
		fail(target, failure);
	if (blocked || owner_would_deny(owner, &add) ||
	    add.count + remove.count == 0) {
		tlsa_set_clear(&add);
		tlsa_set_clear(&remove);
		return;
	}
	wish = array_push(wishes->items, wishes->count);
	*wish = (struct wish){ .target = target, .owner = owner, .add = add,
			       .remove = remove,
			       .needed = owner_needed(owner, chains, n) };
}

static void wish_all(struct wishes *wishes, struct run_target *target)
{
	size_t n;
	struct chain **chains = facts_chains(&target->facts, &n);

	for (size_t i = 0; i < target->facts.owner_count; i++)
		wish_at(wishes, target, &target->facts.owners[i], chains, n);
	free(chains);
}

static void wishes_clear(struct wishes *wishes)
{
	for (size_t i = 0; i < wishes->count; i++) {
		tlsa_set_clear(&wishes->items[i].add);
		tlsa_set_clear(&wishes->items[i].remove);
		tlsa_set_clear(&wishes->items[i].needed);
		tlsa_set_clear(&wishes->items[i].promised);
		tlsa_set_clear(&wishes->items[i].deleting);
	}
	free(wishes->items);
}

static void note_deleting(struct wish *wish)
{
	struct state *state = wish->target->state;
	const char *owner = wish->owner->owner;

	for (size_t i = 0; i < wish->remove.count; i++) {
		const struct tlsa *record = &wish->remove.records[i];

		state_add_published(state, owner, record);
		if (state_set_deleting(state, owner, record, true))
			tlsa_set_add(&wish->deleting, record);
	}
}

/* The promise before the deed: false when it could not be written. */
static bool promise(struct run *run, struct wish *wish)
{
	struct run_target *target = wish->target;
	const char *owner = wish->owner->owner;
	struct act act = { .world = run->source.world,
			   .places = &run->source.places,
			   .targets_dir = run->targets_dir,
			   .state = target->state, .facts = &target->facts };

	for (size_t i = 0; i < wish->add.count; i++) {
		const struct tlsa *record = &wish->add.records[i];

		/* What only others need is theirs, though we send it along;
		 * what both need belongs to both, or it would to nobody. */
		if (state_has_published(target->state, owner, record) ||
		    !tlsa_set_contains(&wish->needed, record))
			continue;
		state_add_published(target->state, owner, record);
		tlsa_set_add(&wish->promised, record);
	}
	note_deleting(wish);
	if (act_save(&act))
		return true;
	fail(target, act.failure);
	return false;
}

/* The server surely did not do it: the promise is taken back. */
static void withdraw(struct wish *wish)
{
	struct run_target *target = wish->target;

	for (size_t i = 0; i < wish->promised.count; i++)
		state_remove_published(target->state, wish->owner->owner,
				       &wish->promised.records[i]);
	for (size_t i = 0; i < wish->deleting.count; i++)
		state_set_deleting(target->state, wish->owner->owner,
				   &wish->deleting.records[i], false);
	target->unsaved = true;
}

/* ---- External programs ------------------------------------------------ */

static bool is_program(const struct wish *wish)
{
	return wish->target->config->api == API_EXEC;
}

/* Another wish of the same target may have failed in the meantime. */
static void exec_wish(struct run *run, const struct wish *wish)
{
	char *failure;

	if (wish->target->done)
		return;
	failure = publish_exec(run, wish->target, wish->owner, &wish->add,
			       &wish->remove);
	if (failure)
		fail(wish->target, failure);
}

/* ---- UPDATE ----------------------------------------------------------- */

struct joined {			/* the change at one owner */
	const struct zone *zone;
	struct tlsa_set add, remove;
	struct update_change change;
};

struct batch {
	struct joined *joined;
	size_t count;
	struct update *updates;
	size_t update_count;
};

static uint32_t ttl_for(const struct run *run, const struct owner_facts *owner)
{
	const struct sighting *primary = owner->seen->primary;

	/* An addition sets the TTL of the whole RRset: keep what it has. */
	if (primary->verdict == SIGHTING_SET)
		return primary->rrset_ttl_seconds;
	return run->source.config->record_ttl_seconds;
}

static void join(const struct run *run, struct batch *batch, struct wish *wish)
{
	struct joined *joined = NULL;
	size_t i;

	for (i = 0; i < batch->count; i++)
		if (streq(batch->joined[i].change.owner, wish->owner->owner))
			break;
	if (i == batch->count) {
		joined = array_push(batch->joined, batch->count);
		joined->zone = wish->owner->seen->zone;
		joined->change.owner = wish->owner->owner;
		joined->change.seen = owner_primary_set(wish->owner);
		joined->change.ttl_seconds = ttl_for(run, wish->owner);
	}
	joined = &batch->joined[i];
	tlsa_set_add_all(&joined->add, &wish->add);
	tlsa_set_add_all(&joined->remove, &wish->remove);
	wish->change = i;
}

static const struct keyring_entry *key_for(struct run *run,
					   const struct zone *zone)
{
	const struct config *config = run->source.config;
	const char *path = zone->config && zone->config->key ?
			   zone->config->key : config->key;

	if (!path)
		return NULL;
	return keyring_find(&run->keyring, run->source.world, path);
}

static char *key_trouble(const struct zone *zone,
			 const struct keyring_entry *key)
{
	if (!key)
		return xasprintf("zone %s: no key is configured; add a zone "
				 "section with its key, or set key at the top",
				 zone->name);
	return xasprintf("zone %s: %s", zone->name, key->detail);
}

/* The update for the zone of JOINED, begun when it is the first. */
static struct update *update_for(struct run *run, struct batch *batch,
				 struct joined *joined)
{
	const struct zone *zone = joined->zone;
	const struct keyring_entry *key;
	struct update *update;

	for (size_t i = 0; i < batch->update_count; i++)
		if (streq(batch->updates[i].zone, zone->name))
			return &batch->updates[i];
	key = key_for(run, zone);
	if (!key || !key->key) {
		joined->change.detail = key_trouble(zone, key);
		joined->change.verdict = UPDATE_NOT_SENT;
		return NULL;
	}
	update = array_push(batch->updates, batch->update_count);
	*update = (struct update){ .zone = zone->name, .primary = zone->primary,
				   .primary_name = zone->primary_name,
				   .key = key->key };
	return update;
}

static void batch_send(struct run *run, struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct joined *joined = &batch->joined[i];
		struct update *update;

		joined->change.add = &joined->add;
		joined->change.remove = &joined->remove;
		update = update_for(run, batch, joined);
		if (update)
			*array_push(update->changes, update->change_count) =
				joined->change;
	}
	update_send(run->source.world, batch->updates, batch->update_count);
}

/* Brings the verdicts back to where the wishes look for them. */
static void batch_collect(struct batch *batch)
{
	for (size_t u = 0; u < batch->update_count; u++) {
		struct update *update = &batch->updates[u];

		for (size_t c = 0; c < update->change_count; c++)
			for (size_t i = 0; i < batch->count; i++)
				if (streq(batch->joined[i].change.owner,
					  update->changes[c].owner))
					batch->joined[i].change =
						update->changes[c];
		free(update->changes);
	}
}

static void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		tlsa_set_clear(&batch->joined[i].add);
		tlsa_set_clear(&batch->joined[i].remove);
		free(batch->joined[i].change.detail);
	}
	free(batch->joined);
	free(batch->updates);
}

static void log_change(const struct wish *wish, const struct tlsa_set *set,
		       const char *verb)
{
	char *text = tlsa_set_format(set);
	char *owner = owner_label(wish->owner);

	if (set->count)
		log_info("%s: %s: %s %s", wish->target->config->name, owner,
			 verb, text);
	free(owner);
	free(text);
}

static void fail_update(const struct wish *wish, const char *detail)
{
	const char *name = wish->target->config->name;
	const struct owner_facts *owner = wish->owner;

	fail(wish->target, owner->via ?
	     xasprintf("%s: %s is an alias of %s in zone %s: %s", name,
		       owner->via, owner->owner, owner->seen->zone->name,
		       detail) :
	     xasprintf("%s: %s", name, detail));
}

static void warn_of_many(const struct wish *wish,
			 const struct update_change *change)
{
	size_t count = change->seen->count + change->add->count;

	if (change->add->count && count > TLSA_PER_SET_GOOD)
		log_warning("%s: %s: %zu records now: with more than %d some "
			    "validators fail; delete what nobody needs",
			    wish->target->config->name, wish->owner->owner,
			    count, TLSA_PER_SET_GOOD);
}

static void judge(struct run *run, struct wish *wish,
		  const struct update_change *change)
{
	switch (change->verdict) {
	case UPDATE_DONE:
		for (size_t i = 0; i < wish->add.count; i++)
			run_note_standing(run, wish->owner->owner,
					  &wish->add.records[i]);
		log_change(wish, &wish->add, "published");
		log_change(wish, &wish->remove, "deleted");
		warn_of_many(wish, change);
		return;
	case UPDATE_RACED:
		/* What stands there by now is whoever's won the race. */
		withdraw(wish);
		log_verbose("%s: %s", wish->target->config->name,
			    change->detail);
		return;
	case UPDATE_UNANSWERED:
		/* Perhaps done, perhaps not: the next survey tells. */
		free(wish->target->unanswered);
		wish->target->unanswered = xasprintf("%s: %s",
			wish->target->config->name, change->detail);
		return;
	case UPDATE_NOT_SENT:
	case UPDATE_ALIAS:
	case UPDATE_REFUSED:
	case UPDATE_NOT_AUTHORITATIVE:
	case UPDATE_NOT_IMPLEMENTED:
	case UPDATE_BAD_TIME:
	case UPDATE_UNREACHABLE:
		withdraw(wish);
		break;
	case UPDATE_BAD_KEY:		/* these replies are not signed: */
	case UPDATE_BAD_SIGNATURE:	/* they prove nothing */
	case UPDATE_UNAUTHENTICATED:
	case UPDATE_SERVER_FAILED:
		break;
	}
	fail_update(wish, change->detail ? change->detail :
			  "its update was not sent");
}

/* False: some promise could not be written, so that target is out. */
static bool is_promised(const struct wish *wish)
{
	return !wish->target->done;
}

static void update_all(struct run *run, struct wishes *wishes)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < wishes->count; i++)
		if (!is_program(&wishes->items[i]) &&
		    is_promised(&wishes->items[i]))
			join(run, &batch, &wishes->items[i]);
		else
			wishes->items[i].change = SIZE_MAX;
	batch_send(run, &batch);
	batch_collect(&batch);
	for (size_t i = 0; i < wishes->count; i++) {
		struct wish *wish = &wishes->items[i];

		if (wish->change != SIZE_MAX)
			judge(run, wish, &batch.joined[wish->change].change);
	}
	batch_clear(&batch);
}

void publish_changes(struct run *run)
{
	struct wishes wishes = { 0 };

	for (size_t i = 0; i < run->count; i++)
		if (is_due(&run->targets[i]))
			wish_all(&wishes, &run->targets[i]);
	for (size_t i = 0; i < wishes.count; i++)
		if (is_promised(&wishes.items[i]))
			promise(run, &wishes.items[i]);
	/* Programs last: a slow one holds up only other programs. */
	update_all(run, &wishes);
	for (size_t i = 0; i < wishes.count; i++)
		if (is_program(&wishes.items[i]))
			exec_wish(run, &wishes.items[i]);
	wishes_clear(&wishes);
}
