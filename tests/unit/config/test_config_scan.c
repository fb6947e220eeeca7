/* SPDX-License-Identifier: MIT */
#include "config/config_scan.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "config/config.h"
#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>

/* A grammar: "one" and "list" everywhere, "only" in targets. */
static enum config_key_kind find(enum config_scope scope, const char *name)
{
	if (streq(name, "list"))
		return CONFIG_KEY_LIST;
	if (streq(name, "one") || (streq(name, "only") &&
				   scope == SCOPE_TARGET))
		return CONFIG_KEY_SINGLE;
	return CONFIG_KEY_UNKNOWN;
}

static struct config_scan *scanned(const char *text, unsigned faults_want)
{
	struct config_faults faults = { .path = "test.conf" };
	struct config_scan *scan = config_scan(text, find, NULL, &faults);

	if (faults.count != faults_want)
		fail_msg("%u faults and not %u in: %s", faults.count,
			 faults_want, text);
	return scan;
}

static int setup(void **state)
{
	(void)state;
	return log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
}

TEST(lines)
{
	static const unsigned lines[] = { 3, 4, 6 };
	struct config_scan *scan = scanned(
		"# comment\n"
		"one = 1 /* two\n"
		"lines */ list = { a,\n"
		"\t\"b\n"
		"c\", // more\n"
		"\td }\n"
		"\n"
		"target 'x' {\n"
		"\tonly = \"y\"\n"
		"}\n"
		"zone \"z\"\n"
		"{\n"
		"}\n", 0);

	assert_int_equal(scan->section_count, 3);
	assert_int_equal(config_scan_line(&scan->sections[0], "one"), 2);
	assert_int_equal(config_scan_line(&scan->sections[0], "list"), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			config_scan_value_line(&scan->sections[0], "list", i),
			lines[i]);
	assert_int_equal(config_scan_value_line(&scan->sections[0], "list", 3),
			 3);
	assert_int_equal(scan->sections[1].scope, SCOPE_TARGET);
	assert_string_equal(scan->sections[1].title, "x");
	assert_int_equal(scan->sections[1].line, 8);
	assert_int_equal(config_scan_line(&scan->sections[1], "only"), 9);
	assert_true(config_scan_has(&scan->sections[1], "only"));
	assert_false(config_scan_has(&scan->sections[1], "one"));
	assert_int_equal(config_scan_line(&scan->sections[1], "one"), 8);
	assert_int_equal(scan->sections[2].scope, SCOPE_ZONE);
	assert_int_equal(scan->sections[2].line, 11);
	config_scan_free(scan);
}

