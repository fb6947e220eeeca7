/* SPDX-License-Identifier: MIT */
#include "tell/document.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "state/text_json.h"

#include <stdio.h>
#include <stdlib.h>

json_t *document_time(int64_t time_ms)
{
	char when[TEXT_TIME_SIZE];

	return time_ms ? json_string(text_time_exact(time_ms, when)) :
			 json_null();
}

json_t *document_ms(int64_t time_ms)
{
	return time_ms ? json_integer(time_ms) : json_null();
}

void document_add_time(json_t *object, const char *name)
{
	char *name_ms = xasprintf("%s_ms", name);
	const json_t *time_ms = json_object_get(object, name_ms);

	if (time_ms)
		json_object_set_new(object, name,
			document_time(json_integer_value(time_ms)));
	free(name_ms);
}

json_t *document_taken(char *text)
{
	json_t *json = text_json(text);

	free(text);
	return json;
}

void document_print(const json_t *document)
{
	json_dumpf(document, stdout, JSON_INDENT(2));
	putchar('\n');
}
