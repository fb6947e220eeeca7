/* SPDX-License-Identifier: MIT */
#include "state/text_json.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdlib.h>

json_t *text_json(const char *text)
{
	char *utf8;
	json_t *json;

	if (!text)
		return json_null();
	utf8 = text_to_utf8(text);
	json = json_string(utf8);
	invariant(json);
	free(utf8);
	return json;
}
