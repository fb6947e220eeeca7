/* SPDX-License-Identifier: MIT */
#include "state/text_json.h"

#include "base/xalloc.h"
#include "state/state.h"
#include "unit.h"

TEST(texts)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "b\xc3\xbc" "cher", "b\xc3\xbc" "cher" },
		{ "b\374cher", "b\\xfccher" },
	};
	json_t *json = text_json(NULL);

	assert_true(json_is_null(json));
	json_decref(json);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json = text_json(rows[i][0]);
		assert_string_equal(json_string_value(json), rows[i][1]);
		json_decref(json);
	}
}

/* What a program or a server said stands in the alarm. */
TEST(alarm_of_any_octets)
{
	struct state *told = state_new("mail"), *again;
	char *detail;
	json_t *json;

	told->alarm.text = xstrdup("mail: /srv/schl\374ssel: \xff");
	json = state_to_json(told);
	assert_int_equal(state_from_json(json, &again, &detail), STATE_OK);
	assert_string_equal(again->alarm.text,
			    "mail: /srv/schl\\xfcssel: \\xff");
	json_decref(json);
	state_free(again);
	state_free(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_alarm_of_any_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
