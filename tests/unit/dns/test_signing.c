/* SPDX-License-Identifier: MIT */
#include "dns/signing.h"

#include "base/dns.h"
#include "base/xalloc.h"
#include "dns/message.h"
#include "support/dns.h"
#include "unit.h"
#include "world/reply.h"

#include <stdlib.h>

#define SERVER "192.0.2.1"
#define NAME "mx.test."
#define FLAGS_AT 2
#define RECORDS_AT 6		/* the number of answers, in a header */
#define ADDITIONAL_AT 10

/* The network of FAKE, but what is sent is looked at, and what is signed is
 * signed by who is tested. */
struct wire_tap {
	struct world world;
	struct fake_dns fake;
	struct keyring_entry entries[2];
	struct keyring keys;
	uint8_t *query;		/* of the question */
	size_t size;
	bool is_same;		/* that is what was sent, */
	bool is_deaf;		/* and not given to the network */
};

static struct wire_tap tap;
static struct question question;

static void forward(struct question *asked)
{
	struct question bare = *asked;

	bare.key = NULL;
	tap.fake.world.ask(&tap.fake.world, &bare, 1);
	asked->outcome = bare.outcome;
	asked->used = bare.used;
	asked->reply = bare.reply;
	asked->reply_size = bare.reply_size;
}

static void tapped_ask(struct world *world, struct question *questions,
		       size_t n)
{
	assert_ptr_equal(world, &tap.world);
	for (size_t i = 0; i < n; i++) {
		tap.is_same = questions[i].query == tap.query &&
			      questions[i].query_size == tap.size;
		questions[i].outcome = OUTCOME_SILENT;
		if (!tap.is_deaf)
			forward(&questions[i]);
	}
}

static int open_tap(void **state)
{
	(void)state;
	memset(&tap, 0, sizeof(tap));
	fake_dns_init(&tap.fake);
	tap.world = tap.fake.world;
	tap.world.ask = tapped_ask;
	tap.entries[0] = (struct keyring_entry){ .path = lent("/broken") };
	tap.entries[1] = (struct keyring_entry){ .path = lent(FAKE_KEY),
						 .key = fake_key() };
	tap.keys = (struct keyring){ tap.entries, COUNT(tap.entries) };
	tap.query = message_query(&tap.fake.world, NAME, LDNS_RR_TYPE_A,
				  MESSAGE_DNSSEC, &tap.size);
	question = (struct question){ .server = fake_address(SERVER),
				      .query = tap.query,
				      .query_size = tap.size,
				      .key = FAKE_KEY };
	return 0;
}

static int close_tap(void **state)
{
	(void)state;
	free(question.reply);
	free(tap.query);
	tsig_key_free(tap.entries[1].key);
	fake_dns_clear(&tap.fake);
	return 0;
}

static struct fake_reply *serve(void)
{
	struct fake_reply *reply = fake_dns_reply(
		&tap.fake, SERVER, NAME, LDNS_RR_TYPE_A, FAKE_AA);

	return fake_reply_add(reply, LDNS_SECTION_ANSWER,
			      NAME " 9 IN A 192.0.2.7");
}

/* As the question was, so it comes back. */
static void ask(const struct keyring *keys)
{
	signing_ask(&tap.world, keys, &question, 1);
	assert_ptr_equal(question.query, tap.query);
	assert_int_equal(question.query_size, tap.size);
}

static void expect_no_reply(void)
{
	assert_null(question.reply);
	assert_int_equal(question.reply_size, 0);
}

/* A message with one answer and nothing else. */
static void expect_bare_reply(void)
{
	ldns_pkt *packet;

	assert_non_null(question.reply);
	assert_int_equal(question.reply[ADDITIONAL_AT + 1], 0);
	assert_int_equal(message_parse(question.reply, question.reply_size,
				       &packet), MESSAGE_OK);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_answer(packet)), 1);
	ldns_pkt_free(packet);
}

TEST(signed_and_proven)
{
	serve()->knows_key = true;
	ask(&tap.keys);
	assert_false(tap.is_same);
	assert_int_equal(tap.fake.signed_questions, 1);
	assert_int_equal(question.outcome, OUTCOME_ANSWERED);
	assert_int_equal(question.verdict, TSIG_OK);
	expect_bare_reply();
}

TEST(unsigned_reply)
{
	serve();
	ask(&tap.keys);
	assert_int_equal(tap.fake.signed_questions, 1);
	assert_int_equal(question.outcome, OUTCOME_ANSWERED);
	assert_int_equal(question.verdict, TSIG_UNSIGNED);
	expect_no_reply();
}

TEST(forged_reply)
{
	struct fake_reply *reply = serve();

	reply->knows_key = reply->forges = true;
	ask(&tap.keys);
	assert_int_equal(question.outcome, OUTCOME_ANSWERED);
	assert_int_not_equal(question.verdict, TSIG_OK);
	assert_int_not_equal(question.verdict, TSIG_NO_CRYPTO);
	expect_no_reply();
}

