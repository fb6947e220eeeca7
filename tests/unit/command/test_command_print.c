/* SPDX-License-Identifier: MIT */
#include "command/command_print.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"
#include "world/posix/posix.h"

#include <stdio.h>

#include <jansson.h>
#include <unistd.h>

static struct test_pki *pki;
static struct test_version *a, *b;
static struct world world;
static char *directory;

static int setup(void **state)
{
	char *root;

	(void)state;
	pki = test_pki_open();
	a = test_version_make(pki, "a.test", TEST_LEAF_EC);
	b = test_version_make(pki, "b.test", TEST_LEAF_ED25519);
	world_posix_open(&world);
	directory = test_directory_make();
	test_archive_write(directory, "a.test", 1, b);
	test_archive_write(directory, "a.test", 2, a);
	test_live_write(directory, "a.test", 2);
	test_archive_write(directory, "b", 1, b);
	test_live_write(directory, "b", 1);
	root = test_pem_of(pki->root);
	test_file_write(directory, "root.pem", root);
	test_file_write(directory, "a.pem", a->fullchain);
	test_file_write(directory, "bad.pem", "nothing");
	free(root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_directory_remove(directory);
	world_posix_close(&world);
	test_version_free(a);
	test_version_free(b);
	test_pki_close(pki);
	return 0;
}

/* "3 1 1 HEX" for the leaf or issuer of VERSION. */
static char *data_of(const struct test_version *version,
		     struct tlsa_params params)
{
	struct chain *chain;
	struct tlsa record;
	char *text;

	assert_int_equal(chain_parse(version->fullchain,
				     strlen(version->fullchain), &chain),
			 CHAIN_OK);
	assert_true(tlsa_from_chain(chain, params, &record));
	text = tlsa_format(&record);
	tlsa_clear(&record);
	chain_free(chain);
	return text;
}

/* Two targets, or with MISSING a third that has no lineage. */
static struct config *config_of(bool missing)
{
	char *text = xasprintf(
		"letsencrypt_directory = \"%s\"\n"
		"target a.test { tlsa = { \"311 25\", \"211 443 w.test\" } }\n"
		"%s"
		"target b { tlsa = { \"301 853 udp b.test\" } }\n", directory,
		missing ? "target c.test { tlsa = \"311 1\" }\n" : "");
	struct config *config = config_parse("test.conf", text);

	assert_non_null(config);
	free(text);
	return config;
}

/* Runs the command with up to two arguments; returns what it wrote. */
static char *printed(const char *first, const char *second, bool json,
		     enum exit_status want)
{
	struct config *config = config_of(false);
	char *arguments[] = { lent(first), lent(second) };
	struct options options = {
		.command = command_find("print"),
		.arguments = arguments,
		.argument_count = (size_t)(first != NULL) + (second != NULL),
		.json = json,
	};
	char *written = NULL;
	FILE *kept = stdout;
	enum exit_status status;
	size_t size;

	stdout = open_memstream(&written, &size);
	status = command_print(&world, config, &options);
	fclose(stdout);
	stdout = kept;
	config_free(config);
	assert_int_equal(status, want);
	return written;
}

static void expect(char *have, char *want)
{
	assert_string_equal(have, want);
	free(have);
	free(want);
}

TEST(all)
{
	char *first = data_of(a, (struct tlsa_params){ 3, 1, 1 });
	char *second = data_of(a, (struct tlsa_params){ 2, 1, 1 });
	char *third = data_of(b, (struct tlsa_params){ 3, 0, 1 });

	expect(printed(NULL, NULL, false, EXIT_DONE),
	       xasprintf("_25._tcp.a.test. IN TLSA %s\n"
			 "_443._tcp.w.test. IN TLSA %s\n"
			 "_853._udp.b.test. IN TLSA %s\n", first, second,
			 third));
	free(first);
	free(second);
	free(third);
}

TEST(name_and_file)
{
	char *path = xasprintf("312:%s/a.pem", directory);
	char *first = data_of(b, (struct tlsa_params){ 3, 1, 1 });
	char *second = data_of(a, (struct tlsa_params){ 3, 1, 2 });

	expect(printed("311:b", path, false, EXIT_DONE),
	       xasprintf("%s\n%s\n", first, second));
	free(first);
	free(second);
	free(path);
}

TEST(file_in_working_directory)
{
	char *where = getcwd(NULL, 0);
	char *data = data_of(a, (struct tlsa_params){ 3, 1, 1 });

	assert_int_equal(chdir(directory), 0);
	expect(printed("311:a.pem", NULL, false, EXIT_DONE),
	       xasprintf("%s\n", data));
	assert_int_equal(chdir(where), 0);
	free(data);
	free(where);
}

TEST(archive)
{
	char *have = printed("311:archive/a.test", NULL, false, EXIT_DONE);
	char *first = data_of(b, (struct tlsa_params){ 3, 1, 1 });
	char *second = data_of(a, (struct tlsa_params){ 3, 1, 1 });

	assert_ptr_equal(strstr(have, first), have);
	assert_ptr_equal(strstr(have, second), strchr(have, '\n') + 1);
	assert_non_null(strstr(have, " ; archive/a.test, leaf "));
	assert_non_null(strstr(have, ".., until 2"));
	free(have);
	free(first);
	free(second);
}

/* A key first, as in what is made for Postfix; and nothing but a key. */
TEST(bundles)
{
	char *combined = xasprintf("%s%s", b->privkey, b->fullchain);
	char *leaf = xasprintf("311:%s/combined.pem", directory);
	char *issuer = xasprintf("211:%s/combined.pem", directory);
	char *key = xasprintf("311:%s/key.pem", directory);
	char *data = data_of(b, (struct tlsa_params){ 3, 1, 1 });
	char *above = data_of(b, (struct tlsa_params){ 2, 1, 1 });

	test_file_write(directory, "combined.pem", combined);
	test_file_write(directory, "key.pem", b->privkey);
	expect(printed(leaf, issuer, false, EXIT_DONE),
	       xasprintf("%s\n%s\n", data, above));
	expect(printed(key, NULL, false, EXIT_FAILED), xstrdup(""));
	free(above);
	free(data);
	free(key);
	free(issuer);
	free(leaf);
	free(combined);
}

/* What is wrong is said; the rest is there. */
TEST(failures)
{
	static const char *const bad[] = {
		"311", "311:", "31:b", "3111:b", "x11:b", "411:b", "321:b",
		"b", "", "311:none", "311:archive/none", "311:archive/../b",
		"311:/nowhere/x.pem", "311:..", "311:/tmp",
	};
	char *data = data_of(b, (struct tlsa_params){ 3, 1, 1 }), *path;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(printed(bad[i], "311:b", false, EXIT_FAILED),
		       xasprintf("%s\n", data));
	path = xasprintf("311:%s/bad.pem", directory);
	expect(printed(path, NULL, false, EXIT_FAILED), xstrdup(""));
	free(path);
	/* The chain has no issuer. */
	path = xasprintf("211:%s/root.pem", directory);
	expect(printed(path, NULL, false, EXIT_FAILED), xstrdup(""));
	free(path);
	free(data);
}

TEST(json)
{
	char *text = printed(NULL, NULL, true, EXIT_DONE);
	char *data = data_of(a, (struct tlsa_params){ 3, 1, 1 });
	json_t *array = json_loads(text, 0, NULL), *object;

	assert_true(json_is_array(array));
	assert_int_equal(json_array_size(array), 3);
	object = json_array_get(array, 0);
	assert_string_equal(json_string_value(json_object_get(object,
							      "owner")),
			    "_25._tcp.a.test.");
	assert_string_equal(json_string_value(json_object_get(object,
							      "source")),
			    "a.test");
	assert_string_equal(json_string_value(json_object_get(object, "data")),
			    data + 6);
	assert_int_equal(json_integer_value(json_object_get(object, "usage")),
			 3);
	assert_int_equal(strlen(json_string_value(
			json_object_get(object, "leaf"))), 64);
	json_decref(array);
	free(data);
	free(text);
}

/* Nothing that was asked for is passed over in silence. */
TEST(json_of_what_was_not_understood)
{
	char *text = printed("31:a.test", NULL, true, EXIT_FAILED);
	json_t *array = json_loads(text, 0, NULL);
	const json_t *object = json_array_get(array, 0);

	assert_int_equal(json_array_size(array), 1);
	assert_true(json_is_null(json_object_get(object, "usage")));
	assert_string_equal(json_string_value(json_object_get(object,
							      "source")),
			    "31:a.test");
	assert_non_null(json_string_value(json_object_get(object, "fault")));
	json_decref(array);
	free(text);
}

TEST(json_without_owner)
{
	char *path = xasprintf("311:%s/\xff.pem", directory), *text;
	char *name = xasprintf("%s", "\xff.pem");
	char *expected = xasprintf("%s/\\xff.pem", directory);
	json_t *array, *object;

	test_file_write(directory, name, a->fullchain);
	text = printed(path, "311:none", true, EXIT_FAILED);
	array = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(array), 2);
	object = json_array_get(array, 0);
	assert_true(json_is_null(json_object_get(object, "fault")));
	assert_true(json_is_null(json_object_get(object, "owner")));
	assert_string_equal(json_string_value(json_object_get(object,
							      "source")),
			    expected);
	object = json_array_get(array, 1);
	assert_true(json_is_null(json_object_get(object, "data")));
	assert_int_equal(json_integer_value(json_object_get(object, "usage")),
			 3);
	assert_string_equal(json_string_value(json_object_get(object,
							      "source")),
			    "none");
	assert_non_null(strstr(json_string_value(json_object_get(object,
			       "fault")), "none: the live version is "));
	json_decref(array);
	free(text);
	free(expected);
	free(name);
	free(path);
}

TEST(other_targets_go_on)
{
	struct config *config = config_of(true);
	struct options options = { .command = command_find("print") };
	char *written = NULL;
	FILE *kept = stdout;
	size_t size;

	stdout = open_memstream(&written, &size);
	assert_int_equal(command_print(&world, config, &options),
			 EXIT_FAILED);
	fclose(stdout);
	stdout = kept;
	assert_non_null(strstr(written, "_25._tcp.a.test."));
	assert_non_null(strstr(written, "_853._udp.b.test."));
	assert_null(strstr(written, "c.test"));
	free(written);
	config_free(config);
}

TEST(directory)
{
	struct config *config = config_of(false);
	struct options options = {
		.command = command_find("print"),
		.letsencrypt_directory = "/nowhere",
	};

	assert_int_equal(command_print(&world, config, &options),
			 EXIT_FAILED);
	config_free(config);
}

static int quiet_setup(void **state)
{
	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	return setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_name_and_file),
		cmocka_unit_test(test_file_in_working_directory),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_what_was_not_understood),
		cmocka_unit_test(test_json_without_owner),
		cmocka_unit_test(test_other_targets_go_on),
		cmocka_unit_test(test_directory),
	};

	return cmocka_run_group_tests(tests, quiet_setup, teardown);
}