/* What is taken out leaves blanks; lines stay where they are. */
TEST(text)
{
	static const struct {
		const char *text, *want;
		unsigned faults;
	} cases[] = {
		{ "", "", 0 },
		{ "one=1 # x\n", "one=1    \n", 0 },
		{ "bad = 1\none=2", "       \none=2", 1 },
		{ "bad = {1,\n2} one=2", "         \n   one=2", 1 },
		{ "bad \"t\" { a { b = '}' } }one=2",
		  "                         one=2", 1 },
		{ "target 'x' { bad=1 only=2 }",
		  "target     {       only=2 }", 1 },
		{ "target 'x' { zone 'y' { } }",
		  "target     {              }", 1 },
		{ "one=1 one=2", "one=1      ", 1 },
		{ "one={1} list=2", "        list=2", 1 },
		{ "one=\"${HOME}\"", "one=\"_{HOME}\"", 1 },
		{ "one='${HOME}'", "one='${HOME}'", 0 },
		{ "one=\"\\${HOME}\"", "one=\"\\${HOME}\"", 0 },
		{ "one=1 = two=3", "one=1 ", 1 },
		{ "target 'x' { only=1 = }", "target     { only=1 }", 1 },
		{ "target 'x' { only=1", "target     { only=1}", 1 },
		{ "target { }", "target { }", 0 },
		{ "one=1\r\n", "one=1 \n", 0 },
		{ "one=1 /* x", "one=1     ", 1 },
		{ "zone = 1 one=2", "         one=2", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config_scan *scan = scanned(cases[i].text,
						   cases[i].faults);

		assert_string_equal(scan->text, cases[i].want);
		config_scan_free(scan);
	}
}

TEST(syntax_faults)
{
	static const char *const cases[] = {
		"one", "one =", "one = }", "= 1", "one + 1", "one += 1",
		"list = {", "list = { a b }", "list = { a,, b }",
		"list = { , }", "list = { a = }", "one = \"never closed",
		"one = 'never closed", "one = \"", "target 'x' 'y' { }",
		"target 'x' = 1", "target 'x' { only }", "target 'x' {",
		"}", "{", "'one' = 1", "one = 1;",
		"one = (1)", "include(\"x\")", "one = \x01", "target", "one 1",
		"one = /etc/x",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		config_scan_free(scanned(cases[i], 1));
	config_scan_free(scanned("bad {", 2));
	config_scan_free(scanned("bad { \"", 2));
}

/* Only the section that was broken off lacks what follows. */
TEST(cut)
{
	struct config_scan *scan = scanned(
		"target 'x' { only=1 }\ntarget 'y' { only=2 ! }", 1);

	assert_int_equal(scan->section_count, 3);
	assert_false(scan->sections[1].cut);
	assert_true(scan->sections[2].cut);
	assert_true(config_scan_has(&scan->sections[2], "only"));
	config_scan_free(scan);
}

TEST(equal_titles_stay_apart)
{
	struct config_scan *scan = scanned("zone a { } zone a { } zone \"\" {}",
					   0);

	assert_int_equal(scan->section_count, 4);
	assert_string_equal(scan->sections[1].title, "a");
	assert_string_equal(scan->sections[2].title, "a");
	assert_string_equal(scan->sections[3].title, "");
	config_scan_free(scan);
}

/* Nothing nests so deep that it would matter. */
TEST(depth)
{
	size_t depth = 200000;
	char *text = xcalloc(2 * depth + 8, 1);

	memcpy(text, "bad ", 4);
	memset(text + 4, '{', depth);
	memset(text + 4 + depth, '}', depth);
	config_scan_free(scanned(text, 1));
	free(text);
}

TEST(message)
{
	struct config_faults faults = { .path = "a.conf" };
	char *directory = test_directory_make(), line[200] = "";
	char *path = xasprintf("%s/log", directory);
	FILE *file;

	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  true), 0);
	config_scan_free(config_scan("one = 1\n\nbad = 2\n", find, NULL,
				     &faults));
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_non_null(strstr(line, "a.conf:3: there is no key \"bad\""));
	fclose(file);
	free(path);
	test_directory_remove(directory);
}

/* ---- What is included -------------------------------------------------- */

/* A file named by a number is that many characters of TEXTS[number]. */
static const char *const *included;

static char *read_included(void *self, const char *path, size_t size,
			   char **text, uint64_t *inode)
{
	unsigned number = (unsigned)(path[0] - '0');

	(void)self;
	if (strlen(included[number]) > size)
		return xstrdup("too large");
	*text = xstrdup(included[number]);
	*inode = number;
	return NULL;
}

static char *list_included(void *self, const char *path, struct texts *names)
{
	(void)self;
	assert_string_equal(path, ".");
	for (size_t i = 1; included[i]; i++) {
		char name[] = { (char)('0' + i), '\0' };

		texts_add(names, name);
	}
	return NULL;
}

/* TEXTS[0] is the first file; what libconfuse gets, allocated. */
static char *put_together(const char *const *texts, unsigned faults_want,
			  size_t sections_want)
{
	const struct config_reader reader = { .read = read_included,
					      .list = list_included };
	struct config_faults faults = { .path = "test.conf" };
	struct config_scan *scan;
	char *text;

	included = texts;
	scan = config_scan(texts[0], find, &reader, &faults);
	if (faults.count != faults_want)
		fail_msg("%u faults and not %u in: %s", faults.count,
			 faults_want, texts[0]);
	assert_int_equal(scan->section_count, sections_want);
	text = xstrdup(scan->text);
	config_scan_free(scan);
	config_faults_clear(&faults);
	return text;
}

