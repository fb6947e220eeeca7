/* SPDX-License-Identifier: MIT */
#include "world/reply.h"

#include "unit.h"
#include <string.h>

/* ID 1234, one question: TeSt. TLSA IN, and an OPT record's first octet. */
static const uint8_t query[] = {
	0x12, 0x34, 0x00, 0x00, 0, 1, 0, 0, 0, 0, 0, 1,
	4, 'T', 'e', 'S', 't', 0, 0, 52, 0, 1, 0,
};
#define QUERY_SIZE sizeof(query)
#define WHOLE (12 + 10)

#define A REPLY_ACCEPTED
#define F REPLY_FOREIGN
#define T REPLY_TRUNCATED
#define C REPLY_CASE_CHANGED

/* The reply is the query with QR, but for one or two octets of it. */
static const struct {
	const char *what;
	size_t at;
	uint8_t octet;
	size_t at_too;
	uint8_t octet_too;
	size_t size;
	enum reply_verdict udp, tcp;
} cases[] = {
	{ "as it is", 0, 0x12, 0, 0x12, WHOLE, A, A },
	{ "NXDOMAIN, RA", 3, 0x83, 0, 0x12, WHOLE, A, A },
	{ "other ID", 0, 0x13, 0, 0x13, WHOLE, F, F },
	{ "other ID, second octet", 1, 0x35, 0, 0x12, WHOLE, F, F },
	{ "no QR", 2, 0x00, 0, 0x12, WHOLE, F, F },
	{ "AA", 2, 0x84, 0, 0x12, WHOLE, A, A },
	{ "TC", 2, 0x82, 0, 0x12, WHOLE, T, F },
	{ "opcode UPDATE", 2, 0xa8, 0, 0x12, WHOLE, F, F },
	{ "lower case", 13, 't', 0, 0x12, WHOLE, C, A },
	{ "lower case and TC", 13, 't', 2, 0x82, WHOLE, C, F },
	{ "other name", 13, 'B', 0, 0x12, WHOLE, F, F },
	{ "not a letter: [ is no {", 13, '{', 0, 0x12, WHOLE, F, F },
	{ "other type", 19, 53, 0, 0x12, WHOLE, F, F },
	{ "type of other case", 19, 20, 0, 0x12, WHOLE, F, F },
	{ "other class", 21, 3, 0, 0x12, WHOLE, F, F },
	{ "two questions", 5, 2, 0, 0x12, WHOLE, F, F },
	{ "256 questions and one", 4, 1, 0, 0x12, WHOLE, F, F },
	{ "one octet short", 0, 0x12, 0, 0x12, WHOLE - 1, F, F },
	{ "header only", 0, 0x12, 0, 0x12, 12, F, F },
	{ "no question, NOERROR", 5, 0, 0, 0x12, 12, F, F },
	{ "no question, FORMERR", 5, 0, 3, 1, 12, F, A },
	{ "no question, SERVFAIL", 5, 0, 3, 2, 12, F, F },
	{ "no question, NOTIMP", 5, 0, 3, 4, 12, F, A },
	{ "no question, REFUSED", 5, 0, 3, 5, 12, F, A },
	{ "eleven octets", 0, 0x12, 0, 0x12, 11, F, F },
	{ "nothing", 0, 0x12, 0, 0x12, 0, F, F },
};

TEST(judge)
{
	uint8_t reply[QUERY_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		memcpy(reply, query, sizeof(reply));
		reply[2] |= 0x80;
		reply[cases[i].at] = cases[i].octet;
		reply[cases[i].at_too] = cases[i].octet_too;
		if (reply_judge(query, QUERY_SIZE, reply, cases[i].size,
				false) != cases[i].udp)
			fail_msg("udp: %s", cases[i].what);
		if (reply_judge(query, QUERY_SIZE, reply, cases[i].size,
				true) != cases[i].tcp)
			fail_msg("tcp: %s", cases[i].what);
	}
}

TEST(update_errors_may_lack_the_zone)
{
	uint8_t update[QUERY_SIZE], reply[12];
	int rcode;

	memcpy(update, query, sizeof(update));
	update[2] = 0x28;
	memcpy(reply, update, sizeof(reply));
	reply[2] |= 0x80;
	reply[5] = 0;
	for (rcode = 0; rcode < 16; rcode++) {
		reply[3] = (uint8_t)rcode;
		assert_int_equal(reply_judge(update, QUERY_SIZE, reply,
					     sizeof(reply), true),
				 rcode ? REPLY_ACCEPTED : REPLY_FOREIGN);
		assert_int_equal(reply_judge(update, QUERY_SIZE, reply,
					     sizeof(reply), false),
				 REPLY_FOREIGN);
	}
}

/* What comes behind the question, and the counts of the three sections. */
TEST(id_is_free)
{
	static const struct {
		uint8_t answers, authorities, additional, opcode, type;
		size_t size;
		bool free;
	} rows[] = {
		{ 0, 0, 0, 0, 41, WHOLE, true },
		{ 0, 0, 1, 0, 41, WHOLE + 3, true },
		{ 0, 0, 1, 0, 250, WHOLE + 3, false },
		{ 0, 0, 1, 0, 41, WHOLE + 2, false },
		{ 0, 0, 2, 0, 41, WHOLE + 3, false },
		{ 0, 1, 1, 0, 41, WHOLE + 3, false },
		{ 1, 0, 1, 0, 41, WHOLE + 3, false },
		{ 0, 0, 0, 0x28, 41, WHOLE, false },
	};
	uint8_t message[WHOLE + 3] = { 0 };

	memcpy(message, query, WHOLE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		message[2] = rows[i].opcode;
		message[7] = rows[i].answers;
		message[9] = rows[i].authorities;
		message[11] = rows[i].additional;
		message[WHOLE + 2] = rows[i].type;
		if (reply_id_is_free(message, rows[i].size) != rows[i].free ||
		    reply_is_to_query(message) != (rows[i].opcode == 0))
			fail_msg("row %zu", i);
	}
}

TEST(question_size)
{
	uint8_t message[12 + 300] = { 0 };
	size_t size;

	assert_int_equal(reply_question_size(query, QUERY_SIZE), 10);
	for (size = 0; size < WHOLE; size++)
		assert_int_equal(reply_question_size(query, size), 0);
	memcpy(message, query, QUERY_SIZE);
	message[5] = 0;
	assert_int_equal(reply_question_size(message, QUERY_SIZE), 0);
	message[5] = 1;
	message[12] = 0xc0;
	assert_int_equal(reply_question_size(message, QUERY_SIZE), 0);
	memset(message + 12, 1, 300);
	assert_int_equal(reply_question_size(message, sizeof(message)), 0);
	message[12 + 254] = 0;
	assert_int_equal(reply_question_size(message, sizeof(message)), 259);
	message[12 + 254] = 1;
	message[12 + 256] = 0;
	assert_int_equal(reply_question_size(message, sizeof(message)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_update_errors_may_lack_the_zone),
		cmocka_unit_test(test_id_is_free),
		cmocka_unit_test(test_question_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
