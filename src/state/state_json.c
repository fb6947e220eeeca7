/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/bounds.h"
#include "base/xalloc.h"
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

static json_t *put_record(const struct tlsa *record)
{
	char *text = tlsa_format(record);
	json_t *json = json_string(text);

	free(text);
	return json;
}

static json_t *put_set(const struct tlsa_set *set)
{
	json_t *json = json_array();

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(json, put_record(&set->records[i]));
	return json;
}

static json_t *put_time(int64_t time_ms)
{
	return time_ms == LEDGER_NEVER ? json_null() : json_integer(time_ms);
}

static json_t *put_serial(int64_t serial)
{
	return serial == LEDGER_SERIAL_UNKNOWN ? json_null() :
						 json_integer(serial);
}

static const char *const kind_names[] = {
	[LEDGER_UNKNOWN] = "unknown",
	[LEDGER_SET] = "set",
	[LEDGER_ABSENT] = "absent",
	[LEDGER_ALIEN] = "alien",
	[LEDGER_ALIAS] = "alias",
};
#define KIND_COUNT (sizeof(kind_names) / sizeof(kind_names[0]))

static json_t *put_version(const struct ledger_version *version)
{
	return json_pack("{s:s, s:I, s:o, s:s*}",
			 "kind", kind_names[version->kind],
			 "ttl_seconds", (json_int_t)version->ttl_seconds,
			 "records", put_set(&version->set),
			 "alias", version->alias);
}

static json_t *put_address(const struct ledger *ledger,
			   const struct ledger_address *at)
{
	char text[ADDRESS_TEXT_MAX];
	json_t *last = json_array();

	for (size_t v = 0; v < ledger->version_count; v++)
		json_array_append_new(last, put_time(at->last_ms[v]));
	return json_pack("{s:s, s:I, s:o, s:b, s:b, s:I, s:o, s:I, s:o}",
			 "address", address_format(&at->address, text),
			 "current", (json_int_t)at->current,
			 "serial", put_serial(at->serial),
			 "silent", at->silent, "wavers", at->wavers,
			 "alike", (json_int_t)at->alike,
			 "departed_ms", put_time(at->departed_ms),
			 "asked_seconds", (json_int_t)at->asked_seconds,
			 "last_ms", last);
}

static json_t *put_ledger(const struct ledger *ledger)
{
	json_t *versions = json_array();
	json_t *addresses = json_array();

	for (size_t i = 0; i < ledger->version_count; i++)
		json_array_append_new(versions,
				      put_version(&ledger->versions[i]));
	for (size_t i = 0; i < ledger->address_count; i++)
		json_array_append_new(addresses,
				      put_address(ledger,
						  &ledger->addresses[i]));
	return json_pack("{s:s, s:o, s:o}", "owner", ledger->owner,
			 "versions", versions, "addresses", addresses);
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
			"owner", at->owner, "record", put_record(&at->record),
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
		json_array_append_new(json, put_ledger(state->ledgers[i]));
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
		"{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:b, s:I, s:I,"
		" s:o, s:o, s:s?, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I,"
		" s:I, s:I}",
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
		"reload_due", state->reload_due,
		"reloaded_ms", (json_int_t)state->reloaded_ms,
		"proven_ms", (json_int_t)state->proven_ms,
		"published", put_published(state),
		"settled", put_optional_leaf(state->has_settled,
					     &state->settled),
		"settled_config", state->settled_config,
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
	alarm_note_put(&state->alarm, json);
	return json;
}

/* ---- Reading ---------------------------------------------------------- */

static void read_set(struct reader *reader, const json_t *object,
		     struct tlsa_set *set)
{
	const json_t *list = field_list(reader, object, "records");
	struct tlsa record;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (reader->fault || !field_record(reader, item, &record))
			return;
		tlsa_set_add(set, &record);
		tlsa_clear(&record);
	}
}

static size_t read_alias(struct reader *reader, const json_t *json,
			 struct ledger *ledger)
{
	char *alias = field_name(reader, json, "alias");
	size_t at = ledger_add_alias(ledger, alias);

	free(alias);
	return at;
}

static enum ledger_kind read_kind(struct reader *reader, const json_t *json)
{
	const char *text = field_text(reader, json, "kind");

