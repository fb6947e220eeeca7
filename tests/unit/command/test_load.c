/* SPDX-License-Identifier: MIT */
#include "command/load.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct world world;
static char *directory, *log_path;

static int begin(void **state)
{
	(void)state;
	world_posix_open(&world);
	directory = test_directory_make();
	log_path = xasprintf("%s/log", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(log_path);
	test_directory_remove(directory);
	world_posix_close(&world);
	return 0;
}

static void put(const char *name, const char *text)
{
	test_file_write(directory, name, text);
}

/* Of DIRECTORY/m.conf; with what the command line may say. */
static struct config *load(bool overridden)
{
	char *path = xasprintf("%s/m.conf", directory);
	const struct options options = {
		.config_path = path,
		.letsencrypt_directory = overridden ? "/l" : NULL,
		.dane_directory = overridden ? "/d" : NULL,
	};
	struct config *config = load_config(&world, &options);

	free(path);
	return config;
}

/* What is said of a configuration that is refused: WANT is in it. */
static void is_refused(const char *want)
{
	char *text;
	size_t size;

	unlink(log_path);
	assert_int_equal(log_open(LOG_SINK_FILE, log_path, LOG_LEVEL_NORMAL,
				  true), 0);
	assert_null(load(false));
	log_close();
	assert_int_equal(world.file_read(&world, WORLD_CWD, log_path, 100000,
					 &text, &size, NULL), 0);
	if (!strstr(text, want))
		fail_msg("\"%s\" is not in: %s", want, text);
	free(text);
}

TEST(one_file)
{
	struct config *config;

	is_refused("m.conf: No such file");
	put("m.conf", "dane_directory = '/x'\nmargin = 7\n");
	config = load(false);
	assert_non_null(config);
	assert_string_equal(config->dane_directory, "/x");
	assert_int_equal(config->margin_seconds, 7);
	config_free(config);
	config = load(true);
	assert_string_equal(config->dane_directory, "/d");
	assert_string_equal(config->letsencrypt_directory, "/l");
	config_free(config);
}

#define TARGET(name) "target \"" name "\" { tlsa = { \"311 25\" } }\n"

/* In the order of their names, in the place of the line; each by its path. */
TEST(several_files)
{
	static const char *const names[] = {
		"one.test.org", "a.test.org", "deep.test.org", "b.test.org",
		"two.test.org",
	};
	struct config *config;
	char *path = xasprintf("%s/conf.d/b.conf", directory);

	put("m.conf", TARGET("one.test.org") "include \"conf.d/*.conf\"\n"
	    TARGET("two.test.org") "include 'none/*'\ninclude \"conf.d/*.x\"");
	put("conf.d/b.conf", TARGET("b.test.org") "margin = 9");
	put("conf.d/a.conf", TARGET("a.test.org") "include \"d/deep\"");
	put("conf.d/d/deep", TARGET("deep.test.org") "record_ttl = 60\n");
	put("conf.d/.c.conf", "bad");
	config = load(false);
	assert_non_null(config);
	assert_int_equal(config->target_count, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(config->targets[i].name, names[i]);
	assert_int_equal(config->margin_seconds, 9);
	assert_int_equal(config->record_ttl_seconds, 60);
	assert_int_equal(config->included.count, 3);
	assert_string_equal(config->included.items[2], path);
	assert_int_equal(config->unmatched.count, 2);
	assert_non_null(strstr(config->unmatched.items[0],
			       "/m.conf:4: include \"none/*\" matches no "
			       "file"));
	config_free(config);
	free(path);
}

/* Each is named with the line that wants it. */
TEST(files_that_cannot_be_read)
{
	char *path = xasprintf("%s/big", directory);
	char *big = xcalloc(CONFIG_SIZE_MAX, 1);
	FILE *file;

	put("m.conf", "margin = 1\ninclude \"nothing\"");
	is_refused("m.conf:2: include: ");
	is_refused("/nothing: No such file or directory");
	put("m.conf", "include \"d\"");
	put("d/x", "");
	is_refused("/d: Is a directory");
	put("m.conf", "include \"m.conf/*\"");
	is_refused("m.conf/: Not a directory");
	put("m.conf", "include \"big\"");
	memset(big, '\n', CONFIG_SIZE_MAX - 1);
	put("big", big);
	is_refused("/big: with it the configuration has more than 1048576 ");
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite("a\0b", 1, 3, file), 3);
	fclose(file);
	is_refused("/big: it has a zero octet");
	free(big);
	free(path);
}

/* By whatever name. */
TEST(files_that_include_themselves)
{
	char *path = xasprintf("%s/link", directory);

	put("m.conf", "include \"m.conf\"");
	is_refused("m.conf:1: include: ");
	is_refused("m.conf: it would include itself");
	put("m.conf", "include \"d/x\"");
	put("d/x", "include \"../link\"");
	assert_int_equal(symlink("m.conf", path), 0);
	is_refused("/d/x:1: include: ");
	is_refused("/link: it would include itself");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(one_file, begin, end),
		CASE_WITH(several_files, begin, end),
		CASE_WITH(files_that_cannot_be_read, begin, end),
		CASE_WITH(files_that_include_themselves, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