TEST(silence)
{
	ask(&tap.keys);
	assert_int_equal(tap.fake.signed_questions, 1);
	assert_int_equal(question.outcome, OUTCOME_SILENT);
	assert_int_not_equal(question.verdict, TSIG_OK);
	expect_no_reply();
}

/* What cannot be signed is asked all the same, but brings nothing. */
static void expect_unsigned(const struct keyring *keys)
{
	ask(keys);
	assert_true(tap.is_same);
	assert_int_equal(tap.fake.signed_questions, 0);
	assert_int_equal(question.outcome, OUTCOME_ANSWERED);
	assert_int_equal(question.verdict, TSIG_NO_CRYPTO);
	expect_no_reply();
}

TEST(path_is_not_known)
{
	serve()->knows_key = true;
	question.key = "/etc/shadow";
	expect_unsigned(&tap.keys);
	question.key = "";
	expect_unsigned(&tap.keys);
}

TEST(key_was_not_loaded)
{
	serve()->knows_key = true;
	question.key = "/broken";
	expect_unsigned(&tap.keys);
}

TEST(no_keys)
{
	static const struct keyring none = { NULL, 0 };

	serve()->knows_key = true;
	expect_unsigned(&none);
	expect_unsigned(NULL);
}

TEST(nobody_wants_it_signed)
{
	serve();
	question.key = NULL;
	question.verdict = TSIG_UNSIGNED;
	ask(&tap.keys);
	assert_true(tap.is_same);
	assert_int_equal(tap.fake.signed_questions, 0);
	assert_int_equal(question.verdict, TSIG_OK);
	expect_bare_reply();
}

/* Who has no key must not change a zone with ours. */
TEST(no_query)
{
	tap.is_deaf = true;
	for (unsigned opcode = 1; opcode < 16; opcode++) {
		tap.query[FLAGS_AT] = (uint8_t)(opcode << 3);
		tap.is_same = false;
		ask(&tap.keys);
		if (!tap.is_same)
			fail_msg("opcode %u was signed", opcode);
		assert_int_equal(question.verdict, TSIG_NO_CRYPTO);
	}
	tap.query[FLAGS_AT] = 0;
	ask(&tap.keys);
	assert_false(tap.is_same);
}

TEST(each_as_it_wants)
{
	struct question all[3] = { question, question, question };

	serve()->knows_key = true;
	all[0].key = NULL;
	all[2].key = "/other";
	signing_ask(&tap.world, &tap.keys, all, COUNT(all));
	assert_int_equal(tap.fake.signed_questions, 1);
	assert_non_null(all[0].reply);
	assert_non_null(all[1].reply);
	assert_null(all[2].reply);
	assert_int_equal(all[0].verdict, TSIG_OK);
	assert_int_equal(all[1].verdict, TSIG_OK);
	assert_int_equal(all[2].verdict, TSIG_NO_CRYPTO);
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_ptr_equal(all[i].query, tap.query);
		free(all[i].reply);
	}
}

/* Whoever asks may have been taken over: what is no question of ours is not
 * signed, and ends nothing. */
TEST(strange_queries)
{
	static const unsigned places[] = { RECORDS_AT, RECORDS_AT + 1,
		RECORDS_AT + 2, RECORDS_AT + 3, ADDITIONAL_AT,
		ADDITIONAL_AT + 1 };

	tap.is_deaf = true;
	for (size_t i = 0; i < COUNT(places); i++) {
		uint8_t usual = tap.query[places[i]];

		tap.query[places[i]] = 0xff;
		tap.is_same = false;
		ask(&tap.keys);
		assert_true(tap.is_same);
		assert_int_equal(question.verdict, TSIG_NO_CRYPTO);
		tap.query[places[i]] = usual;
	}
}

/* Who has the right to a transfer by the key does not give it on. */
TEST(no_transfer)
{
	size_t type_at = DNS_HEADER_SIZE +
			 reply_question_size(tap.query, tap.size) - 3;
	static const uint8_t types[] = { 128, 250, 251, 252, 255 };

	tap.is_deaf = true;
	for (size_t i = 0; i < COUNT(types); i++) {
		tap.query[type_at] = types[i];
		tap.is_same = false;
		ask(&tap.keys);
		assert_true(tap.is_same);
		assert_int_equal(question.verdict, TSIG_NO_CRYPTO);
	}
	tap.query[type_at] = 52;
	tap.is_same = false;
	ask(&tap.keys);
	assert_false(tap.is_same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(signed_and_proven, open_tap, close_tap),
		CASE_WITH(unsigned_reply, open_tap, close_tap),
		CASE_WITH(forged_reply, open_tap, close_tap),
		CASE_WITH(silence, open_tap, close_tap),
		CASE_WITH(path_is_not_known, open_tap, close_tap),
		CASE_WITH(key_was_not_loaded, open_tap, close_tap),
		CASE_WITH(no_keys, open_tap, close_tap),
		CASE_WITH(nobody_wants_it_signed, open_tap, close_tap),
		CASE_WITH(no_query, open_tap, close_tap),
		CASE_WITH(each_as_it_wants, open_tap, close_tap),
		CASE_WITH(strange_queries, open_tap, close_tap),
		CASE_WITH(no_transfer, open_tap, close_tap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
