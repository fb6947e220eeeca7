/* SPDX-License-Identifier: MIT */
#include "act/promise.h"

static void note_published(struct promise *promise)
{
	const struct change *change = promise->change;
	struct state *state = promise->target->state;

	for (size_t i = 0; i < change->ours.count; i++) {
		const struct tlsa *record = &change->ours.records[i];

		if (state_has_published(state, change->owner, record))
			continue;
		state_add_published(state, change->owner, record);
		tlsa_set_add(&promise->published, record);
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

void promise_note(struct promise *promise)
{
	note_published(promise);
	note_deleting(promise);
}

void promise_withdraw(struct promise *promise)
{
	struct target *target = promise->target;
	const char *owner = promise->change->owner;

	for (size_t i = 0; i < promise->published.count; i++)
		state_remove_published(target->state, owner,
				       &promise->published.records[i]);
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
