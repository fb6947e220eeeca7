/* SPDX-License-Identifier: MIT */
#include "world/starttls.h"

#include "base/xalloc.h"
#include "support/talk.h"
#include "unit.h"

/* Nothing of a name gets into the markup that does not belong there. */
TEST(xmpp_names)
{
	static const char *const odd[] = { "a'b.test", "a<b", "a b", "a\\032b",
					   "a>b", "a&b", "a\"b", "" };
	char longest[257];

	memset(longest, 'a', 256);
	longest[256] = '\0';
	for (size_t i = 0; i < COUNT(odd); i++) {
		starttls_begin(&dialogue, APPLICATION_XMPP_CLIENT, odd[i]);
		check_told(STREAM("client", ""));
	}
	starttls_begin(&dialogue, APPLICATION_XMPP_CLIENT, NULL);
	check_told(STREAM("client", ""));
	starttls_begin(&dialogue, APPLICATION_XMPP_CLIENT, longest);
	check_told(STREAM("client", ""));
	starttls_begin(&dialogue, APPLICATION_XMPP_SERVER, longest + 1);
	assert_true(dialogue.out_size > 255);
}

/* Words in the clear behind the go-ahead are no part of TLS. */
TEST(injection)
{
	static const struct {
		enum application application;
		const char *greeting, *features, *go;
	} cases[] = {
		{ APPLICATION_SMTP, "220 x\r\n", "250 STARTTLS\r\n",
		  "220 go\r\n250 evil\r\n" },
		{ APPLICATION_SMTP, "220 x\r\n", "250 STARTTLS\r\n",
		  "220 go\r\n\x16" },
		{ APPLICATION_LMTP, "220 x\r\n", "250 STARTTLS\r\n",
		  "220 go\r\n2" },
		{ APPLICATION_IMAP, "* OK\r\n", "", "a OK\r\n* 1 EXISTS\r\n" },
		{ APPLICATION_POP3, "+OK\r\n", "", "+OK\r\n+OK\r\n" },
		{ APPLICATION_SIEVE, "OK\r\n", "", "OK\r\n\"X\"\r\n" },
		{ APPLICATION_XMPP_CLIENT, FEATURES, "", "<proceed/>\n" },
		{ APPLICATION_FTP, "220 x\r\n", "", "234 go\r\n331 x\r\n" },
		{ APPLICATION_NNTP, "200 x\r\n", "", "382 go\r\n\r\n" },
		{ APPLICATION_POSTGRESQL, "", "", "SN" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct line lines[] = {
			{ cases[i].greeting, NULL, 0 },
			{ cases[i].features, NULL, 0 },
			{ cases[i].go, NULL, 0 },
		};

		starttls_begin(&dialogue, cases[i].application, "mx.test");
		for (size_t k = 0; k < 3; k++) {
			dialogue.out_size = 0;
			starttls_take(&dialogue,
				      (const uint8_t *)lines[k].says,
				      strlen(lines[k].says));
		}
		assert_int_equal(dialogue.stands, STARTTLS_INJECTED);
	}
}

/* A whole talk sent at once, before anything was asked: the last word of it
 * may be the go-ahead, but nothing behind. */
TEST(said_in_advance)
{
	char octets[12] = "220 x\r\n";

	check_one(APPLICATION_SMTP, "220 x\r\n250 STARTTLS\r\n220 go\r\n",
		  STARTTLS_READY);
	starttls_begin(&dialogue, APPLICATION_SMTP, NULL);
	starttls_take(&dialogue, (uint8_t *)octets, 7);
	assert_string_equal(dialogue.seen, "220 x");
	assert_int_equal(dialogue.out_size, 18);
	/* A line that never ends. */
	starttls_begin(&dialogue, APPLICATION_SMTP, NULL);
	starttls_take(&dialogue, (uint8_t *)octets, 5);
	assert_string_equal(dialogue.seen, "220 x");
	assert_int_equal(dialogue.stands, STARTTLS_WAIT);
}

TEST(wrong_protocol)
{
	static const struct {
		enum application application;
		const char *says;
		int guess;
	} cases[] = {
		{ APPLICATION_SMTP, "* OK ready\r\n", APPLICATION_IMAP },
		{ APPLICATION_SMTP, "+OK ready\r\n", APPLICATION_POP3 },
		{ APPLICATION_SMTP, "\x15\x03\x03\x02\x02\x28",
		  APPLICATION_TLS },
		{ APPLICATION_SMTP, "SSH-2.0-OpenSSH\r\n", -1 },
		{ APPLICATION_SMTP, "\r\n", -1 },
		{ APPLICATION_IMAP, "220 mail ESMTP\r\n", APPLICATION_SMTP },
		{ APPLICATION_IMAP, "*\r\n", -1 },
		{ APPLICATION_POP3, "* OK ready\r\n", APPLICATION_IMAP },
		{ APPLICATION_POP3, "+KO ready\r\n", -1 },
		{ APPLICATION_SIEVE, "220 mail ESMTP\r\n", APPLICATION_SMTP },
		{ APPLICATION_SIEVE, "HTTP/1.1 400\r\n", -1 },
		{ APPLICATION_XMPP_CLIENT, "220 mail ESMTP\r\n",
		  APPLICATION_SMTP },
		{ APPLICATION_LDAP, "220 mail ESMTP\r\n", APPLICATION_SMTP },
		{ APPLICATION_POSTGRESQL, "220 mail ESMTP\r\n",
		  APPLICATION_SMTP },
		{ APPLICATION_NNTP, "* OK ready\r\n", APPLICATION_IMAP },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct line line = { cases[i].says, NULL, 0 };

		talk(cases[i].application, &line, 1, SIZE_MAX / 2,
		     STARTTLS_WRONG);
		assert_int_equal(dialogue.is_guess ? (int)dialogue.guess : -1,
				 cases[i].guess);
		talk(cases[i].application, &line, 1, 1, STARTTLS_WRONG);
	}
	check_one(APPLICATION_SMTP, "* OK \x1b[2J\x80\r\n", STARTTLS_WRONG);
	talk(APPLICATION_SMTP, &(struct line){ "* OK \x1b[2J\x80\r\n", NULL,
	     0 }, 1, 99, STARTTLS_WRONG);
	assert_string_equal(dialogue.seen, "* OK ?[2J?");
}

/* Says FIRST, then MORE again and again, STEP octets at most in one go. */
static size_t flood(enum application application, const char *first,
		    const char *more, enum starttls want)
{
	size_t size = strlen(more);

	starttls_begin(&dialogue, application, "mx.test");
	starttls_take(&dialogue, (const uint8_t *)first, strlen(first));
	for (int i = 0; i < 100000 && dialogue.stands == STARTTLS_WAIT; i++) {
		dialogue.out_size = 0;
		starttls_take(&dialogue, (const uint8_t *)more, size);
	}
	assert_int_equal(dialogue.stands, want);
	return dialogue.total;
}

TEST(floods)
{
	static const struct {
		enum application application;
		const char *first, *more;
	} cases[] = {
		{ APPLICATION_SMTP, "", "220-on and on\r\n" },
		{ APPLICATION_SMTP, "220 x\r\n", "250-SIZE\r\n" },
		{ APPLICATION_SMTP, "", "2" },
		{ APPLICATION_SMTP, "220", "x" },
		{ APPLICATION_LMTP, "220 ", "x" },
		{ APPLICATION_IMAP, "* OK\r\n", "* CAPABILITY\r\n" },
		{ APPLICATION_IMAP, "", "*" },
		{ APPLICATION_POP3, "+OK", "x" },
		{ APPLICATION_SIEVE, "", "\"X\"\r\n" },
		{ APPLICATION_XMPP_CLIENT, "", " " },
		{ APPLICATION_XMPP_SERVER, FEATURES, "<proceed" },
		{ APPLICATION_FTP, "", "120 soon\r\n" },
		{ APPLICATION_FTP, "220-x\r\n", "\r\n" },
		{ APPLICATION_NNTP, "200-", "x" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(flood(cases[i].application, cases[i].first,
				  cases[i].more, STARTTLS_TOO_MUCH) <=
			    STARTTLS_SIZE_MAX + STARTTLS_LINE_MAX);
	flood(APPLICATION_LDAP, "\x30\x89", "xxxx", STARTTLS_TOO_MUCH);
}

/* Far more at once than there is room for. */
TEST(large_piece)
{
	static uint8_t octets[STARTTLS_SIZE_MAX * 3];

	memset(octets, '2', sizeof(octets));
	starttls_begin(&dialogue, APPLICATION_SMTP, NULL);
	assert_int_equal(starttls_take(&dialogue, octets, sizeof(octets)),
			 STARTTLS_TOO_MUCH);
	memcpy(octets, "220 x\r\n", 7);
	for (size_t i = 7; i + 2 <= sizeof(octets); i += 2)
		memcpy(octets + i, "\r\n", 2);
	starttls_begin(&dialogue, APPLICATION_SMTP, NULL);
	assert_int_equal(starttls_take(&dialogue, octets, sizeof(octets)),
			 STARTTLS_WRONG);
}

/* Once it is over nothing more is read. */
TEST(over)
{
	starttls_begin(&dialogue, APPLICATION_POP3, NULL);
	starttls_take(&dialogue, (const uint8_t *)"-ERR\r\n", 6);
	assert_int_equal(starttls_take(&dialogue, (const uint8_t *)"+OK\r\n",
				       5), STARTTLS_REFUSED);
	assert_int_equal(dialogue.total, 6);
	starttls_begin(&dialogue, APPLICATION_TLS, "mx.test");
	assert_int_equal(dialogue.stands, STARTTLS_READY);
	assert_int_equal(dialogue.out_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(xmpp_names), CASE(injection), CASE(said_in_advance),
		CASE(wrong_protocol), CASE(floods), CASE(large_piece),
		CASE(over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