static void together(const char *first, const char *second, const char *third,
		     unsigned faults, size_t sections, const char *want)
{
	const char *texts[] = { first, second, third, NULL };
	char *text = put_together(texts, faults, sections);

	assert_string_equal(text, want);
	free(text);
}

/* What is open at the end of a file is its own fault, and ends with it. */
TEST(includes)
{
	together("include '1' one=1", "list=2", NULL, 0, 1,
		 "           list=2\n one=1");
	together("include \"1\"one=1", "list=2#x", NULL, 0, 1,
		 "           list=2  \none=1");
	together("one=1\ninclude '*'", "target 'x' {}\n", "list = 1", 0, 2,
		 "one=1\n           target     {}\n\nlist = 1\n");
	together("include '1' zone x {}", "target x { only=1", NULL, 1, 3,
		 "           target   { only=1}\n zone   {}");
	together("include '1' zone x {}", "one='", NULL, 1, 2,
		 "           \n zone   {}");
	together("include '1' zone x {}", "one=1 /*", NULL, 1, 2,
		 "           one=1   \n zone   {}");
	together("include '1' zone x {}", "}", NULL, 1, 2,
		 "           \n zone   {}");
	together("include '1' one=1", "one=2", NULL, 1, 1,
		 "           one=2\n      ");
	together("target x { include '1' only=1 }", "only=2", NULL, 1, 2,
		 "target   {             only=1 }");
	together("include = '1'", "one=1", NULL, 1, 1, "             ");
	together("include { '1' }", "one=1", NULL, 1, 1, "               ");
	together("include '0'", NULL, NULL, 1, 1, "           \n");
	together("# include '1'\none=\"include '1'\"", "list=2", NULL, 0, 1,
		 "             \none=\"include '1'\"");
}

/* A syntax error in one file is no reason to call a section of another
 * incomplete. */
TEST(cut_includes)
{
	static const char *const texts[] = {
		"include '1' target y { only=1 ! }", "target x { only=2 !",
		NULL };
	const struct config_reader reader = { .read = read_included };
	struct config_faults faults = { .path = "test.conf" };
	struct config_scan *scan;

	included = texts;
	scan = config_scan(texts[0], find, &reader, &faults);
	assert_int_equal(faults.count, 2);
	assert_int_equal(scan->section_count, 3);
	assert_true(scan->sections[1].cut && scan->sections[2].cut);
	config_scan_free(scan);
	config_faults_clear(&faults);
}

/* Eight deep, and no further. */
TEST(depth_of_includes)
{
	static const char *const texts[] = {
		"include '1'", "include \"2\" ", "include '3'  ",
		"include '4'   ", "include '5'    ", "include '6'     ",
		"include '7'      ", "include '8'       ", "one=1", NULL,
	};
	static const char *const deeper[] = {
		"include '1'", "include \"2\" ", "include '3'  ",
		"include '4'   ", "include '5'    ", "include '6'     ",
		"include '7'      ", "include '8'       ",
		"include '9' one=1", "list=1", NULL,
	};
	char *text = put_together(texts, 0, 1);

	assert_non_null(strstr(text, "one=1"));
	free(text);
	text = put_together(deeper, 1, 1);
	assert_non_null(strstr(text, "one=1"));
	assert_null(strstr(text, "list"));
	free(text);
}

/* Neither without end, nor more than a configuration may have. */
TEST(number_and_size_of_includes)
{
	enum { COUNT_MAX = CONFIG_FILES_MAX + 3 };
	char *many = xcalloc(COUNT_MAX * 12 + 1, 1);
	char *half = xcalloc(600001, 1);
	const char *texts[] = { many, "#", NULL };

	for (size_t i = 0; i < COUNT_MAX; i++)
		memcpy(many + i * 12, "include '1'\n", 12);
	free(put_together(texts, 3, 1));
	memset(half, ' ', 600000);
	texts[0] = "include '1' include '1'";
	texts[1] = half;
	free(put_together(texts, 1, 1));
	free(half);
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_syntax_faults),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_equal_titles_stay_apart),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_cut_includes),
		cmocka_unit_test(test_depth_of_includes),
		cmocka_unit_test(test_number_and_size_of_includes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
