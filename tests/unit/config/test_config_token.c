/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/xalloc.h"
#include "config/config_scan_internal.h"
#include "unit.h"

/* The tokens of TEXT, a letter each: w, s, =, +, ?; and the faults. */
static void tokens_are(const char *text, const char *want, unsigned want_faults)
{
	static const char letters[] = {
		[TOKEN_WORD] = 'w', [TOKEN_STRING] = 's', [TOKEN_MARK] = '=',
		[TOKEN_APPEND] = '+', [TOKEN_BAD] = '?',
	};
	struct config_faults faults = { .path = "test.conf" };
	struct scanner s = { .text = xstrdup(text), .line = 1,
			     .faults = &faults };
	char have[40] = "";
	size_t count = 0;

	for (config_token_next(&s); s.token.kind != TOKEN_END;
	     config_token_next(&s)) {
		assert_true(count < sizeof(have) - 1);
		have[count++] = letters[s.token.kind];
	}
	assert_string_equal(have, want);
	assert_int_equal(faults.count, want_faults);
	free(s.text);
}

TEST(kinds)
{
	assert_int_equal(log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true), 0);
	tokens_are("", "", 0);
	tokens_are("a = { b, \"c d\", 'e' }", "w==w=s=s=", 0);
	tokens_are("a.b-c:1_ += 2", "w+w", 0);
	tokens_are("/x a/b \"c", "???", 0);
	tokens_are("a # b\n// c\n/* d\n */ e", "ww", 0);
	tokens_are("a /* b", "w", 1);
	tokens_are("\"${A}\" '${A}' \"\\${A}\"", "sss", 1);
}

/* Texts and lines of three tokens. */
TEST(texts)
{
	struct config_faults faults = { .path = "test.conf" };
	struct scanner s = { .text = xstrdup("one\n'two\n3' }"), .line = 1,
			     .faults = &faults };
	char *text;

	config_token_next(&s);
	assert_true(config_token_is_value(&s));
	text = config_token_text(&s);
	assert_string_equal(text, "one");
	free(text);
	config_token_next(&s);
	assert_int_equal(s.token.line, 2);
	assert_int_equal(s.line, 3);
	text = config_token_text(&s);
	assert_string_equal(text, "two\n3");
	free(text);
	config_token_blank(&s, s.token.start, s.token.end);
	config_token_next(&s);
	assert_true(config_token_is(&s, '}'));
	assert_false(config_token_is(&s, '{'));
	assert_false(config_token_is_value(&s));
	assert_string_equal(s.text, "one\n    \n   }");
	free(s.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
