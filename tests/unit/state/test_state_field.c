/* SPDX-License-Identifier: MIT */
#include "state/state_field.h"

#include "base/xalloc.h"
#include "state/ledger.h"
#include "support/chains.h"
#include "unit.h"

#include <string.h>

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return json;
}

/* The last read was a fault of field "f" that says WANT; NULL: it was none. */
static void expect_fault(struct reader *reader, const char *want)
{
	if (!want)
		assert_null(reader->fault);
	else if (!reader->fault || !strstr(reader->fault, want))
		fail_msg("%s, not %s", reader->fault, want);
	free(reader->fault);
	reader->fault = NULL;
}

TEST(first_fault_is_told)
{
	struct reader reader = { NULL };

	field_fault(&reader, "one", "this");
	field_fault(&reader, "two", "that");
	expect_fault(&reader, "field \"one\": want this");
}

TEST(numbers)
{
	static const struct {
		const char *text;
		int64_t want;
		const char *fault;
	} rows[] = {
		{ "{\"f\": 0}", 0, NULL },
		{ "{\"f\": 7}", 7, NULL },
		{ "{\"f\": 8}", 0, "range" },
		{ "{\"f\": -1}", 0, "range" },
		{ "{\"f\": 1.0}", 0, "range" },
		{ "{\"f\": null}", 0, "range" },
		{ "{}", 0, "range" },
		{ "[]", 0, "range" },
	};
	struct reader reader = { NULL };

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *json = parse(rows[i].text);

		assert_int_equal(field_integer(&reader, json, "f", 7),
				 rows[i].want);
		expect_fault(&reader, rows[i].fault);
		json_decref(json);
	}
}

TEST(times)
{
	static const struct {
		const char *text;
		int64_t want;
		bool clock_too;		/* or only one that may be null */
		const char *fault;
	} rows[] = {
		{ "0", 0, true, NULL },
		{ "1000000000000000", 1000000000000000, true, NULL },
		{ "1000000000000001", 0, true, "want" },
		{ "-1", 0, true, "want" },
		{ "\"1\"", 0, true, "want" },
		{ "null", LEDGER_NEVER, false, NULL },
	};
	struct reader reader = { NULL };

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *json = parse(rows[i].text);
		json_t *object = json_pack("{s:O}", "f", json);

		assert_true(field_time(&reader, json, "f") == rows[i].want);
		expect_fault(&reader, rows[i].fault);
		assert_true(field_clock(&reader, object, "f") ==
			    (rows[i].clock_too ? rows[i].want : 0));
		expect_fault(&reader, rows[i].clock_too ? rows[i].fault :
							  "range");
		json_decref(object);
		json_decref(json);
	}
}

TEST(flags_and_lists)
{
	json_t *json = parse("{\"f\": true, \"g\": false, \"h\": [1]}");
	struct reader reader = { NULL };

	assert_true(field_flag(&reader, json, "f"));
	assert_false(field_flag(&reader, json, "g"));
	assert_int_equal(json_array_size(field_list(&reader, json, "h")), 1);
	expect_fault(&reader, NULL);
	field_flag(&reader, json, "h");
	expect_fault(&reader, "\"h\": want true or false");
	field_list(&reader, json, "f");
	expect_fault(&reader, "\"f\": want a list");
	json_decref(json);
}

TEST(texts_and_names)
{
	json_t *json = parse("{\"f\": \"A.example\", \"g\": null,"
			     " \"h\": \"a..b\", \"i\": 1}");
	struct reader reader = { NULL };
	char *text;

	assert_string_equal(field_text(&reader, json, "f"), "A.example");
	text = field_optional_text(&reader, json, "f");
	assert_string_equal(text, "A.example");
	free(text);
	assert_null(field_optional_text(&reader, json, "g"));
	text = field_name(&reader, json, "f");
	assert_string_equal(text, "a.example.");
	free(text);
	expect_fault(&reader, NULL);
	assert_string_equal(field_text(&reader, json, "g"), "");
	expect_fault(&reader, "\"g\": want a text");
	free(field_optional_text(&reader, json, "i"));
	expect_fault(&reader, "\"i\": want a text");
	free(field_name(&reader, json, "h"));
	expect_fault(&reader, "\"h\": want a domain name");
	json_decref(json);
}

TEST(leaves)
{
	struct fingerprint want = cast_chain('a')->version, leaf;
	char text[FINGERPRINT_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:n, s:s}", "f",
				 fingerprint_format(&want, text), "g", "h",
				 "00");
	struct reader reader = { NULL };

	assert_true(field_optional_leaf(&reader, json, "f", &leaf));
	assert_true(fingerprint_equal(&leaf, &want));
	assert_false(field_optional_leaf(&reader, json, "g", &leaf));
	expect_fault(&reader, NULL);
	assert_false(field_optional_leaf(&reader, json, "h", &leaf));
	expect_fault(&reader, "\"h\": want 64");
	assert_false(field_optional_leaf(&reader, json, "i", &leaf));
	expect_fault(&reader, "\"i\": want 64");
	json_decref(json);
}

TEST(records)
{
	struct tlsa_set set = cast_set("a");
	char *text = tlsa_format(&set.records[0]);
	json_t *good = json_string(text);
	json_t *bad = parse("\"3 1 1 abc\""), *none = parse("311");
	struct reader reader = { NULL };
	struct tlsa record;

	assert_true(field_record(&reader, good, &record));
	assert_int_equal(tlsa_compare(&record, &set.records[0]), 0);
	tlsa_clear(&record);
	expect_fault(&reader, NULL);
	assert_false(field_record(&reader, bad, &record));
	expect_fault(&reader, "record");
	assert_false(field_record(&reader, none, &record));
	expect_fault(&reader, "record");
	json_decref(good);
	json_decref(bad);
	json_decref(none);
	free(text);
	tlsa_set_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fault_is_told),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_flags_and_lists),
		cmocka_unit_test(test_texts_and_names),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
