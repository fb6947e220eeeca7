/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "unit.h"

/* What is said of an endpoint whose handshakes all ended like this. */
static void check(struct service service, struct handshake one,
		  const char *want)
{
	const struct config_target target = { .probe = CONFIG_PROBE_AUTO };
	struct probe_request request = { .target = &target };
	const struct probing probing = { .requests = &request };
	struct showing rounds[PROBE_ROUNDS] = { { .chain = NULL } };
	struct endpoint endpoint = {
		.service = &service, .rounds = rounds,
		.address = { .family = 4, .bytes = { 192, 0, 2, 1 },
			     .port = service.port },
	};
	char *text;

	one.application = service.application;
	for (size_t i = 0; i < PROBE_ROUNDS; i++)
		rounds[i].handshake = one;
	text = probe_judge(&probing, &endpoint);
	assert_string_equal(text, want);
	free(text);
}

static char mx[] = "mx.test.";
#define AT "mx.test. [192.0.2.1]:2525 "

static struct service smtp(void)
{
	return (struct service){ .host = mx, .port = 2525,
				 .application = APPLICATION_SMTP };
}

static struct service tls(void)
{
	return (struct service){ .host = mx, .port = 2525,
				 .application = APPLICATION_TLS };
}

#define OFFER "let it offer TLS, or take that port out of `tlsa`"
#define ENDS(how, said) { .outcome = OUTCOME_GARBLED, .error = EPROTO, \
			  .words = how, .seen = said }

TEST(refused)
{
	struct handshake no = ENDS(STARTTLS_REFUSED, "454 not now");

	check(smtp(), no, AT "begins no TLS, it says \"454 not now\"; "
	      OFFER);
}

/* A stream for a domain that it has not: the operator knows which it has. */
TEST(unknown_domain)
{
	struct handshake no = ENDS(STARTTLS_REFUSED,
				   "<stream:error><host-unknown xmlns='urn:");
	struct handshake other = ENDS(STARTTLS_REFUSED,
				      "<stream:error><conflict xmlns='urn:i");
	struct service xmpp = smtp();

	check(smtp(), no, AT "begins no TLS, it says \"<stream:error>"
	      "<host-unknown xmlns='urn:\"; " OFFER);
	xmpp.application = APPLICATION_XMPP_CLIENT;
	check(xmpp, other, AT "begins no TLS, it says \"<stream:error>"
	      "<conflict xmlns='urn:i\"; " OFFER);
	check(xmpp, no, AT "does not serve a stream without a domain; write "
	      "\"xmpp-client:mx.test:2525 DOMAIN\" in `probe`, with a domain "
	      "that it serves");
	no.server_name = "mx.test";
	check(xmpp, no, AT "does not serve mx.test; write \"xmpp-client:"
	      "mx.test:2525 DOMAIN\" in `probe`, with a domain that it "
	      "serves");
}

TEST(wrong)
{
	struct handshake imap = ENDS(STARTTLS_WRONG, "* OK ready");
	struct handshake other = ENDS(STARTTLS_WRONG, "SSH-2.0-x");
	struct service bare = { .port = 2525 };

	imap.is_guess = true;
	imap.guess = APPLICATION_IMAP;
	check(smtp(), imap, AT "does not speak smtp, it says \"* OK ready\"; "
	      "write \"imap:mx.test:2525\" in `probe`");
	check(tls(), imap, AT "does not speak tls, it says \"* OK ready\"; "
	      "write \"imap:mx.test:2525\" in `probe`");
	check(bare, imap, "[192.0.2.1]:2525 does not speak tls, it says "
	      "\"* OK ready\"; write \"imap:192.0.2.1:2525\" in `probe`");
	check(smtp(), other, AT "does not speak smtp, it says \"SSH-2.0-x\"; "
	      "write in `probe` what it speaks");
}

TEST(injected)
{
	struct handshake evil = ENDS(STARTTLS_INJECTED, "220 go");

	check(smtp(), evil, AT "sends words in the clear behind its go-ahead "
	      "for TLS, as an attacker would");
}

/* Who should speak first and does not may be waiting for TLS. */
TEST(silent)
{
	struct handshake silent = { .outcome = OUTCOME_SILENT };
	struct handshake gone = ENDS(STARTTLS_WAIT, "");
	struct handshake late = { .outcome = OUTCOME_SILENT,
				  .seen = "220-wait" };
	struct handshake left = ENDS(STARTTLS_WAIT, "250 STARTTLS");
	struct handshake closed = { .outcome = OUTCOME_CLOSED };

	check(smtp(), silent, AT "does not answer as smtp does; if TLS begins "
	      "at once there, write \"tls:mx.test:2525\" in `probe`");
	check(smtp(), gone, AT "hangs up and does not speak as smtp does; if "
	      "TLS begins at once there, write \"tls:mx.test:2525\" in "
	      "`probe`");
	check(smtp(), late, AT "does not come to TLS in time, it says "
	      "\"220-wait\"; its log may say why");
	check(smtp(), left, AT "hangs up before TLS, it says \"250 STARTTLS"
	      "\"; its log may say why");
	check(smtp(), closed, AT "refuses connections");
	check(tls(), silent, AT "does not answer");
}

TEST(too_much)
{
	struct handshake flood = { .outcome = OUTCOME_TOO_LARGE,
				   .words = STARTTLS_TOO_MUCH };

	check(smtp(), flood, AT "sends too much; see what listens there, or "
	      "take that port out of `tlsa`");
}

/* Whatever the kind of key. */
TEST(garbled)
{
	struct handshake broken = ENDS(STARTTLS_READY, "");

	check(smtp(), broken, AT "completes no TLS handshake (Protocol error); "
	      "let it speak TLS 1.2 or later; its log may say why it does "
	      "not");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_domain),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_injected),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_garbled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
