/* SPDX-License-Identifier: MIT */
#include "world/starttls_internal.h"

#include "base/xalloc.h"
#include "support/talk.h"
#include "unit.h"

TEST(xmpp)
{
	const struct line client[] = {
		{ FEATURES, STREAM("client", "to='mx.test' "), 0 },
		{ "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
		  STARTTLS, 0 },
	};
	const struct line server[] = {
		{ FEATURES, STREAM("server", "to='mx.test' "), 0 },
		{ "<proceed xmlns='x'></proceed>", STARTTLS, 0 },
	};
	struct line bad[] = { client[0], { "<failure/></stream:stream>",
					   NULL, 0 } };

	CHECK(APPLICATION_XMPP_CLIENT, client, STARTTLS_READY);
	CHECK(APPLICATION_XMPP_SERVER, server, STARTTLS_READY);
	check_talk(APPLICATION_XMPP_CLIENT, client, 1, STARTTLS_WAIT);
	CHECK(APPLICATION_XMPP_CLIENT, bad, STARTTLS_REFUSED);
	check_one(APPLICATION_XMPP_CLIENT, HEADER "<stream:features/>",
		  STARTTLS_REFUSED);
	check_one(APPLICATION_XMPP_CLIENT, HEADER "<stream:features><bind/>"
		  "</stream:features>", STARTTLS_REFUSED);
	check_one(APPLICATION_XMPP_CLIENT, HEADER "<stream:error>"
		  "<host-unknown/>", STARTTLS_WAIT);
	check_one(APPLICATION_XMPP_CLIENT, HEADER "<stream:error>"
		  "<host-unknown/></stream:error>", STARTTLS_REFUSED);
	assert_string_equal(dialogue.seen, "<stream:error><host-unknown/>"
			    "</stream:error>");
	check_one(APPLICATION_XMPP_CLIENT, FEATURES "</stream:stream>",
		  STARTTLS_REFUSED);
}

TEST(ldap)
{
	const enum application ldap = APPLICATION_LDAP;

	starttls_begin(&dialogue, ldap, "mx.test");
	assert_int_equal(dialogue.out_size, 31);
	assert_memory_equal(dialogue.out, "\x30\x1d\x02\x01\x01\x77\x18\x80"
			    "\x16" "1.3.6.1.4.1.1466.20037", 31);
	OCTETS(ldap, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
	       STARTTLS_READY);
	/* As directories of Microsoft write lengths. */
	OCTETS(ldap, "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00"
	       "\x07\x0a\x01\x00\x04\x00\x04\x00", STARTTLS_READY);
	OCTETS(ldap, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00",
	       STARTTLS_REFUSED);
	/* Another message, another kind, a notice of disconnection. */
	OCTETS(ldap, "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
	       STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
	       STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00",
	       STARTTLS_REFUSED);
	/* Lengths that lead out of the message, or nowhere. */
	OCTETS(ldap, "\x30\x03\x02\x01\x01", STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x04\x02\x01\x01\x78", STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x07\x02\x01\x01\x78\x07\x0a\x01", STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x05\x02\x84\xff\xff\xff", STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x00", STARTTLS_REFUSED);
	OCTETS(ldap, "\x30\x84\x7f\xff\xff\xff", STARTTLS_TOO_MUCH);
	OCTETS(ldap, "\x30\x84\x00\x00", STARTTLS_WAIT);
	OCTETS(ldap, "\x30\x89\x00", STARTTLS_WAIT);
	OCTETS(ldap, "\x15\x03\x03\x00\x02", STARTTLS_WRONG);
}

TEST(postgresql)
{
	const enum application postgresql = APPLICATION_POSTGRESQL;

	starttls_begin(&dialogue, postgresql, "mx.test");
	assert_int_equal(dialogue.out_size, 8);
	assert_memory_equal(dialogue.out, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
	check_one(postgresql, "S", STARTTLS_READY);
	check_one(postgresql, "N", STARTTLS_REFUSED);
	check_one(postgresql, "E\0\0\0\x10", STARTTLS_REFUSED);
	check_one(postgresql, "\x15\x03\x03", STARTTLS_WRONG);
	check_one(postgresql, "SSH-", STARTTLS_INJECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(xmpp), CASE(ldap), CASE(postgresql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
