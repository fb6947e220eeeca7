/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "disk/atomic.h"

#include <stdlib.h>

struct state *state_new(const char *target)
{
	struct state *state = xcalloc(1, sizeof(*state));

	state->target = xstrdup(target);
	return state;
}

struct state *state_new_from_old(struct state *old)
{
	struct state *state = state_new(old->target);

	state->saved = old->saved;
	state->published = old->published;
	state->published_count = old->published_count;
	old->published = NULL;
	old->published_count = 0;
	state->strangers = old->strangers;
	old->strangers = (struct strangers){ NULL, 0 };
	state_free(old);
	return state;
}

static void drop_published(struct state *state)
{
	for (size_t i = 0; i < state->published_count; i++) {
		free(state->published[i].owner);
		tlsa_clear(&state->published[i].record);
	}
	free(state->published);
	state->published = NULL;
	state->published_count = 0;
}

void state_end(struct state *state)
{
	struct state ended = { .target = state->target,
			       .removal = REMOVAL_DONE,
			       .saved = state->saved,
			       .changed_ms = state->changed_ms,
			       .generation = state->generation,
			       .ledgers = state->ledgers,
			       .ledger_count = state->ledger_count,
			       .alarm = state->alarm };

	drop_published(state);
	strangers_clear(&state->strangers);
	free(state->presented);
	free(state->settled_config);
	*state = ended;
}

void state_free(struct state *state)
{
	if (!state)
		return;
	drop_published(state);
	state_drop_ledgers(state);
	free(state->presented);
	free(state->settled_config);
	strangers_clear(&state->strangers);
	alarm_note_clear(&state->alarm);
	free(state->target);
	free(state);
}

void state_drop_ledger(struct state *state, size_t index)
{
	ledger_free(state->ledgers[index]);
	state->ledgers[index] = state->ledgers[--state->ledger_count];
}

void state_drop_ledgers(struct state *state)
{
	for (size_t i = 0; i < state->ledger_count; i++)
		ledger_free(state->ledgers[i]);
	free(state->ledgers);
	state->ledgers = NULL;
	state->ledger_count = 0;
}

static char *file_name(const char *target)
{
	invariant(lineage_name_valid(target));
	return xasprintf("%s.json", target);
}

static enum state_error parse_text(const char *text, size_t size,
				   const char *target, struct state **state,
				   char **detail)
{
	enum state_error error;
	json_error_t where;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);

	if (!json) {
		*detail = xasprintf("line %d: %s", where.line, where.text);
		return STATE_DAMAGED;
	}
	error = state_from_json(json, state, detail);
	json_decref(json);
	if (error == STATE_OK && !streq((*state)->target, target)) {
		*detail = xasprintf("it is about target %s",
				    (*state)->target);
		state_free(*state);
		*state = NULL;
		return STATE_DAMAGED;
	}
	return error;
}

enum state_error state_load(struct world *world, int dir, const char *target,
			    struct state **state, char **detail)
{
	char *name = file_name(target);
	struct file_info info = { 0 };
	char *text;
	size_t size;
	int error = world->file_read(world, dir, name, STATE_SIZE_MAX, &text,
				     &size, &info);
	enum state_error verdict;

	*state = NULL;
	*detail = NULL;
	free(name);
	if (error == -ENOENT)
		return STATE_ABSENT;
	if (error) {
		*detail = xstrdup(strerror(-error));
		return STATE_FAILED;
	}
	verdict = parse_text(text, size, target, state, detail);
	if (verdict == STATE_OK)
		(*state)->changed_ms = info.changed_ns / 1000000;
	free(text);
	return verdict;
}

static char *write_text(const struct state *state, size_t flags)
{
	json_t *json = state_to_json(state);
	char *text = json_dumps(json, flags | JSON_PRESERVE_ORDER);

	json_decref(json);
	invariant(text);
	return text;
}

/* At the least; so that what is far too large is not even made. */
static size_t written_size(const struct state *state)
{
	size_t size = 0;

	for (size_t i = 0; i < state->ledger_count; i++)
		size += ledger_written_size(state->ledgers[i]);
	return size;
}

