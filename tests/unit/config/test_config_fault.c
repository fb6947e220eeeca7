/* SPDX-License-Identifier: MIT */
#include "config/config_fault.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <stdio.h>

/* Three lines, two of a.conf, one of b.conf that ends with its last. */
static void three_files(struct config_faults *faults)
{
	*faults = (struct config_faults){ .path = "m.conf" };
	assert_int_equal(config_faults_begin(faults, NULL, "1\n2\n3"), 0);
	assert_int_equal(config_faults_begin(faults, "a.conf", "1\n2"), 3);
	assert_int_equal(config_faults_begin(faults, "b.conf", ""), 5);
}

static void line_is(const struct config_faults *faults, unsigned line,
		    const char *want)
{
	char *text = config_line_text(faults, line);

	assert_string_equal(text, want);
	free(text);
}

static void beside_is(const struct config_faults *faults, unsigned line,
		      unsigned at, const char *want)
{
	char *text = config_line_beside(faults, line, at);

	assert_string_equal(text, want);
	free(text);
}

TEST(lines)
{
	struct config_faults faults;

	three_files(&faults);
	line_is(&faults, 1, "m.conf:1");
	line_is(&faults, 3, "m.conf:3");
	line_is(&faults, 4, "a.conf:1");
	line_is(&faults, 5, "a.conf:2");
	line_is(&faults, 6, "b.conf:1");
	beside_is(&faults, 2, 3, "line 2");
	beside_is(&faults, 5, 4, "line 2");
	beside_is(&faults, 5, 2, "line 2 of a.conf");
	beside_is(&faults, 2, 6, "line 2 of m.conf");
	config_faults_clear(&faults);
}

TEST(messages)
{
	char *directory = test_directory_make(), line[200] = "";
	char *path = xasprintf("%s/log", directory);
	struct config_faults faults;
	FILE *file;

	three_files(&faults);
	assert_int_equal(log_open(LOG_SINK_FILE, path, LOG_LEVEL_NORMAL,
				  true), 0);
	config_fault(&faults, 5, "%s is wrong", "it");
	log_close();
	assert_int_equal(faults.count, 1);
	config_faults_clear(&faults);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_non_null(strstr(line, "a.conf:2: it is wrong\n"));
	fclose(file);
	free(path);
	test_directory_remove(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
