/* SPDX-License-Identifier: MIT */
#include "base/application.h"

#include "base/xalloc.h"
#include "unit.h"

TEST(ports)
{
	assert_int_equal(application_of_port(25), APPLICATION_SMTP);
	assert_int_equal(application_of_port(587), APPLICATION_SMTP);
	assert_int_equal(application_of_port(2525), APPLICATION_SMTP);
	assert_int_equal(application_of_port(24), APPLICATION_LMTP);
	assert_int_equal(application_of_port(143), APPLICATION_IMAP);
	assert_int_equal(application_of_port(110), APPLICATION_POP3);
	assert_int_equal(application_of_port(4190), APPLICATION_SIEVE);
	assert_int_equal(application_of_port(5222), APPLICATION_XMPP_CLIENT);
	assert_int_equal(application_of_port(5269), APPLICATION_XMPP_SERVER);
	assert_int_equal(application_of_port(389), APPLICATION_LDAP);
	assert_int_equal(application_of_port(21), APPLICATION_FTP);
	assert_int_equal(application_of_port(5432), APPLICATION_POSTGRESQL);
	assert_int_equal(application_of_port(119), APPLICATION_NNTP);
	assert_int_equal(application_of_port(443), APPLICATION_TLS);
	assert_int_equal(application_of_port(465), APPLICATION_TLS);
	assert_int_equal(application_of_port(993), APPLICATION_TLS);
	assert_int_equal(application_of_port(0), APPLICATION_TLS);
}

TEST(words)
{
	char *all = application_words();
	enum application got;

	for (int i = 0; i <= APPLICATION_NNTP; i++) {
		const char *word = application_word((enum application)i);

		assert_true(application_parse(word, strlen(word), &got));
		assert_int_equal(got, i);
		assert_non_null(strstr(all, word));
		assert_false(application_parse(word, strlen(word) - 1, &got));
	}
	assert_false(application_parse("smtps", 5, &got));
	assert_false(application_parse("", 0, &got));
	free(all);
}

static void check_guess(const char *octets, int want)
{
	enum application got;
	bool known = application_guess((const uint8_t *)octets,
				       strlen(octets), &got);

	assert_int_equal(known ? (int)got : -1, want);
}

TEST(guesses)
{
	check_guess("220 mail ESMTP\r\n", APPLICATION_SMTP);
	check_guess("* OK ready\r\n", APPLICATION_IMAP);
	check_guess("+OK\r\n", APPLICATION_POP3);
	check_guess("\"IMPLEMENTATION\" \"x\"\r\n", APPLICATION_SIEVE);
	check_guess("<?xml version='1.0'?>", APPLICATION_XMPP_CLIENT);
	check_guess("201 no posting\r\n", APPLICATION_NNTP);
	check_guess("\x15\x03\x01", APPLICATION_TLS);
	check_guess("\x16\x03\x01", APPLICATION_TLS);
	check_guess("SSH-2.0-x\r\n", -1);
	check_guess("\x15", -1);
	check_guess("22", -1);
	check_guess("", -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
