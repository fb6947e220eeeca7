/* SPDX-License-Identifier: MIT */
#include "state/ledger_json.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* ---- Writing ---------------------------------------------------------- */

static json_t *put_set(const struct tlsa_set *set)
{
	json_t *json = json_array();

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(json,
				      field_record_json(&set->records[i]));
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

/* NULL where it is not so. */
static json_t *put_asked(const struct ledger_address *at)
{
	if (at->asked_since_ms == LEDGER_NEVER)
		return NULL;
	return json_pack("{s:I, s:I, s:I}",
			 "since_ms", (json_int_t)at->asked_since_ms,
			 "seconds", (json_int_t)at->asked_lately_seconds,
			 "rests", (json_int_t)at->asked_rests);
}

static json_t *put_address(const struct ledger *ledger,
			   const struct ledger_address *at)
{
	char text[ADDRESS_TEXT_MAX];
	json_t *last = json_array();

	for (size_t v = 0; v < ledger->version_count; v++)
		json_array_append_new(last, put_time(at->last_ms[v]));
	return json_pack("{s:s, s:I, s:o, s:b, s:b, s:I, s:o, s:I, s:o*, s:o}",
			 "address", address_format(&at->address, text),
			 "current", (json_int_t)at->current,
			 "serial", put_serial(at->serial),
			 "silent", at->silent, "wavers", at->wavers,
			 "alike", (json_int_t)at->alike,
			 "departed_ms", put_time(at->departed_ms),
			 "asked_seconds", (json_int_t)at->asked_seconds,
			 "asked_lately", put_asked(at),
			 "last_ms", last);
}

/* NULL where it is not so. */
static json_t *put_steady(const struct ledger *ledger)
{
	if (ledger->steady_ms == LEDGER_NEVER)
		return NULL;
	return json_pack("{s:I, s:I, s:I}",
			 "since_ms", (json_int_t)ledger->steady_ms,
			 "ttl_seconds", (json_int_t)ledger->steady_ttl_seconds,
			 "rests", (json_int_t)ledger->steady_rests);
}

json_t *ledger_to_json(const struct ledger *ledger)
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
	return json_pack("{s:s, s:o, s:o, s:o, s:o*, s:I}",
			 "owner", ledger->owner, "versions", versions,
			 "addresses", addresses,
			 "rested_ms", put_time(ledger->rested_ms),
			 "steady", put_steady(ledger), "former_ttl_seconds",
			 (json_int_t)ledger->former_ttl_seconds);
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

/* Absent in older states. */
static void read_asked(struct reader *reader, const json_t *json,
		       struct ledger_address *at)
{
	const json_t *lately = json_object_get(json, "asked_lately");

	if (json_object_get(json, "asked_seconds"))
		at->asked_seconds = (uint32_t)
			field_integer(reader, json, "asked_seconds", TTL_MAX);
	if (!lately || reader->fault)
		return;
	at->asked_since_ms = field_clock(reader, lately, "since_ms");
	at->asked_lately_seconds = (uint32_t)
		field_integer(reader, lately, "seconds", TTL_MAX);
	at->asked_rests = (unsigned)
		field_integer(reader, lately, "rests", UINT32_MAX);
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
	read_asked(reader, json, at);
	for (size_t v = 0; v < ledger->version_count; v++)
		at->last_ms[v] = field_time(reader, json_array_get(last, v),
					    "last_ms");
}

/* Absent in older states: there what is unknown has no TTL until then. */
static void read_rested(struct reader *reader, const json_t *json,
			struct ledger *ledger)
{
	const json_t *rested = json_object_get(json, "rested_ms");

	if (rested)
		ledger->rested_ms = field_time(reader, rested, "rested_ms");
	else if (ledger->versions[0].ttl_seconds)
		ledger->rested_ms = 0;
}

/* Absent in older states, too. */
static void read_steady(struct reader *reader, const json_t *json,
			struct ledger *ledger)
{
	const json_t *steady = json_object_get(json, "steady");

	if (json_object_get(json, "former_ttl_seconds"))
		ledger->former_ttl_seconds = (uint32_t)field_integer(
			reader, json, "former_ttl_seconds", TTL_MAX);
	if (!steady || reader->fault)
		return;
	ledger->steady_ms = field_clock(reader, steady, "since_ms");
	ledger->steady_ttl_seconds = (uint32_t)
		field_integer(reader, steady, "ttl_seconds", TTL_MAX);
	ledger->steady_rests = (unsigned)
		field_integer(reader, steady, "rests", UINT32_MAX);
}

void ledger_from_json(struct reader *reader, const json_t *json,
		      struct ledger *ledger)
{
	json_t *item;
	size_t i;

	json_array_foreach(field_list(reader, json, "versions"), i, item)
		if (!reader->fault)
			read_version(reader, item, ledger, i);
	json_array_foreach(field_list(reader, json, "addresses"), i, item)
		if (!reader->fault)
			read_address(reader, item, ledger);
	read_rested(reader, json, ledger);
	read_steady(reader, json, ledger);
}