/* Allocated. What could not be read again is squeezed. */
static char *write_within_bounds(struct state *state)
{
	char *text = written_size(state) > STATE_SIZE_MAX ? NULL :
		     write_text(state, JSON_INDENT(1));

	if (text && strlen(text) > STATE_SIZE_MAX) {
		free(text);
		text = write_text(state, JSON_COMPACT);
	}
	state->squeezed = !text || strlen(text) > STATE_SIZE_MAX;
	if (!state->squeezed)
		return text;
	free(text);
	for (size_t i = 0; i < state->ledger_count; i++)
		ledger_squeeze(state->ledgers[i]);
	return write_text(state, JSON_COMPACT);
}

int state_save(struct world *world, int dir, struct state *state)
{
	char *name = file_name(state->target);
	struct moment now;
	const char *why;
	char *text;
	int error;

	if (state->transient) {
		free(name);
		return 0;
	}
	world->now(world, &now);
	/* A new pair of clocks must not hide that the old one disagrees. */
	state_check_time(state, &now, &why);
	state->saved = now;
	text = write_within_bounds(state);
	/* What state_load() would refuse: the old one stays. */
	error = strlen(text) > STATE_SIZE_MAX ? -EFBIG :
		atomic_replace_file(world, dir, name, text, strlen(text), 0600);
	free(text);
	free(name);
	return error;
}

bool state_is_presented(const struct state *state,
			const struct fingerprint *version)
{
	for (size_t i = 0; i < state->presented_count; i++)
		if (fingerprint_equal(&state->presented[i], version))
			return true;
	return false;
}

void state_add_presented(struct state *state,
			 const struct fingerprint *version)
{
	if (!state_is_presented(state, version))
		*array_push(state->presented, state->presented_count) =
			*version;
}

void state_set_presented(struct state *state,
			 const struct fingerprint *version)
{
	struct fingerprint only = *version;

	state->presented_count = 0;
	state->unproven = state->guessed = false;
	/* Nor is a release under way that was begun, and failed. */
	state->has_releasing = false;
	state_add_presented(state, &only);
}

static size_t find_published(const struct state *state, const char *owner,
			     const struct tlsa *record)
{
	size_t i;

	for (i = 0; i < state->published_count; i++)
		if (streq(state->published[i].owner, owner) &&
		    tlsa_compare(&state->published[i].record, record) == 0)
			break;
	return i;
}

bool state_has_published(const struct state *state, const char *owner,
			 const struct tlsa *record)
{
	return find_published(state, owner, record) < state->published_count;
}

struct state_record *state_published(const struct state *state,
				     const char *owner,
				     const struct tlsa *record)
{
	size_t i = find_published(state, owner, record);

	return i < state->published_count ? &state->published[i] : NULL;
}

void state_add_published(struct state *state, const char *owner,
			 const struct tlsa *record)
{
	struct state_record *added;

	if (state_has_published(state, owner, record))
		return;
	added = array_push(state->published, state->published_count);
	*added = (struct state_record){ .owner = xstrdup(owner) };
	added->record = *record;
	added->record.data = xmemdup(record->data, record->size);
}

bool state_set_deleting(struct state *state, const char *owner,
			const struct tlsa *record, bool deleting)
{
	struct state_record *at = state_published(state, owner, record);

	if (!at || at->deleting == deleting)
		return false;
	at->deleting = deleting;
	at->sent = 0;
	at->sent_ms = 0;
	return true;
}

void state_note_sent(struct state *state, const char *owner,
		     const struct tlsa *record, int64_t now_ms)
{
	struct state_record *at = state_published(state, owner, record);

	if (!at)
		return;
	if (at->sent < STATE_SENT_MAX)
		at->sent++;
	if (!at->sent_ms)
		at->sent_ms = now_ms;
}

void state_remove_published(struct state *state, const char *owner,
			    const struct tlsa *record)
{
	size_t i = find_published(state, owner, record);
	struct state_record *last;

	if (i == state->published_count)
		return;
	free(state->published[i].owner);
	tlsa_clear(&state->published[i].record);
	last = &state->published[--state->published_count];
	if (i < state->published_count)
		state->published[i] = *last;
}

struct ledger *state_ledger(struct state *state, const char *owner)
{
	for (size_t i = 0; i < state->ledger_count; i++)
		if (streq(state->ledgers[i]->owner, owner))
			return state->ledgers[i];
	return *array_push(state->ledgers, state->ledger_count) =
		ledger_new(owner);
}
