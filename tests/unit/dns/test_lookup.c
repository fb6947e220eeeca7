/* SPDX-License-Identifier: MIT */
#include "dns/lookup.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "unit.h"

#include <stdlib.h>

#define SERVER "192.0.2.1"

static struct lookup make_lookup(enum transport transport)
{
	return (struct lookup){
		.name = "example.com.",
		.type = LDNS_RR_TYPE_SOA,
		.server = fake_address(SERVER),
		.transport = transport,
	};
}

TEST(failures)
{
	static const struct {
		enum outcome outcome;
		unsigned rcode;
		bool cut;
		const char *text;
	} rows[] = {
		{ OUTCOME_SILENT, 0, false, "no answer within 5 s" },
		{ OUTCOME_CLOSED, 0, false,
		  "nothing listens there (connection refused)" },
		{ OUTCOME_NO_TIME, 0, false, "not looked at: this command's "
		  "time was over first" },
		{ OUTCOME_UNREACHABLE, 0, false,
		  "unreachable from here (no route)" },
		{ OUTCOME_GARBLED, 0, false,
		  "what it sends over TCP is no DNS" },
		{ OUTCOME_TOO_LARGE, 0, false,
		  "its reply is too large" },
		{ OUTCOME_FAILED, 0, false,
		  "could not be asked: out of resources on this host" },
		{ OUTCOME_ANSWERED, 2, false, "SERVFAIL" },
		{ OUTCOME_ANSWERED, 5, false, "REFUSED" },
		{ OUTCOME_ANSWERED, 16, false, "BADVERS" },
		{ OUTCOME_ANSWERED, 99, false, "response code 99" },
		{ OUTCOME_ANSWERED, 0, true, "the message is cut short" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lookup lookup = make_lookup(TRANSPORT_UDP);
		struct lookup *all[] = { &lookup };
		struct fake_reply *reply;
		struct fake_dns fake;
		char *text;

		fake_dns_init(&fake);
		reply = fake_dns_reply(&fake, SERVER, NULL, 0, FAKE_AA);
		reply->outcome = rows[i].outcome;
		reply->rcode = rows[i].rcode;
		reply->cut = rows[i].cut;
		text = lookup_failure(&lookup);
		assert_string_equal(text, "not asked");
		free(text);
		lookups_ask(&fake.world, all, 1);
		assert_false(lookup_is_useful(&lookup));
		text = lookup_failure(&lookup);
		assert_string_equal(text, rows[i].text);
		free(text);
		lookup_clear(&lookup);
		fake_dns_clear(&fake);
	}
}

TEST(trouble_on_tcp)
{
	struct lookup lookup = { .asked = true, .outcome = OUTCOME_GARBLED,
				 .error = ECONNRESET };
	char *text = lookup_failure(&lookup);

	assert_string_equal(text, "it hangs up on TCP before it has answered");
	free(text);
	lookup.used = TRANSPORT_TCP;
	lookup.outcome = OUTCOME_CLOSED;
	text = lookup_failure(&lookup);
	assert_string_equal(text, "nothing listens there on TCP (connection "
			    "refused)");
	free(text);
	lookup.outcome = OUTCOME_SILENT;
	text = lookup_failure(&lookup);
	assert_string_equal(text, "no answer within 5 s over TCP");
	free(text);
}

TEST(useful)
{
	static const unsigned rcodes[] = { LDNS_RCODE_NOERROR,
					   LDNS_RCODE_NXDOMAIN };

	for (size_t i = 0; i < COUNT(rcodes); i++) {
		struct lookup lookup = make_lookup(TRANSPORT_TCP);
		struct lookup *all[] = { &lookup };
		struct fake_dns fake;
		ldns_pkt *packet;

		fake_dns_init(&fake);
		fake_dns_reply(&fake, SERVER, "example.com.",
			       LDNS_RR_TYPE_SOA, FAKE_AA)->rcode = rcodes[i];
		lookups_ask(&fake.world, all, 1);
		assert_true(lookup_is_useful(&lookup));
		assert_int_equal(lookup.used, TRANSPORT_TCP);
		packet = lookup_packet(&lookup);
		assert_true(ldns_pkt_aa(packet));
		ldns_pkt_free(packet);
		/* A second time replaces what the first brought. */
		fake_dns_reply(&fake, SERVER, NULL, 0, 0)->outcome =
			OUTCOME_SILENT;
		lookups_ask(&fake.world, all, 1);
		assert_null(lookup_packet(&lookup));
		lookup_clear(&lookup);
		fake_dns_clear(&fake);
	}
}

/* Only the key's owner can have said it, and of that nothing is left. */
TEST(signed_questions)
{
	static const struct {
		bool knows_key, forges;
		enum tsig_verdict verdict;
		const char *text;
	} rows[] = {
		{ true, false, TSIG_OK, NULL },
		{ true, true, TSIG_WRONG_MAC, "the reply's MAC is wrong" },
		{ false, false, TSIG_UNSIGNED, "the reply is not signed" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lookup lookup = make_lookup(TRANSPORT_UDP);
		struct lookup *all[] = { &lookup };
		struct fake_reply *reply;
		struct fake_dns fake;
		ldns_pkt *packet;
		char *text;

		lookup.key = FAKE_KEY;
		fake_dns_init(&fake);
		reply = fake_dns_reply(&fake, SERVER, NULL, 0, FAKE_AA);
		reply->knows_key = rows[i].knows_key;
		reply->forges = rows[i].forges;
		lookups_ask(&fake.world, all, 1);
		assert_int_equal(fake.signed_questions, 1);
		assert_int_equal(lookup.tsig, rows[i].verdict);
		assert_int_equal(lookup_is_useful(&lookup), !rows[i].text);
		packet = lookup_packet(&lookup);
		assert_true(!packet || !ldns_pkt_tsig(packet));
		ldns_pkt_free(packet);
		text = lookup_failure(&lookup);
		assert_true(!rows[i].text || strstr(text, rows[i].text));
		free(text);
		lookup_clear(&lookup);
		fake_dns_clear(&fake);
	}
}

/* Each reply has the same part of what there is room for, and as many octets as
 * UDP has. */
TEST(within)
{
	struct lookup lookups[QUESTIONS_AT_ONCE_MAX + 1], *all[COUNT(lookups)];
	char *text = xasprintf("x. 9 IN TYPE65280 \\# 5000 %010000d", 0);
	struct fake_dns fake;

	fake_dns_init(&fake);
	fake_reply_add(fake_dns_reply(&fake, SERVER, NULL, 0, FAKE_AA),
		       LDNS_SECTION_ANSWER, text);
	for (size_t i = 0; i < COUNT(lookups); i++) {
		lookups[i] = make_lookup(TRANSPORT_UDP);
		all[i] = &lookups[i];
	}
	lookups_ask_within(&fake.world, all, 0, 0);
	lookups_ask_within(&fake.world, all, 2, 10000);
	assert_true(lookups[0].unkept && lookups[1].unkept);
	lookups_ask_within(&fake.world, all, 2, 10100);
	assert_true(lookup_is_useful(all[0]) && lookup_is_useful(all[1]));
	assert_int_equal(fake.batches, 2);
	lookups_ask_within(&fake.world, all, COUNT(all), 10000);
	assert_int_equal(fake.batches, 2 + 2);
	for (size_t i = 0; i < COUNT(lookups); i++)
		assert_true(lookups[i].unkept);
	fake_dns_reply(&fake, SERVER, NULL, 0, FAKE_AA);
	lookups_ask_within(&fake.world, all, COUNT(all), 0);
	for (size_t i = 0; i < COUNT(lookups); i++) {
		assert_true(lookup_is_useful(all[i]));
		lookup_clear(all[i]);
	}
	free(text);
	fake_dns_clear(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_trouble_on_tcp),
		cmocka_unit_test(test_useful),
		cmocka_unit_test(test_signed_questions),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
