/* SPDX-License-Identifier: MIT */
#include "config/keyring.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <sys/stat.h>
#include <unistd.h>

#define SECRET "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define KEY(name) \
	"key \"" name "\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET \
	"\";\n};\n"

static struct world real, counting;
static unsigned reads;
static char *directory;
static struct keyring keyring;

static int counting_read(struct world *world, int dir, const char *name,
			 size_t size_max, char **data, size_t *size,
			 struct file_info *info)
{
	(void)world;
	reads++;
	return real.file_read(&real, dir, name, size_max, data, size, info);
}

static int setup(void **state)
{
	(void)state;
	world_posix_open(&real);
	counting = real;
	counting.file_read = counting_read;
	reads = 0;
	directory = test_directory_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keyring_clear(&keyring);
	assert_null(keyring.entries);
	assert_int_equal(keyring.count, 0);
	test_directory_remove(directory);
	world_posix_close(&real);
	return 0;
}

static char *write_key(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", directory, name);

	test_file_write(directory, name, text);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static void assert_loads(const char *path, const char *name)
{
	const struct keyring_entry *entry =
		keyring_find(&keyring, &counting, path);

	if (entry->detail)
		fail_msg("%s", entry->detail);
	assert_non_null(entry->key);
	assert_string_equal(tsig_key_name(entry->key), name);
}

static void assert_fails(const char *path, const char *reason)
{
	const struct keyring_entry *entry =
		keyring_find(&keyring, &counting, path);

	assert_null(entry->key);
	assert_non_null(entry->detail);
	if (!strstr(entry->detail, reason))
		fail_msg("\"%s\" lacks \"%s\"", entry->detail, reason);
	assert_null(strstr(entry->detail, "MDEy"));
	assert_null(strchr(entry->detail, '\n'));
}

TEST(loads_once)
{
	char *path = write_key("a.key", KEY("alnitak.example"), 0600);

	for (int i = 0; i < 3; i++)
		assert_loads(path, "alnitak.example.");
	assert_int_equal(reads, 1);
	assert_int_equal(keyring.count, 1);
	free(path);
}

/* Keys are kept by callers while other files are loaded. */
TEST(keys_stay)
{
	char *path = write_key("a.key", KEY("first"), 0400);
	const struct tsig_key *first =
		keyring_find(&keyring, &counting, path)->key;

	for (int i = 0; i < 20; i++) {
		char *other = xasprintf("%s/absent-%d", directory, i);

		assert_fails(other, "no such key file");
		free(other);
	}
	assert_string_equal(tsig_key_name(first), "first.");
	assert_ptr_equal(keyring_find(&keyring, &counting, path)->key, first);
	free(path);
}

TEST(selects_by_name)
{
	char *path = write_key("a.key", KEY("one") KEY("two"), 0600);
	char *one = xasprintf("%s#one", path);
	char *two = xasprintf("%s#two.", path);
	char *three = xasprintf("%s#three", path);

	assert_fails(path, path);
	assert_loads(one, "one.");
	assert_loads(two, "two.");
	assert_fails(three, "#three");
	free(one);
	free(two);
	free(three);
	free(path);
}

/* A mark before a slash, or at an end, is a part of the path. */
TEST(mark_in_path)
{
	char *inside = write_key("odd#place/a.key", KEY("one"), 0600);
	char *last = write_key("last#", KEY("two"), 0600);

	assert_loads(inside, "one.");
	assert_loads(last, "two.");
	free(inside);
	free(last);
}

/* What is there under the whole path is meant, and not a key of another. */
TEST(mark_in_a_name)
{
	char *whole = write_key("a.key#one", KEY("two") KEY("three"), 0600);
	char *other = write_key("a.key", KEY("one"), 0600);
	char *two = xasprintf("%s#two", whole);
	char *none = xasprintf("%s#four", other);

	assert_fails(whole, "FILE#NAME");
	assert_loads(two, "two.");
	assert_fails(none, "a.key#four: the file has no key");
	free(whole);
	free(other);
	free(two);
	free(none);
}

TEST(modes)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0602, 0610, 0601,
				      0644, 0777 };
	static const mode_t good[] = { 0600, 0400, 0700 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *name = xasprintf("bad-%zu", i);
		char *path = write_key(name, KEY("one"), bad[i]);
		char *cure = xasprintf("chmod 600 %s", path);

		assert_fails(path, cure);
		free(cure);
		free(path);
		free(name);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *name = xasprintf("good-%zu", i);
		char *path = write_key(name, KEY("one"), good[i]);

		assert_loads(path, "one.");
		free(path);
		free(name);
	}
}

/* bind's, say: Debian's daemon is in every group file, and no login. */
#define DAEMON 1
#define STRANGER 4242

TEST(group_of_a_service)
{
	char *path = write_key("a.key", KEY("one"), 0640);

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 0, DAEMON), 0);
	assert_loads(path, "one.");
	keyring_clear(&keyring);
	assert_int_equal(chmod(path, 0660), 0);
	assert_fails(path, "chmod 600");
	keyring_clear(&keyring);
	assert_int_equal(chmod(path, 0644), 0);
	assert_fails(path, "chmod 600");
	free(path);
}

/* Whoever could put another key there would be believed. */
TEST(others_can_change)
{
	char *path = write_key("sub/a.key", KEY("one"), 0600);
	char *sub = xasprintf("%s/sub", directory);

	assert_int_equal(chmod(sub, 0777), 0);
	assert_fails(path, sub);
	keyring_clear(&keyring);
	assert_int_equal(chmod(sub, 0755), 0);
	assert_loads(path, "one.");
	keyring_clear(&keyring);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, STRANGER, 0), 0);
		assert_fails(path, "chown root");
	}
	free(sub);
	free(path);
}

TEST(unfit_files)
{
	char *large = xmalloc(KEY_FILE_SIZE_MAX + 2);
	char *path;

	memset(large, '#', KEY_FILE_SIZE_MAX + 1);
	large[KEY_FILE_SIZE_MAX + 1] = '\0';
	path = write_key("large", large, 0600);
	assert_fails(path, "larger than");
	free(path);
	free(large);
	assert_fails(directory, "not a regular file");
	path = write_key("empty", "", 0600);
	assert_fails(path, path);
	free(path);
	path = write_key("broken", "\n\nkey \"x\" {\n\tsecret \"" SECRET
			 "\";\n\tnonsense;\n};\n", 0600);
	assert_fails(path, "line ");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_loads_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_keys_stay, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_selects_by_name, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_mark_in_path, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_mark_in_a_name, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_of_a_service, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_others_can_change, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_unfit_files, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
