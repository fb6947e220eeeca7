/* SPDX-License-Identifier: MIT */
#include "config/config_set.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/pem_kind.h"
#include "base/xalloc.h"
#include "unit.h"

#include <stdlib.h>

static int setup(void **state)
{
	(void)state;
	return log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
}

/* How many faults there are when ROW's field, in OBJECT, is set to VALUES. */
static unsigned faults_of(struct config_row row, void *object,
			  const char **values, size_t count)
{
	struct config_scan_section section = { .line = 1, .scope = row.scope };
	struct config_faults faults = { .path = "test.conf" };
	const struct config_setting setting = {
		.row = &row, .values = values, .count = count,
		.section = &section, .faults = &faults, .object = object,
	};

	config_set(&setting);
	return faults.count;
}

static bool bool_of(const char *text, unsigned want_faults)
{
	struct config config = { 0 };
	const struct config_row row = {
		.scope = SCOPE_GLOBAL, .name = "follow_live",
		.set = config_set_bool,
		.offset = offsetof(struct config, follow_live),
	};

	assert_int_equal(faults_of(row, &config, &text, 1), want_faults);
	return config.follow_live;
}

TEST(bools)
{
	assert_true(bool_of("yes", 0));
	assert_true(bool_of("True", 0));
	assert_true(bool_of("ON", 0));
	assert_false(bool_of("no", 0));
	assert_false(bool_of("false", 0));
	assert_false(bool_of("Off", 0));
	assert_false(bool_of("", 1));
	assert_false(bool_of("yess", 1));
	assert_false(bool_of("1", 1));
}

static unsigned number_of(const char *text, unsigned want_faults)
{
	struct config config = { 0 };
	const struct config_row row = {
		.scope = SCOPE_GLOBAL, .name = "margin",
		.set = config_set_number, .minimum = 5, .maximum = 50,
		.offset = offsetof(struct config, margin_seconds),
	};

	assert_int_equal(faults_of(row, &config, &text, 1), want_faults);
	return config.margin_seconds;
}

TEST(numbers)
{
	assert_int_equal(number_of("5", 0), 5);
	assert_int_equal(number_of("050", 0), 50);
	number_of("4", 1);
	number_of("51", 1);
	number_of("", 1);
	number_of("-5", 1);
	number_of("5s", 1);
	number_of("4294967301", 1);
}

/* Octets that are no UTF-8 are told before the key's own grammar. */
TEST(texts)
{
	struct config_target target = { 0 };
	const struct config_row row = {
		.scope = SCOPE_TARGET, .name = "reload",
		.set = config_set_text,
		.offset = offsetof(struct config_target, reload),
	};
	const char *values[] = { "a\xff" }, *nothing = NULL;

	assert_int_equal(faults_of(row, &target, values, 1), 1);
	free(target.reload);
	values[0] = "true";
	assert_int_equal(faults_of(row, &target, values, 1), 0);
	assert_string_equal(target.reload, "true");
	free(target.reload);
	assert_int_equal(faults_of(row, &target, &nothing, 1), 0);
	assert_null(target.reload);
}

/* WORDS for a target; NULL: not given. */
static unsigned files_of(const char *const *words, enum config_scope scope,
			 unsigned want_faults)
{
	char *text = xasprintf("files = {");
	struct config *config;
	unsigned files = 0;
	char *longer;

	for (size_t i = 0; words && words[i]; i++) {
		longer = xasprintf("%s%s \"%s\"", text, i ? "," : "",
				   words[i]);
		free(text);
		text = longer;
	}
	longer = xasprintf("%s%s%s%s", scope == SCOPE_GLOBAL && words ?
			   text : "", scope == SCOPE_GLOBAL && words ?
			   " }\n" : "", "target \"mail.example.com\" {\n"
			   "tlsa = { \"311 25\" }\n",
			   scope == SCOPE_TARGET && words ? text : "");
	free(text);
	text = xasprintf("%s%s", longer, scope == SCOPE_TARGET && words ?
			 " } }" : "}");
	free(longer);
	config = config_parse("test.conf", text);
	assert_int_equal(config == NULL, want_faults);
	if (config)
		files = config->targets[0].files;
	config_free(config);
	free(text);
	return files;
}

static void expect_files(const char *const *words, unsigned want)
{
	assert_int_equal(files_of(words, SCOPE_GLOBAL, want == 0), want);
	assert_int_equal(files_of(words, SCOPE_TARGET, want == 0), want);
}

TEST(files)
{
	static const char *const all[] = { "privkey", "combined", "cert",
					   "chain", "fullchain", NULL };
	static const char *const one[] = { "combined", NULL };
	static const char *const two[] = { "privkey", "fullchain", NULL };
	static const char *const twice[] = { "cert", "chain", "cert", NULL };
	static const char *const unknown[] = { "cert", "key", NULL };
	static const char *const cases[] = { "Cert", NULL };
	static const char *const none[] = { NULL };

	expect_files(NULL, PEM_ALL_LINKS);
	expect_files(all, PEM_ALL_LINKS);
	expect_files(one, PEM_BIT(PEM_COMBINED));
	expect_files(two, PEM_BIT(PEM_PRIVKEY) | PEM_BIT(PEM_FULLCHAIN));
	expect_files(twice, 0);
	expect_files(unknown, 0);
	expect_files(cases, 0);
	expect_files(none, 0);
}

TEST(primaries)
{
	struct config_zone zone = { .name = NULL };
	const struct config_row row = {
		.scope = SCOPE_ZONE, .name = "primary", .is_list = true,
		.set = config_set_primaries,
	};
	const char *values[PRIMARIES_MAX + 2] = { "192.0.2.1", "a b" };

	assert_int_equal(faults_of(row, &zone, values, 2), 1);
	assert_int_equal(zone.primary_count, 1);
	for (size_t i = 1; i < COUNT(values); i++)
		values[i] = "ns.test";
	assert_int_equal(faults_of(row, &zone, values, COUNT(values)), 1);
	assert_int_equal(zone.primary_count, 1 + PRIMARIES_MAX);
	for (size_t i = 0; i < zone.primary_count; i++)
		free(zone.primaries[i]);
	free(zone.primaries);
}

TEST(signing)
{
	static const char *const words[] = { "auto", "yes", "no" };
	const struct config_row row = {
		.scope = SCOPE_ZONE, .name = "sign_questions",
		.set = config_set_signing,
	};
	struct config_zone zone = { .signing = SIGNING_NEVER };
	const char *word = "always";

	for (size_t i = 0; i < COUNT(words); i++) {
		word = words[i];
		assert_int_equal(faults_of(row, &zone, &word, 1), 0);
		assert_int_equal(zone.signing, i);
	}
	word = "always";
	assert_int_equal(faults_of(row, &zone, &word, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bools), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_files),
		cmocka_unit_test(test_primaries),
		cmocka_unit_test(test_signing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
