/* SPDX-License-Identifier: MIT */
#include "act/promise.h"

static void note_published(struct promise *promise, int64_t now_ms)
{
	const struct change *change = promise->change;
	struct state *state = promise->target->state;

	for (size_t i = 0; i < change->ours.count; i++) {
		const struct tlsa *record = &change->ours.records[i];

		if (state_has_published(state, change->owner, record))
			continue;
		state_add_published(state, change->owner, record);
		tlsa_set_add(&promise->published, record);
		state->spread_since_ms = now_ms;
	}
}

static void note_deleting(struct promise *promise)
{
	const struct change *change = promise->change;
	struct state *state = promise->target->state;

	for (size_t i = 0; i < change->remove.count; i++) {
		const struct tlsa *record = &change->remove.records[i];

		state_add_published(state, change->owner, record);
		if (state_set_deleting(state, change->owner, record, true))
			tlsa_set_add(&promise->deleting, record);
	}
}

/* A program gives records that are the first a TTL of its own: what there was
 * before tells more of it than our configuration. */
static uint32_t ttl_of(const struct promise *promise,
		       const struct ledger *ledger)
{
	uint32_t ttl_seconds = promise->change->ttl_seconds;

	return promise_is_for_program(promise) && !promise->change->seen->count
	       ? ledger_ttl_max(ledger, ttl_seconds) : ttl_seconds;
}

/* Of what the primary serves, with ADD and without REMOVE. */
static void note_sent(const struct promise *promise,
		      const struct tlsa_set *add,
		      const struct tlsa_set *remove, int64_t now_ms)
{
	const struct change *change = promise->change;
	struct ledger *ledger = state_ledger(promise->target->state,
					     change->owner);
	struct tlsa_set set = tlsa_set_copy(change->seen);

	tlsa_set_add_all(&set, add);
	tlsa_set_remove_all(&set, remove);
	if (set.count)
		ledger_note_sent(ledger, &set, ttl_of(promise, ledger),
				 now_ms);
	tlsa_set_clear(&set);
}

static void note_sets(const struct promise *promise, int64_t now_ms)
{
	const struct change *change = promise->change;
	struct tlsa_set none = { 0 };

	if (!promise_is_for_program(promise)) {
		note_sent(promise, &change->add, &change->remove, now_ms);
		return;
	}
	for (size_t i = 0; i < change->add.count; i++) {
		struct tlsa_set one = { 0 };

		tlsa_set_add(&one, &change->add.records[i]);
		note_sent(promise, &one, &none, now_ms);
		tlsa_set_clear(&one);
	}
	if (change->remove.count)
		note_sent(promise, &none, &change->remove, now_ms);
}

void promise_note(struct promise *promise, int64_t now_ms)
{
	note_published(promise, now_ms);
	note_deleting(promise);
	note_sets(promise, now_ms);
}

void promise_withdraw(struct promise *promise)
{
	struct target *target = promise->target;
	const char *owner = promise->change->owner;

	for (size_t i = 0; i < promise->published.count; i++)
		state_remove_published(target->state, owner,
				       &promise->published.records[i]);
	if (promise->published.count)
		target->state->spread_since_ms = 0;
	for (size_t i = 0; i < promise->deleting.count; i++)
		state_set_deleting(target->state, owner,
				   &promise->deleting.records[i], false);
	target->unsaved = true;
}

void promise_withdraw_record(struct promise *promise,
			     const struct tlsa *record)
{
	struct target *target = promise->target;

	if (!tlsa_set_remove(&promise->published, record))
		return;
	state_remove_published(target->state, promise->change->owner, record);
	target->unsaved = true;
}

void promise_clear(struct promise *promise)
{
	tlsa_set_clear(&promise->published);
	tlsa_set_clear(&promise->deleting);
}

bool promise_holds(const struct promise *promise)
{
	return !promise->target->done;
}

bool promise_is_for_program(const struct promise *promise)
{
	return promise->target->config->api == API_EXEC;
}
