/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "state/ledger_json.h"
#include "state/state_field.h"
#include "state/text_json.h"

#include <stdio.h>
#include <stdlib.h>

#define STATE_FORMAT 1

/* ---- Writing ---------------------------------------------------------- */

static json_t *put_leaf(const struct fingerprint *leaf)
{
	char text[FINGERPRINT_TEXT_SIZE];

	return json_string(fingerprint_format(leaf, text));
}

static json_t *put_optional_leaf(bool there, const struct fingerprint *leaf)
{
	return there ? put_leaf(leaf) : json_null();
}

static json_t *put_moment(const struct moment *moment)
{
	return json_pack("{s:I, s:I, s:o, s:b}",
			 "wall_ms", (json_int_t)moment->wall_ms,
			 "boot_ms", (json_int_t)moment->boot_ms,
			 "boot_id", text_json(moment->boot_id),
			 "synchronised", moment->synchronised);
}

static json_t *put_presented(const struct state *state)
{
	json_t *json = json_array();

	for (size_t i = 0; i < state->presented_count; i++)
		json_array_append_new(json, put_leaf(&state->presented[i]));
	return json;
}

static json_t *put_published(const struct state *state)
{
	json_t *json = json_array();

	for (size_t i = 0; i < state->published_count; i++) {
		const struct state_record *at = &state->published[i];
		json_t *item = json_pack("{s:s, s:o, s:b}",
			"owner", at->owner,
			"record", field_record_json(&at->record),
			"deleting", at->deleting);

		if (at->sent) {
			json_object_set_new(item, "sent",
					    json_integer(at->sent));
			json_object_set_new(item, "sent_ms",
					    json_integer(at->sent_ms));
		}
		json_array_append_new(json, item);
	}
	return json;
}

static json_t *put_ledgers(const struct state *state)
{
	json_t *json = json_array();

	for (size_t i = 0; i < state->ledger_count; i++)
		json_array_append_new(json, ledger_to_json(state->ledgers[i]));
	return json;
}

static const char *const removal_names[] = {
	[REMOVAL_NONE] = "none",
	[REMOVAL_DELETES] = "deletes",
	[REMOVAL_KEEPS] = "keeps",
	[REMOVAL_LEAVES] = "leaves",
	[REMOVAL_DONE] = "done",
};
#define REMOVAL_COUNT (sizeof(removal_names) / sizeof(removal_names[0]))

json_t *state_to_json(const struct state *state)
{
	json_t *json = json_pack(
		"{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:b, s:b, s:b,"
		" s:I, s:I, s:o, s:o, s:s?, s:I, s:I, s:I, s:I, s:o, s:o, s:I,"
		" s:I, s:I, s:I, s:I, s:I}",
		"format", STATE_FORMAT,
		"target", text_json(state->target),
		"removal", removal_names[state->removal],
		"saved", put_moment(&state->saved),
		"released", put_optional_leaf(state->has_released,
					      &state->released),
		"releasing", put_optional_leaf(state->has_releasing,
					       &state->releasing),
		"presented", put_presented(state),
		"generation", (json_int_t)state->generation,
		"unproven", state->unproven,
		"guessed", state->guessed,
		"copied", state->copied,
		"reload_due", state->reload_due,
		"reloaded_ms", (json_int_t)state->reloaded_ms,
		"proven_ms", (json_int_t)state->proven_ms,
		"published", put_published(state),
		"settled", put_optional_leaf(state->has_settled,
					     &state->settled),
		"settled_config", state->settled_config,
		"record_ttl_seconds", (json_int_t)state->record_ttl_seconds,
		"retimed", (json_int_t)state->retimed,
		"looked_ms", (json_int_t)state->looked_ms,
		"locked_until_ms", (json_int_t)state->locked_until_ms,
		"pending", put_optional_leaf(state->has_pending,
					     &state->pending),
		"ledgers", put_ledgers(state),
		"slow_ms", (json_int_t)state->slow_ms,
		"stalled_ms", (json_int_t)state->stalled_ms,
		"outside_ms", (json_int_t)state->outside_ms,
		"spread_since_ms", (json_int_t)state->spread_since_ms,
		"spread_first_ms", (json_int_t)state->spread_first_ms,
		"spread_ms", (json_int_t)state->spread_ms);

	invariant(json);
	strangers_put(&state->strangers, json);
	alarm_note_put(&state->alarm, json);
	return json;
}

/* ---- Reading ---------------------------------------------------------- */

static void read_ledger(struct reader *reader, const json_t *json,
			struct state *state)
{
	char *owner = field_name(reader, json, "owner");
	size_t before = state->ledger_count;
	struct ledger *ledger = state_ledger(state, owner);

	free(owner);
	if (state->ledger_count == before)
		field_fault(reader, "ledgers", "no owner twice");
	ledger_from_json(reader, json, ledger);
}

static void read_sent(struct reader *reader, const json_t *json,
		      struct state_record *record)
{
	record->sent = (unsigned)field_integer(reader, json, "sent",
					       STATE_SENT_MAX);
	record->sent_ms = field_clock_or_0(reader, json, "sent_ms");
}

static void read_published(struct reader *reader, const json_t *json,
			   struct state *state)
{
	char *owner = field_name(reader, json, "owner");
	struct tlsa record;

