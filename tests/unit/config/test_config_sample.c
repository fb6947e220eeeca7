/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/xalloc.h"
#include "config/config.h"
#include "unit.h"
#include "world/posix/posix.h"

/* ---- The sample, alnitak.conf ------------------------------------------ */

static char *file_text(const char *path)
{
	struct world world;
	size_t size;
	char *text;

	world_posix_open(&world);
	assert_int_equal(world.file_read(&world, WORLD_CWD, path,
					 CONFIG_SIZE_MAX, &text, &size, NULL),
			 0);
	world_posix_close(&world);
	return text;
}

TEST(sample)
{
	char *text = file_text(TOP_BUILDDIR "/here/alnitak.conf");
	struct config *config = config_parse("test.conf", text);
	struct config *defaults = config_parse("test.conf", "");

	assert_true(config && defaults);
	assert_int_equal(config->target_count, 0);
	assert_string_equal(config->letsencrypt_directory,
			    defaults->letsencrypt_directory);
	assert_string_equal(config->dane_directory, defaults->dane_directory);
	assert_string_equal(config->state_directory,
			    defaults->state_directory);
	assert_int_equal(config->follow_live, defaults->follow_live);
	assert_int_equal(config->record_ttl_seconds,
			 defaults->record_ttl_seconds);
	assert_int_equal(config->ttl_factor, defaults->ttl_factor);
	assert_int_equal(config->margin_seconds, defaults->margin_seconds);
	assert_int_equal(config->dnssec_required, defaults->dnssec_required);
	config_free(defaults);
	config_free(config);
	free(text);
}

/* Takes the "#" from lines that are examples: no blank follows it. */
static void uncomment(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line[0] == '#' && line[1] != ' ' && line[1] != '\n')
			line[0] = ' ';
		if (!*line)
			break;
	}
}

static char *no_names(void *self, const char *path, struct texts *names)
{
	(void)self;
	(void)path;
	(void)names;
	return NULL;
}

TEST(sample_with_examples)
{
	const struct config_reader reader = { .list = no_names };
	char *text = file_text(TOP_BUILDDIR "/here/alnitak.conf");
	const struct config_target *target;
	struct config *config;

	uncomment(text);
	config = config_parse_with("test.conf", text, &reader);
	assert_non_null(config);
	assert_int_equal(config->unmatched.count, 1);
	assert_int_equal(config->zone_count, 1);
	assert_int_equal(config->target_count, 2);
	assert_non_null(config->key);
	assert_int_equal(config->zones[0].primary_count, 2);
	target = config_find_target(config, "mail.example.com");
	assert_int_equal(target->spec_count, 3);
	assert_string_equal(target->specs[2].owner,
			    "_443._tcp.www.example.com.");
	assert_int_equal(target->probe_count, 2);
	assert_int_equal(config->targets[1].api, API_EXEC);
	config_free(config);
	free(text);
}

/* The sample shows every key that there is. */
TEST(sample_is_complete)
{
	static const char *const keys[] = {
		"letsencrypt_directory", "dane_directory", "state_directory",
		"resolver", "outside", "source_address", "follow_live",
		"record_ttl", "ttl_factor", "margin", "dnssec", "key", "notify",
		"notify_user", "primary", "also_ask", "ignore",
		"check_serial", "tlsa", "reload", "probe", "linger", "wildcard",
		"files", "api", "recheck", "strangers", "metrics_file",
	};
	char *text = file_text(TOP_BUILDDIR "/here/alnitak.conf");

	for (size_t i = 0; i < COUNT(keys); i++) {
		char *assignment = xasprintf("%s =", keys[i]);

		if (!strstr(text, assignment))
			fail_msg("%s is not in the sample", keys[i]);
		free(assignment);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_sample_with_examples),
		cmocka_unit_test(test_sample_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
