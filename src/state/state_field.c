/* SPDX-License-Identifier: MIT */
#include "state/state_field.h"

#include "base/name.h"
#include "base/xalloc.h"
#include "state/ledger.h"

#include <stdlib.h>

/* Far beyond any date, far below where sums of times overflow. */
#define TIME_MS_MAX 1000000000000000

void field_fault(struct reader *reader, const char *field, const char *want)
{
	if (!reader->fault)
		reader->fault = xasprintf("field \"%s\": want %s", field, want);
}

int64_t field_integer(struct reader *reader, const json_t *object,
		      const char *field, int64_t max)
{
	const json_t *json = json_object_get(object, field);
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || value > max) {
		field_fault(reader, field, "a number in range");
		return 0;
	}
	return value;
}

int64_t field_clock(struct reader *reader, const json_t *object,
		    const char *field)
{
	return field_integer(reader, object, field, TIME_MS_MAX);
}

int64_t field_clock_or_0(struct reader *reader, const json_t *object,
			 const char *field)
{
	return json_object_get(object, field) ?
	       field_clock(reader, object, field) : 0;
}

bool field_flag(struct reader *reader, const json_t *object,
		const char *field)
{
	const json_t *json = json_object_get(object, field);

	if (!json_is_boolean(json))
		field_fault(reader, field, "true or false");
	return json_is_true(json);
}

const char *field_text(struct reader *reader, const json_t *object,
		       const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	if (!text)
		field_fault(reader, field, "a text");
	return text ? text : "";
}

char *field_optional_text(struct reader *reader, const json_t *object,
			  const char *field)
{
	const json_t *json = json_object_get(object, field);

	if (json_is_null(json))
		return NULL;
	return xstrdup(field_text(reader, object, field));
}

const json_t *field_list(struct reader *reader, const json_t *object,
			 const char *field)
{
	const json_t *json = json_object_get(object, field);

	if (!json_is_array(json))
		field_fault(reader, field, "a list");
	return json;
}

bool field_optional_leaf(struct reader *reader, const json_t *object,
			 const char *field, struct fingerprint *leaf)
{
	const json_t *json = json_object_get(object, field);

	if (json_is_null(json))
		return false;
	if (!fingerprint_parse(json_string_value(json) ?
			       json_string_value(json) : "", leaf)) {
		field_fault(reader, field, "64 hexadecimal digits or null");
		return false;
	}
	return true;
}

json_t *field_record_json(const struct tlsa *record)
{
	char *text = tlsa_format(record);
	json_t *json = json_string(text);

	free(text);
	return json;
}

bool field_record(struct reader *reader, const json_t *json,
		  struct tlsa *record)
{
	const char *text = json_string_value(json);

	if (text && tlsa_parse(text, record))
		return true;
	field_fault(reader, "record", "USAGE SELECTOR MATCHING HEX");
	return false;
}

char *field_name(struct reader *reader, const json_t *object,
		 const char *field)
{
	char *name = name_parse(field_text(reader, object, field));

	if (!name) {
		field_fault(reader, field, "a domain name");
		name = xstrdup(".");
	}
	return name;
}

int64_t field_time(struct reader *reader, const json_t *json,
		   const char *field)
{
	json_int_t value = json_integer_value(json);

	if (json_is_null(json))
		return LEDGER_NEVER;
	if (!json_is_integer(json) || value < 0 || value > TIME_MS_MAX) {
		field_fault(reader, field, "milliseconds or null");
		return 0;
	}
	return value;
}