	if (!reader->fault &&
	    field_record(reader, json_object_get(json, "record"), &record)) {
		state_add_published(state, owner, &record);
		/* Absent in older states. */
		if (json_object_get(json, "deleting"))
			state_set_deleting(state, owner, &record,
					   field_flag(reader, json,
						      "deleting"));
		if (json_object_get(json, "sent"))
			read_sent(reader, json,
				  state_published(state, owner, &record));
		tlsa_clear(&record);
	}
	free(owner);
}

static void read_presented(struct reader *reader, const json_t *json,
			   struct state *state)
{
	const char *text = json_string_value(json);
	struct fingerprint leaf;

	if (text && fingerprint_parse(text, &leaf))
		state_add_presented(state, &leaf);
	else
		field_fault(reader, "presented", "64 hexadecimal digits each");
}

static void read_lists(struct reader *reader, const json_t *json,
		       struct state *state)
{
	json_t *item;
	size_t i;

	json_array_foreach(field_list(reader, json, "presented"), i, item)
		if (!reader->fault)
			read_presented(reader, item, state);
	json_array_foreach(field_list(reader, json, "published"), i, item)
		if (!reader->fault)
			read_published(reader, item, state);
	json_array_foreach(field_list(reader, json, "ledgers"), i, item)
		if (!reader->fault)
			read_ledger(reader, item, state);
}

static void read_saved(struct reader *reader, const json_t *json,
		       struct moment *saved)
{
	saved->wall_ms = field_clock(reader, json, "wall_ms");
	saved->boot_ms = field_clock(reader, json, "boot_ms");
	saved->synchronised = field_flag(reader, json, "synchronised");
	snprintf(saved->boot_id, sizeof(saved->boot_id), "%s",
		 field_text(reader, json, "boot_id"));
}

/* Absent in older states. */
static enum removal read_removal(struct reader *reader, const json_t *json)
{
	const char *text = json_object_get(json, "removal") ?
			   field_text(reader, json, "removal") : "none";

	for (size_t i = 0; i < REMOVAL_COUNT; i++)
		if (streq(removal_names[i], text))
			return (enum removal)i;
	field_fault(reader, "removal",
		    "none, deletes, keeps, leaves or done");
	return REMOVAL_NONE;
}

static void read_state(struct reader *reader, const json_t *json,
		       struct state *state)
{
	state->removal = read_removal(reader, json);
	read_saved(reader, json_object_get(json, "saved"), &state->saved);
	state->has_released = field_optional_leaf(reader, json, "released",
						  &state->released);
	state->has_releasing = field_optional_leaf(reader, json, "releasing",
						   &state->releasing);
	state->has_settled = field_optional_leaf(reader, json, "settled",
						 &state->settled);
	/* Absent in older states. */
	if (json_object_get(json, "generation"))
		state->generation = (unsigned)
			field_integer(reader, json, "generation",
				      LINKS_GENERATION_MAX);
	state->unproven = field_flag(reader, json, "unproven");
	state->reload_due = field_flag(reader, json, "reload_due");
	state->reloaded_ms = field_clock(reader, json, "reloaded_ms");
	state->proven_ms = field_clock(reader, json, "proven_ms");
	state->stalled_ms = field_clock(reader, json, "stalled_ms");
	state->settled_config = field_optional_text(reader, json,
						    "settled_config");
	alarm_note_read(reader, json, state->saved.wall_ms, &state->alarm);
	/* Older states do not have these. */
	if (json_object_get(json, "guessed"))
		state->guessed = field_flag(reader, json, "guessed");
	if (json_object_get(json, "copied"))
		state->copied = field_flag(reader, json, "copied");
	if (json_object_get(json, "record_ttl_seconds"))
		state->record_ttl_seconds = (uint32_t)field_integer(
			reader, json, "record_ttl_seconds", TTL_MAX);
	if (json_object_get(json, "retimed"))
		state->retimed = (unsigned)field_integer(
			reader, json, "retimed", UINT32_MAX);
	state->looked_ms = field_clock_or_0(reader, json, "looked_ms");
	state->locked_until_ms = field_clock_or_0(reader, json,
						  "locked_until_ms");
	state->slow_ms = field_clock_or_0(reader, json, "slow_ms");
	state->outside_ms = field_clock_or_0(reader, json, "outside_ms");
	state->spread_since_ms = field_clock_or_0(reader, json,
						  "spread_since_ms");
	state->spread_first_ms = field_clock_or_0(reader, json,
						  "spread_first_ms");
	state->spread_ms = field_clock_or_0(reader, json,
						 "spread_ms");
	state->has_pending = json_object_get(json, "pending") &&
		field_optional_leaf(reader, json, "pending", &state->pending);
	strangers_read(reader, json, &state->strangers);
	read_lists(reader, json, state);
	if (state->has_released &&
	    !state_is_presented(state, &state->released))
		field_fault(reader, "presented", "the released version in it");
}

enum state_error state_from_json(const json_t *json, struct state **state,
				 char **detail)
{
	struct reader reader = { NULL };

	*state = NULL;
	*detail = NULL;
	if (field_integer(&reader, json, "format", INT64_MAX) != STATE_FORMAT)
		field_fault(&reader, "format", "1");
	if (!lineage_name_valid(field_text(&reader, json, "target")))
		field_fault(&reader, "target", "a lineage name");
	if (!reader.fault) {
		*state = state_new(field_text(&reader, json, "target"));
		read_state(&reader, json, *state);
	}
	if (!reader.fault)
		return STATE_OK;
	state_free(*state);
	*state = NULL;
	*detail = reader.fault;
	return STATE_DAMAGED;
}
