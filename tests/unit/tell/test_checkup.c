/* SPDX-License-Identifier: MIT */
#include "tell/checkup.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "unit.h"

static struct checkup checkup;

static void add(enum checkup_level level, const char *subject,
		const char *detail)
{
	checkup_add(&checkup.sections[checkup.count - 1], level, subject,
		    xstrdup(detail));
}

static void expect_line(const char *want)
{
	char *line = checkup_line(&checkup, "all is good");

	assert_string_equal(line, want);
	free(line);
}

/* The first of the worst, whatever stands before it. */
TEST(line)
{
	checkup_begin(&checkup, CHECKUP_HOST);
	expect_line("ALNITAK OK - all is good");
	add(CHECKUP_GOOD, "a", "1");
	add(CHECKUP_NOTE, "b", "2");
	expect_line("ALNITAK OK - all is good");
	assert_int_equal(checkup_worst(&checkup), CHECKUP_NOTE);
	add(CHECKUP_WARNING, "c", "x | y");
	expect_line("ALNITAK WARNING - this host: c: x / y");
	checkup_begin(&checkup, "mail");
	add(CHECKUP_UNKNOWN, "d", "4");
	expect_line("ALNITAK UNKNOWN - mail: d: 4");
	add(CHECKUP_BAD, "e", "5");
	add(CHECKUP_BAD, "f", "6");
	expect_line("ALNITAK CRITICAL - mail: e: 5 (and 1 more)");
	assert_int_equal(checkup_worst(&checkup), CHECKUP_BAD);
	checkup_clear(&checkup);
}

/* As plugins have figures: too few, too many, and no limit. */
TEST(what_no_run_tells)
{
	struct checkup_section *section = checkup_begin(&checkup, "mail");

	add(CHECKUP_BAD, "a", "1");
	add(CHECKUP_BAD, "b", "2");
	add(CHECKUP_BAD, "c", "3");
	checkup_mark_untold(section, 1);
	assert_false(section->findings[0].untold);
	assert_true(section->findings[1].untold);
	assert_true(section->findings[2].untold);
	checkup_clear(&checkup);
}

TEST(figures)
{
	char label[] = "it's";

	checkup_begin(&checkup, CHECKUP_HOST);
	checkup_add_figure(&checkup, &(struct checkup_figure){
		label, 100, 50, 20, false });
	checkup_add_figure(&checkup, &(struct checkup_figure){
		label, 7, 8, 9, true });
	checkup_add_figure(&checkup, &(struct checkup_figure){
		label, -5, -1, -1, false });
	expect_line("ALNITAK OK - all is good | 'it''s'=100s;50:;20: "
		    "'it''s'=7s;8;9 'it''s'=-5s;;");
	checkup_clear(&checkup);
}

TEST(printed)
{
	char *text;

	checkup_begin(&checkup, CHECKUP_HOST);
	checkup_begin(&checkup, "mail");
	add(CHECKUP_GOOD, "a", "1");
	add(CHECKUP_NOTE, "b", "\033[2J");
	add(CHECKUP_WARNING, "c", "3|4");
	add(CHECKUP_UNKNOWN, "d", "4");
	add(CHECKUP_BAD, "e", "5");
	capture_begin();
	checkup_print(&checkup, "the line");
	text = capture_end();
	assert_string_equal(text, "the line\nmail\n"
			    "  good  a: 1\n  ----  b: \\x1b[2J\n"
			    "  warn  c: 3/4\n  ????  d: 4\n  BAD   e: 5\n");
	free(text);
	checkup_clear(&checkup);
}

TEST(json)
{
	static const char want[] =
		"{\"schema\": 1, "
		"\"time\": \"2027-01-15T08:00:00.000Z\", "
		"\"ms\": 1800000000000, "
		"\"status\": \"CRITICAL\", \"line\": \"the line\", "
		"\"host\": [{\"subject\": \"a\", \"ok\": true, "
		"\"level\": \"good\", \"detail\": \"1\"}], "
		"\"targets\": [{\"target\": \"mail\", \"findings\": ["
		"{\"subject\": \"b\", \"ok\": null, "
		"\"level\": \"note\", \"detail\": \"2\"}, "
		"{\"subject\": \"c\", \"ok\": false, "
		"\"level\": \"warning\", \"detail\": \"3\"}, "
		"{\"subject\": \"d\", \"ok\": null, "
		"\"level\": \"unknown\", \"detail\": \"4\"}, "
		"{\"subject\": \"e\", \"ok\": false, "
		"\"level\": \"bad\", \"detail\": \"\\\\xff\"}]}]}";
	json_t *json;
	char *text;

	checkup_begin(&checkup, CHECKUP_HOST);
	add(CHECKUP_GOOD, "a", "1");
	checkup_begin(&checkup, "mail");
	add(CHECKUP_NOTE, "b", "2");
	add(CHECKUP_WARNING, "c", "3");
	add(CHECKUP_UNKNOWN, "d", "4");
	add(CHECKUP_BAD, "e", "\xff");
	json = checkup_json(&checkup, "the line", INT64_C(1800000000000));
	text = json_dumps(json, JSON_PRESERVE_ORDER);
	assert_string_equal(text, want);
	free(text);
	json_decref(json);
	checkup_clear(&checkup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_what_no_run_tells),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_printed),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
