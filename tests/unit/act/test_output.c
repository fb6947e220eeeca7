/* SPDX-License-Identifier: MIT */
#include "act/output.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

TEST(last_line)
{
	static const struct {
		const char *output, *want;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "\n\n", "" },
		{ " \t\r\n", "" },
		{ "one", ": one" },
		{ "one\n", ": one" },
		{ "one\ntwo\n\n  \n", ": two" },
		{ "one\n  two", ": two" },
		{ "one\r\ntwo\r\n", ": two" },
		{ "10%\r50%\r100% ", ": 100%" },
		{ "\n \v\f\ta  b\f", ": a  b" },
		{ "\033[31mred\007", ": \\x1b[31mred\\x07" },
		{ "caf\303\251 \377", ": caf\\xc3\\xa9 \\xff" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = output_last_line(cases[i].output);

		assert_string_equal(line, cases[i].want);
		free(line);
	}
}

TEST(long_line)
{
	char *text = xcalloc(100001, 1), *line;

	memset(text, 'x', 100000);
	line = output_last_line(text);
	assert_int_equal(strlen(line), 2 + OUTPUT_LINE_MAX);
	free(line);
	free(text);
}

/* What a log at LEVEL has of OUTPUT. */
static char *logged(enum log_level level, const char *output)
{
	char *directory = test_directory_make();
	char *path = xasprintf("%s/log", directory), *data;
	struct world world;
	size_t size;

	world_posix_open(&world);
	assert_int_equal(log_open(LOG_SINK_FILE, path, level, true), 0);
	output_log("target", output);
	log_close();
	assert_int_equal(world.file_read(&world, WORLD_CWD, path, 10000,
					 &data, &size, NULL), 0);
	world_posix_close(&world);
	test_directory_remove(directory);
	free(path);
	return data;
}

TEST(log)
{
	char *text = logged(LOG_LEVEL_VERBOSE, "one\n\n\033[2Jtwo\nthree");

	assert_non_null(strstr(text, "target: one\n"));
	assert_non_null(strstr(text, "two\n"));
	assert_non_null(strstr(text, "target: three\n"));
	assert_null(strstr(text, "target: \n"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = logged(LOG_LEVEL_NORMAL, "one\n");
	assert_string_equal(text, "");
	free(text);
	text = logged(LOG_LEVEL_VERBOSE, NULL);
	assert_string_equal(text, "");
	free(text);
}

/* However much it says, the log gets some of it. */
TEST(log_is_bounded)
{
	size_t size = PROGRAM_OUTPUT_MAX, lines = 0;
	char *output = xcalloc(size + 1, 1), *text;

	for (size_t i = 0; i < size; i++)
		output[i] = i % 2 ? '\n' : 'x';
	text = logged(LOG_LEVEL_VERBOSE, output);
	for (const char *p = text; (p = strstr(p, "target: x\n")); p++)
		lines++;
	assert_int_equal(lines, OUTPUT_LINES_MAX);
	assert_non_null(strstr(text, "target: and 32668 lines more\n"));
	free(text);
	memset(output, 'x', size);
	text = logged(LOG_LEVEL_VERBOSE, output);
	assert_int_equal(strspn(strstr(text, "xx"), "x"), OUTPUT_LINE_MAX);
	free(text);
	free(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_line),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
