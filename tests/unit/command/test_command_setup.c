/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "command/options.h"
#include "support/capture.h"
#include "support/sheet.h"
#include "unit.h"
#include "world/posix/posix.h"

static const struct options no_options;

#define MAIL "target a.example.com { tlsa = { \"311 25\" } }\n"

/* The output for the configuration TEXT at PATH. */
static char *output(const char *path, const char *text,
		    struct options options, enum exit_status want)
{
	struct config *config = config_parse(path, text);
	enum exit_status status;
	struct world world;
	char *printed;

	assert_non_null(config);
	world_posix_open(&world);
	capture_begin();
	status = command_setup(&world, config, &options);
	printed = capture_end();
	world_posix_close(&world);
	config_free(config);
	assert_int_equal(status, want);
	return printed;
}

static void order(const char *text, const char *first, const char *second)
{
	sheet_has(text, first);
	sheet_has(text, second);
	assert_true(strstr(text, first) < strstr(text, second));
}

TEST(all)
{
	char *text = output(ALNITAK_CONF, MAIL, no_options,
			    EXIT_DONE);

	order(text, "--server=bind", "==== BIND ====");
	order(text, "==== BIND ====", "==== Knot ====");
	order(text, "==== Knot ====", "==== PowerDNS ====");
	order(text, "==== PowerDNS ====", "alnitak init");
	order(text, "alnitak init", "smtpd_tls_chain_files = " ALNITAK_DANE
	      "/a.example.com/combined.pem\n");
	order(text, "smtpd_tls_chain_files", "renewal-hooks");
	free(text);
}

TEST(one_kind)
{
	char *text = output(ALNITAK_CONF, MAIL,
			    (struct options){ .servers = 1U << SETUP_KNOT },
			    EXIT_DONE);

	sheet_has(text, "==== Knot ====");
	sheet_lacks(text, "BIND");
	sheet_lacks(text, "smtpd");
	free(text);
	text = output(ALNITAK_CONF, MAIL,
		      (struct options){ .services = 1U << SETUP_POSTFIX },
		      EXIT_DONE);
	sheet_has(text, "smtpd");
	sheet_lacks(text, "Knot");
	sheet_lacks(text, "hooks");
	free(text);
}

TEST(no_target)
{
	char *text = output(ALNITAK_CONF, "", no_options,
			    EXIT_DONE);

	order(text, "# ---- " ALNITAK_CONF, "target \"mail.example.com\" {");
	free(text);
}

TEST(programs)
{
	char *text = output(ALNITAK_CONF, "target a.example.com { tlsa = "
			    "\"311 25\" api = \"exec /bin/true\" }",
			    no_options, EXIT_DONE);

	sheet_has(text, "no name server has to be told");
	free(text);
}

/* Who is not root, for one. */
TEST(a_key_that_cannot_be_read)
{
	char *text = output(ALNITAK_CONF, "key = \"/proc/self/mem\"\n" MAIL,
			    no_options, EXIT_FAILED);

	sheet_has(text, "/a.example.com/");
	sheet_lacks(text, "no name server has to be told");
	free(text);
}

TEST(targets_by_name)
{
	char *names[] = { lent("a.example.com"), lent("b.example.com") };
	struct options options = { .arguments = names, .argument_count = 1 };
	char *text = output(ALNITAK_CONF, MAIL "target x.example.com { tlsa = "
			    "{ \"311 443\" } }", options, EXIT_DONE);

	sheet_has(text, "/a.example.com/");
	sheet_lacks(text, "/x.example.com/");
	free(text);
	options.argument_count = 2;
	text = output(ALNITAK_CONF, MAIL, options, EXIT_FAILED);
	assert_string_equal(text, "");
	free(text);
}

/* Nothing that comes from the configuration ends a line or a text early. */
TEST(what_cannot_be_printed)
{
	static const char *const paths[] = { "a;conf", "/a b.conf", "/a\n;" };
	char *text;

	for (size_t i = 0; i < COUNT(paths); i++) {
		text = output(paths[i], MAIL, no_options,
			      EXIT_FAILED);
		assert_string_equal(text, "");
		free(text);
	}
	text = output(ALNITAK_CONF, "dane_directory = '/a\";b'\n" MAIL,
		      no_options, EXIT_FAILED);
	assert_string_equal(text, "");
	free(text);
	text = output(ALNITAK_CONF, MAIL "target 'b;\" rm' { tlsa = { \"311 "
		      "25 b.example.com\" } }", no_options,
		      EXIT_FAILED);
	sheet_has(text, "/a.example.com/");
	sheet_lacks(text, "rm");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_one_kind),
		cmocka_unit_test(test_no_target),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_a_key_that_cannot_be_read),
		cmocka_unit_test(test_targets_by_name),
		cmocka_unit_test(test_what_cannot_be_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
