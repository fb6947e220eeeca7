/* SPDX-License-Identifier: MIT */
#include "tell/document.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

TEST(a_time_is_two_fields)
{
	json_t *json = json_pack("{s:I}", "until_ms", (json_int_t)1250);

	document_add_time(json, "until");
	assert_string_equal(json_string_value(json_object_get(json, "until")),
			    "1970-01-01T00:00:01.250Z");
	document_add_time(json, "from");
	assert_int_equal(json_object_size(json), 2);
	document_add_time(NULL, "from");
	json_object_set_new(json, "none_ms", json_null());
	document_add_time(json, "none");
	assert_true(json_is_null(json_object_get(json, "none")));
	json_decref(json);
}

TEST(no_time)
{
	assert_ptr_equal(document_time(0), json_null());
	assert_ptr_equal(document_ms(0), json_null());
}

TEST(it_is_printed_as_it_stands)
{
	json_t *json = json_pack("[{s:i, s:o}]", "schema", DOCUMENT_SCHEMA,
				 "line", document_taken(xstrdup("\xff")));
	char *text;

	capture_begin();
	document_print(json);
	text = capture_end();
	assert_string_equal(text, "[\n  {\n    \"schema\": 1,\n"
			    "    \"line\": \"\\\\xff\"\n  }\n]\n");
	json_decref(json);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_is_two_fields),
		cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_it_is_printed_as_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
