/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/xalloc.h"
#include "unit.h"

static void expect(const struct texts *texts, const char *want)
{
	char *joined = xstrdup("");

	for (size_t i = 0; i < texts->count; i++) {
		char *more = xasprintf("%s%s ", joined, texts->items[i]);

		free(joined);
		joined = more;
	}
	assert_string_equal(joined, want);
	free(joined);
}

TEST(sorted_once_and_cleared)
{
	static const char *const words[] = { "b", "a", "c", "a", "b", "a" };
	struct texts texts = { 0 }, once = { 0 };

	texts_sort(&texts);
	texts_drop_repeats(&texts);
	assert_int_equal(texts.count, 0);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		texts_add(&texts, words[i]);
		texts_add_once(&once, words[i]);
	}
	expect(&texts, "b a c a b a ");
	expect(&once, "b a c ");
	assert_true(texts_has(&once, "c"));
	assert_false(texts_has(&once, "d"));
	texts_sort(&texts);
	expect(&texts, "a a a b b c ");
	texts_drop_repeats(&texts);
	expect(&texts, "a b c ");
	texts_clear(&texts);
	texts_clear(&once);
	assert_null(texts.items);
	assert_int_equal(texts.count, 0);
	texts_clear(&texts);
}

TEST(utf8)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", NULL },
		{ "mail.example.com", NULL },
		{ "b\xc3\xbc" "cher", NULL },
		{ "\xe2\x82\xac \xf0\x9f\x94\x91", NULL },
		{ "\xf4\x8f\xbf\xbf", NULL },		/* the last one */
		{ "b\374cher", "b\\xfccher" },		/* ISO-8859-1 */
		{ "\377", "\\xff" },
		{ "\xc3", "\\xc3" },			/* cut short */
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\xc3(", "\\xc3(" },
		{ "\xbc\xc3\xbc", "\\xbc\xc3\xbc" },
		{ "\xc0\xaf", "\\xc0\\xaf" },		/* too many octets */
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },	/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *shown = text_to_utf8(rows[i].text);

		assert_int_equal(text_is_utf8(rows[i].text), !rows[i].shown);
		assert_string_equal(shown, rows[i].shown ? rows[i].shown :
							   rows[i].text);
		assert_true(text_is_utf8(shown));
		free(shown);
	}
}

TEST(joined)
{
	struct texts texts = { 0 };
	char *text;

	assert_null(texts_join(&texts));
	texts_add(&texts, "one");
	text = texts_join(&texts);
	assert_string_equal(text, "one");
	free(text);
	texts_add(&texts, "two");
	text = texts_join(&texts);
	assert_string_equal(text, "one, two");
	free(text);
	texts_clear(&texts);
}

TEST(exact_times)
{
	char text[TEXT_TIME_SIZE];

	assert_string_equal(text_time_exact(0, text),
			    "1970-01-01T00:00:00.000Z");
	assert_string_equal(text_time_exact(1800000000250, text),
			    "2027-01-15T08:00:00.250Z");
	assert_string_equal(text_time_exact(-1, text),
			    "1969-12-31T23:59:59.999Z");
	assert_string_equal(text_time_exact(INT64_MAX, text), "?");
}

TEST(durations)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0 s" }, { 1, "1 s" }, { 59000, "59 s" },
		{ 60000, "1 min" }, { 312000, "5 min 12 s" },
		{ 3600000, "1 h" }, { 7509000, "2 h 5 min" },
		{ INT64_C(273600000), "3 d 4 h" },
		{ INT64_C(86400000), "1 d" },
	};
	char text[TEXT_TIME_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(text_duration(rows[i].ms, text),
				    rows[i].text);
	assert_true(strlen(text_duration(INT64_MAX, text)) < TEXT_TIME_SIZE);
}

TEST(durations_typed)
{
	static const struct {
		const char *text;
		int64_t ms;		/* 0: refused */
	} rows[] = {
		{ "90", 90000 }, { "90s", 90000 }, { "5m", 300000 },
		{ "2h", 7200000 }, { "1d", 86400000 },
		{ "3650d", 3650LL * 86400000 }, { "3651d", 0 }, { "0", 0 },
		{ "", 0 }, { "m", 0 }, { "-1", 0 }, { "5x", 0 }, { "5mm", 0 },
		{ "9999999999", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = 0;

		assert_int_equal(text_duration_parse(rows[i].text, &ms),
				 rows[i].ms > 0);
		if (rows[i].ms)
			assert_true(ms == rows[i].ms);
	}
}

TEST(word_bits)
{
	static const char *const words[] = { "one", "two", NULL };

	assert_int_equal(text_word_bit(words, "one,two", 3), 1);
	assert_int_equal(text_word_bit(words, "two", 3), 2);
	assert_int_equal(text_word_bit(words, "two", 2), 0);
	assert_int_equal(text_word_bit(words, "three", 5), 0);
}

/* As people read it here: in their zone. */
TEST(local_times)
{
	char text[TEXT_TIME_SIZE], *when;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	assert_string_equal(text_time_local(INT64_C(1800000000000), text),
			    "2027-01-15 09:00:00 CET");
	when = text_when(INT64_C(1783000012000), INT64_C(1783000000000));
	assert_string_equal(when, "2026-07-02 15:46:52 CEST, in 12 s");
	free(when);
	when = text_when(1000, 61000);
	assert_string_equal(when, "1970-01-01 01:00:01 CET, 1 min ago");
	free(when);
	setenv("TZ", "<a-name-that-is-as-long>0", 1);
	assert_true(strlen(text_time_local(0, text)) < TEXT_TIME_SIZE);
	setenv("TZ", "UTC0", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_sorted_once_and_cleared),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_exact_times),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_typed),
		cmocka_unit_test(test_word_bits),
		cmocka_unit_test(test_local_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
