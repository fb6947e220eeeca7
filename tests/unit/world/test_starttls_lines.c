/* SPDX-License-Identifier: MIT */
#include "world/starttls_internal.h"

#include "base/xalloc.h"
#include "support/talk.h"
#include "unit.h"

static const struct line smtp[] = {
	{ "220-mail.test ESMTP\r\n220-be patient\r\n220 go on\r\n", "", 0 },
	{ "250-mail.test\r\n250-SIZE 1\r\n250-STARTTLS\r\n250 HELP\r\n",
	  "EHLO [127.0.0.1]\r\n", 0 },
	{ "220 2.0.0 Ready\r\n", "STARTTLS\r\n", 0 },
};

TEST(smtp)
{
	const struct line bare[] = {
		{ "220 x\n", "", 0 },
		{ "250 starttls\n", "EHLO [127.0.0.1]\r\n", 0 },
		{ "220-a\n220 b\n", "STARTTLS\r\n", 0 },
	};

	CHECK(APPLICATION_SMTP, smtp, STARTTLS_READY);
	check_told("");
	check_talk(APPLICATION_SMTP, smtp, 2, STARTTLS_WAIT);
	CHECK(APPLICATION_SMTP, bare, STARTTLS_READY);
}

TEST(smtp_refuses)
{
	static const char *const greetings[] = {
		"421 too busy\r\n", "554 go away\r\n", "250 hello\r\n",
	};
	static const char *const lists[] = {
		"250-mail.test\r\n250 HELP\r\n",
		"250-STARTTLSX\r\n250 XSTARTTLS\r\n",
		"502 what?\r\n", "550-STARTTLS\r\n550 no\r\n",
	};
	static const char *const answers[] = {
		"454 4.7.0 TLS not available\r\n", "501 no\r\n",
		"220-x\r\n454 y\r\n",
	};
	struct line lines[3];

	for (size_t i = 0; i < COUNT(greetings); i++)
		check_one(APPLICATION_SMTP, greetings[i], STARTTLS_REFUSED);
	memcpy(lines, smtp, sizeof(lines));
	for (size_t i = 0; i < COUNT(answers); i++) {
		lines[2].says = answers[i];
		CHECK(APPLICATION_SMTP, lines, STARTTLS_REFUSED);
	}
	assert_string_equal(dialogue.seen, "454 y");
	for (size_t i = 0; i < COUNT(lists); i++) {
		lines[1].says = lists[i];
		check_talk(APPLICATION_SMTP, lines, 2, STARTTLS_REFUSED);
	}
}

TEST(lmtp)
{
	const struct line lines[] = {
		{ "220 mail.test\r\n", "", 0 },
		{ "250-x\r\n250 STARTTLS\r\n", "LHLO [127.0.0.1]\r\n", 0 },
		{ "220 go\r\n", "STARTTLS\r\n", 0 },
	};

	CHECK(APPLICATION_LMTP, lines, STARTTLS_READY);
}

TEST(imap)
{
	const struct line lines[] = {
		{ "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "", 0 },
		{ "* CAPABILITY IMAP4rev1\r\n", "a STARTTLS\r\n", 0 },
		{ "a OK begin\r\n", "", 0 },
	};
	struct line bad[] = { lines[0], { "a BAD what\r\n", NULL, 0 } };

	CHECK(APPLICATION_IMAP, lines, STARTTLS_READY);
	CHECK(APPLICATION_IMAP, bad, STARTTLS_REFUSED);
	bad[1].says = "a NO later\r\n";
	CHECK(APPLICATION_IMAP, bad, STARTTLS_REFUSED);
	bad[1].says = "* BYE\r\n";
	CHECK(APPLICATION_IMAP, bad, STARTTLS_REFUSED);
	check_one(APPLICATION_IMAP, "* PREAUTH x\r\n", STARTTLS_REFUSED);
	check_one(APPLICATION_IMAP, "* BYE busy\r\n", STARTTLS_REFUSED);
}

TEST(pop3)
{
	const struct line lines[] = {
		{ "+OK <1@mail.test>\r\n", "", 0 },
		{ "+OK begin\r\n", "STLS\r\n", 0 },
	};
	struct line bad[] = { lines[0], { "-ERR no\r\n", NULL, 0 } };

	CHECK(APPLICATION_POP3, lines, STARTTLS_READY);
	CHECK(APPLICATION_POP3, bad, STARTTLS_REFUSED);
	check_one(APPLICATION_POP3, "-ERR busy\r\n", STARTTLS_REFUSED);
}

TEST(sieve)
{
	const struct line lines[] = {
		{ "\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ok\"\r\n",
		  "", 0 },
		{ "OK \"begin\"\r\n", "STARTTLS\r\n", 0 },
	};
	struct line bad[] = { lines[0], { "NO \"no\"\r\n", NULL, 0 } };

	CHECK(APPLICATION_SIEVE, lines, STARTTLS_READY);
	CHECK(APPLICATION_SIEVE, bad, STARTTLS_REFUSED);
	check_one(APPLICATION_SIEVE, "BYE \"busy\"\r\n", STARTTLS_REFUSED);
}

TEST(ftp)
{
	const struct line lines[] = {
		{ "120 soon\r\n220-hello\r\n 220 not yet\r\nfree words\r\n"
		  "230 nor here\r\n220 now\r\n", "", 0 },
		{ "234 begin\r\n", "AUTH TLS\r\n", 0 },
	};
	struct line bad[] = { lines[0], { "502 what\r\n", NULL, 0 } };

	CHECK(APPLICATION_FTP, lines, STARTTLS_READY);
	CHECK(APPLICATION_FTP, bad, STARTTLS_REFUSED);
}

TEST(nntp)
{
	const struct line lines[] = {
		{ "201 no posting\r\n", "", 0 },
		{ "382 begin\r\n", "STARTTLS\r\n", 0 },
	};
	struct line bad[] = { lines[0], { "580 no\r\n", NULL, 0 } };

	CHECK(APPLICATION_NNTP, lines, STARTTLS_READY);
	CHECK(APPLICATION_NNTP, bad, STARTTLS_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(smtp), CASE(smtp_refuses), CASE(lmtp), CASE(imap),
		CASE(pop3), CASE(sieve), CASE(ftp), CASE(nntp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
