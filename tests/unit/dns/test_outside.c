/* SPDX-License-Identifier: MIT */
#include "dns/outside.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "unit.h"

#define ONE "192.0.2.9"
#define TWO "2001:db8::9"
#define OWNER "_25._tcp.mail.example.com."
#define END "_25._tcp.mx.example.net."
#define RECORD " IN TLSA 3 1 1 " \
	"0011223344556677889900112233445566778899001122334455667788990011"
#define NOW_MS INT64_C(1800000000000)

static struct fake_dns fake;
static struct address resolvers[2];
static struct config config = { .outside = resolvers, .outside_count = 2 };
static struct outside outside;

static int open_fake(void **state)
{
	(void)state;
	fake_dns_init(&fake);
	fake.now.wall_ms = NOW_MS;
	resolvers[0] = fake_address(ONE);
	resolvers[1] = fake_address(TWO);
	return 0;
}

static int close_fake(void **state)
{
	(void)state;
	outside_clear(&outside);
	fake_dns_clear(&fake);
	return 0;
}

static const struct outside_answer *ask(void)
{
	static const char *const owners[] = { OWNER };

	outside_clear(&outside);
	outside_ask(&fake.world, &config, owners, 1, &outside);
	assert_int_equal(outside.count, 1);
	assert_string_equal(outside.owners[0].name, OWNER);
	assert_int_equal(outside.owners[0].count, 2);
	return outside.owners[0].answers;
}

static struct fake_reply *reply(const char *server)
{
	return fake_dns_reply(&fake, server, OWNER, LDNS_RR_TYPE_TLSA,
			      FAKE_RA);
}

/* One batch for all; each with its own answer. */
TEST(all_are_asked_at_once)
{
	const struct outside_answer *answers;

	fake_reply_add(reply(ONE), LDNS_SECTION_ANSWER, OWNER " 300" RECORD);
	fake.batches = fake.questions = 0;
	answers = ask();
	assert_int_equal(fake.batches, 1);
	assert_int_equal(fake.questions, 2);
	assert_int_equal(answers[0].verdict, OUTSIDE_SET);
	assert_int_equal(answers[0].set.count, 1);
	assert_false(answers[0].by_alias);
	assert_int_equal(answers[0].until_ms, NOW_MS + 300000);
	assert_true(address_equal(&answers[0].address, &resolvers[0]));
	assert_int_equal(answers[1].verdict, OUTSIDE_UNSEEN);
	assert_string_equal(answers[1].detail, "no answer within 5 s");
	assert_true(address_equal(&answers[1].address, &resolvers[1]));
}

TEST(nobody_is_configured)
{
	static const struct config none;
	static const char *const owners[] = { OWNER };

	outside_ask(&fake.world, &none, owners, 1, &outside);
	assert_int_equal(outside.count, 0);
	assert_int_equal(fake.batches, 0);
}

/* Of what leads to the set, and of the set, the longest counts; nothing is
 * kept for ever. */
TEST(times)
{
	struct fake_reply *said = reply(ONE);
	const struct outside_answer *answer;

	fake_reply_add(said, LDNS_SECTION_ANSWER, OWNER " 900 IN CNAME " END);
	fake_reply_add(said, LDNS_SECTION_ANSWER, END " 300" RECORD);
	answer = ask();
	assert_int_equal(answer->verdict, OUTSIDE_SET);
	assert_true(answer->by_alias);
	assert_int_equal(answer->set.count, 1);
	assert_int_equal(answer->until_ms, NOW_MS + 900000);
	fake_reply_add(reply(ONE), LDNS_SECTION_ANSWER,
		       OWNER " 2147483647" RECORD);
	assert_int_equal(ask()->until_ms,
			 NOW_MS + TTL_UNPROVEN_MAX * INT64_C(1000));
}

TEST(nothing)
{
	struct fake_reply *said = reply(ONE);

	assert_int_equal(ask()->verdict, OUTSIDE_NOTHING);
	said->rcode = LDNS_RCODE_NXDOMAIN;
	assert_int_equal(ask()->verdict, OUTSIDE_NOTHING);
	fake_reply_add(said, LDNS_SECTION_ANSWER, OWNER " 1 IN CNAME " OWNER);
	assert_int_equal(ask()->verdict, OUTSIDE_NOTHING);
}

/* What is not known is no absence. */
TEST(not_looked_at)
{
	struct fake_reply *said = reply(ONE);
	const struct outside_answer *answer;

	said->rcode = LDNS_RCODE_SERVFAIL;
	answer = ask();
	assert_int_equal(answer->verdict, OUTSIDE_UNSEEN);
	assert_string_equal(answer->detail, "SERVFAIL");
	said->rcode = LDNS_RCODE_NOERROR;
	said->flags = FAKE_AA;
	answer = ask();
	assert_int_equal(answer->verdict, OUTSIDE_UNSEEN);
	assert_non_null(strstr(answer->detail, "no RA"));
	said->outcome = OUTCOME_NO_TIME;
	assert_non_null(strstr(ask()->detail, "not looked at"));
}

TEST(too_many_records)
{
	struct fake_reply *said = reply(ONE);
	const struct outside_answer *answer;

	for (int i = 0; i <= TLSA_PER_SET_MAX; i++) {
		char *text = xasprintf("%s 60 IN TLSA 3 1 1 %064x", OWNER, i);

		fake_reply_add(said, LDNS_SECTION_ANSWER, text);
		free(text);
	}
	answer = ask();
	assert_int_equal(answer->verdict, OUTSIDE_UNSEEN);
	assert_non_null(strstr(answer->detail, "more than 64"));
	assert_int_equal(answer->set.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_fake, close_fake)
		CASE(all_are_asked_at_once),
		CASE(nobody_is_configured),
		CASE(times),
		CASE(nothing),
		CASE(not_looked_at),
		CASE(too_many_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