	for (size_t kind = 0; kind < KIND_COUNT; kind++)
		if (streq(kind_names[kind], text))
			return (enum ledger_kind)kind;
	field_fault(reader, "kind", "unknown, set, absent, alien or alias");
	return LEDGER_UNKNOWN;
}

static void read_version(struct reader *reader, const json_t *json,
			 struct ledger *ledger, size_t index)
{
	enum ledger_kind kind = read_kind(reader, json);
	struct tlsa_set set = { 0 };
	size_t at;

	read_set(reader, json, &set);
	if ((kind == LEDGER_SET) != (set.count > 0) && kind != LEDGER_ALIEN &&
	    kind != LEDGER_UNKNOWN)
		field_fault(reader, "records", "some in a \"set\", else none");
	if (!reader->fault) {
		at = kind == LEDGER_ALIAS ?
		     read_alias(reader, json, ledger) :
		     ledger_add_version(ledger, kind, &set);
		if (at != index)
			field_fault(reader, "versions",
				    "\"unknown\" first and no version twice");
		ledger->versions[at].ttl_seconds = (uint32_t)
			field_integer(reader, json, "ttl_seconds", TTL_MAX);
		if (kind == LEDGER_UNKNOWN)
			ledger_note_combinations(ledger, &set);
	}
	tlsa_set_clear(&set);
}

/* Null, and absent in older states: not known. */
static int64_t read_serial(struct reader *reader, const json_t *json)
{
	json_int_t value = json_integer_value(json);

	if (!json || json_is_null(json))
		return LEDGER_SERIAL_UNKNOWN;
	if (!json_is_integer(json) || value < 0 || value > UINT32_MAX)
		field_fault(reader, "serial", "a serial or null");
	return value;
}

static void read_address(struct reader *reader, const json_t *json,
			 struct ledger *ledger)
{
	const json_t *last = field_list(reader, json, "last_ms");
	int64_t highest = (int64_t)ledger->version_count - 1;
	size_t before = ledger->address_count;
	struct ledger_address *at;
	struct address address;

	if (!address_parse(field_text(reader, json, "address"), 53, &address))
		field_fault(reader, "address", "an IP address");
	if (json_array_size(last) != ledger->version_count)
		field_fault(reader, "last_ms", "one time for each version");
	if (reader->fault)
		return;
	at = ledger_add_address(ledger, &address);
	if (ledger->address_count == before)
		field_fault(reader, "addresses", "no address twice");
	at->current = (size_t)field_integer(reader, json, "current", highest);
	at->serial = read_serial(reader, json_object_get(json, "serial"));
	/* Absent in older states: there the time of a silent one's version is
	 * a millisecond before that of all else, which says the same. */
	if (json_object_get(json, "silent"))
		at->silent = field_flag(reader, json, "silent");
	if (json_object_get(json, "wavers"))
		at->wavers = field_flag(reader, json, "wavers");
	if (json_object_get(json, "alike"))
		at->alike = (unsigned)field_integer(reader, json, "alike",
						    LEDGER_LOOKS_ALIKE);
	at->departed_ms = field_time(reader, json_object_get(json,
							     "departed_ms"),
				     "departed_ms");
	if (json_object_get(json, "asked_seconds"))
		at->asked_seconds = (uint32_t)
			field_integer(reader, json, "asked_seconds", TTL_MAX);
	for (size_t v = 0; v < ledger->version_count; v++)
		at->last_ms[v] = field_time(reader, json_array_get(last, v),
					    "last_ms");
}

static void read_ledger(struct reader *reader, const json_t *json,
			struct state *state)
{
	char *owner = field_name(reader, json, "owner");
	size_t before = state->ledger_count;
	struct ledger *ledger = state_ledger(state, owner);
	json_t *item;
	size_t i;

	free(owner);
	if (state->ledger_count == before)
		field_fault(reader, "ledgers", "no owner twice");
	json_array_foreach(field_list(reader, json, "versions"), i, item)
		if (!reader->fault)
			read_version(reader, item, ledger, i);
	json_array_foreach(field_list(reader, json, "addresses"), i, item)
		if (!reader->fault)
			read_address(reader, item, ledger);
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
