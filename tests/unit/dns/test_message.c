/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/message.h"
#include "unit.h"

#include <stdio.h>

/* A reply with one question (a.test. TLSA) and one record in the answer. */
#define HEADER "\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
#define QUESTION "\x01" "a" "\x04" "test" "\x00" "\x00\x34" "\x00\x01"
#define OWNER "\xc0\x0c"
#define CLASS_TTL "\x00\x01" "\x00\x00\x0e\x10"
#define TYPE(low) "\x00" low CLASS_TTL

struct octet_case {
	const char *what;
	const char *record;	/* after header and question */
	size_t size;
	enum message_error error;
};
#define CASE(what, record, error) { what, record, sizeof(record) - 1, error }

static const struct octet_case cases[] = {
	CASE("TLSA", OWNER TYPE("\x34") "\x00\x05" "\x03\x01\x01\xab\xcd",
	     MESSAGE_OK),
	CASE("TLSA without data", OWNER TYPE("\x34") "\x00\x03" "\x03\x01\x01",
	     MESSAGE_BAD_RDATA),
	CASE("empty TLSA", OWNER TYPE("\x34") "\x00\x00", MESSAGE_BAD_RDATA),
	CASE("A", OWNER TYPE("\x01") "\x00\x04" "\x7f\x00\x00\x01", MESSAGE_OK),
	CASE("long A", OWNER TYPE("\x01") "\x00\x05" "\x7f\x00\x00\x01\x01",
	     MESSAGE_BAD_RDATA),
	CASE("short AAAA", OWNER TYPE("\x1c") "\x00\x04" "\x7f\x00\x00\x01",
	     MESSAGE_BAD_RDATA),
	CASE("NS", OWNER TYPE("\x02") "\x00\x02" "\xc0\x0c", MESSAGE_OK),
	CASE("NS name runs past its RDATA",
	     OWNER TYPE("\x02") "\x00\x02" "\x01" "b" "\x00",
	     MESSAGE_BAD_RDATA),
	CASE("NS with something behind", OWNER TYPE("\x02") "\x00\x03"
	     "\xc0\x0c\x00", MESSAGE_BAD_RDATA),
	CASE("NS that points at itself", OWNER TYPE("\x02") "\x00\x02"
	     "\xc0\x24", MESSAGE_BAD_NAME),
	CASE("SOA cut short", OWNER TYPE("\x06") "\x00\x08"
	     "\x00\x00" "\x00\x00\x00\x01\x00\x00", MESSAGE_BAD_RDATA),
	CASE("DNSKEY without a key", OWNER TYPE("\x30") "\x00\x04"
	     "\x01\x01\x03\x0d", MESSAGE_BAD_RDATA),
	CASE("DS without digest", OWNER TYPE("\x2b") "\x00\x04"
	     "\x01\x01\x0d\x02", MESSAGE_BAD_RDATA),
	CASE("RRSIG without signature", OWNER TYPE("\x2e") "\x00\x13"
	     "\x00\x34\x0d\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01"
	     "\x00\x01\x00", MESSAGE_BAD_RDATA),
	CASE("NSEC3 with a salt beyond the end", OWNER TYPE("\x32") "\x00\x06"
	     "\x01\x00\x00\x01\xff\x00", MESSAGE_REJECTED),
	CASE("unknown type, whatever it holds",
	     OWNER TYPE("\xfe") "\x00\x03" "\xc0\xff\xff", MESSAGE_OK),
	CASE("owner points forward", "\xc0\x1a" TYPE("\xfe") "\x00\x00",
	     MESSAGE_BAD_NAME),
	CASE("owner of an old label type", "\x41\x00" TYPE("\xfe") "\x00\x00",
	     MESSAGE_BAD_NAME),
	CASE("no record at all", "", MESSAGE_SHORT),
	CASE("cut in the owner", "\x03" "ab", MESSAGE_SHORT),
	CASE("cut in a pointer", "\xc0", MESSAGE_SHORT),
	CASE("cut in the TTL", OWNER "\x00\x34\x00\x01\x00\x00",
	     MESSAGE_SHORT),
	CASE("cut in RDATA", OWNER TYPE("\x34") "\x00\x05" "\x03\x01\x01\xab",
	     MESSAGE_SHORT),
	CASE("octets behind", OWNER TYPE("\x34") "\x00\x04" "\x03\x01\x01\xab"
	     "\x00", MESSAGE_TRAILING),
	CASE("OPT in the answer", "\x00\x00\x29\x04\xd0\x00\x00\x00\x00"
	     "\x00\x00", MESSAGE_BAD_RDATA),
};

static uint8_t *make_reply(const struct octet_case *each, size_t *size)
{
	size_t start = sizeof(HEADER QUESTION) - 1;
	uint8_t *reply = xmalloc(start + each->size);

	memcpy(reply, HEADER QUESTION, start);
	memcpy(reply + start, each->record, each->size);
	*size = start + each->size;
	return reply;
}

TEST(walk)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size;
		uint8_t *reply = make_reply(&cases[i], &size);
		ldns_pkt *packet;
		enum message_error error = message_parse(reply, size, &packet);

		if (error != cases[i].error)
			fail_msg("%s: %s", cases[i].what,
				 message_error_text(error));
		assert_true((packet != NULL) == (error == MESSAGE_OK));
		ldns_pkt_free(packet);
		free(reply);
	}
}

/* Whatever octet is changed or lost, nothing breaks (sanitizers watch), and
 * a good message that lost its end is never taken. */
TEST(every_octet)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t size;
		uint8_t *reply = make_reply(&cases[i], &size);
		ldns_pkt *packet;

		for (size_t at = 0; at < size; at++) {
			uint8_t *cut = xmemdup(reply, at);

			message_parse(cut, at, &packet);
			assert_true(!packet || cases[i].error != MESSAGE_OK);
			ldns_pkt_free(packet);
			free(cut);
			for (unsigned bit = 0; bit < 8; bit++) {
				reply[at] ^= (uint8_t)(1u << bit);
				message_parse(reply, size, &packet);
				ldns_pkt_free(packet);
				reply[at] ^= (uint8_t)(1u << bit);
			}
		}
		free(reply);
	}
}

TEST(too_many)
{
	uint8_t header[12] = { 0 };
	ldns_pkt *packet;

	header[6] = (RECORDS_PER_REPLY_MAX + 1) >> 8;
	header[7] = (RECORDS_PER_REPLY_MAX + 1) & 0xff;
	assert_int_equal(message_parse(header, sizeof(header), &packet),
			 MESSAGE_TOO_MANY);
}

/* 128 labels of one letter: 257 octets, by way of a pointer. */
TEST(name_too_long)
{
	uint8_t message[12 + 2 * 100 + 1 + 4 + 2 * 60 + 2 + 4] = { 0 };
	size_t at = 12;
	ldns_pkt *packet;

	message[5] = 2;
	for (unsigned i = 0; i < 100; i++, at += 2)
		memcpy(&message[at], "\x01" "a", 2);
	at += 1 + 4;
	for (unsigned i = 0; i < 60; i++, at += 2)
		memcpy(&message[at], "\x01" "b", 2);
	memcpy(&message[at], "\xc0\x0c", 2);
	assert_int_equal(message_parse(message, sizeof(message), &packet),
			 MESSAGE_BAD_NAME);
}

TEST(header)
{
	/* QR AA RD RA AD, BADVERS by OPT (extended 1, rcode 0), DO */
	static const uint8_t octets[] =
		"\x12\x34\x85\xa0\x00\x00\x00\x00\x00\x00\x00\x01"
		"\x00\x00\x29\x04\xd0\x01\x00\x80\x00\x00\x00";
	ldns_pkt *packet;

	assert_int_equal(message_parse(octets, sizeof(octets) - 1, &packet),
			 MESSAGE_OK);
	assert_int_equal(ldns_pkt_id(packet), 0x1234);
	assert_true(ldns_pkt_qr(packet) && ldns_pkt_aa(packet) &&
		    ldns_pkt_rd(packet) && ldns_pkt_ra(packet) &&
		    ldns_pkt_ad(packet));
	assert_false(ldns_pkt_tc(packet) || ldns_pkt_cd(packet));
	assert_int_equal(message_rcode(packet), 16);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_additional(packet)),
			 0);
	ldns_pkt_free(packet);
}

/* The letter case of an owner says nothing; its class and type do. */
TEST(records)
{
	static const char record[] =
		"\x01" "A" "\x04" "tEst" "\x00" TYPE("\x34") "\x00\x04"
		"\x03\x01\x01\xab";
	const struct octet_case each = CASE("", record, MESSAGE_OK);
	size_t size;
	uint8_t *reply = make_reply(&each, &size);
	const struct {
		const char *owner;
		ldns_rr_type type;
		ldns_pkt_section section;
		size_t count;
	} rows[] = {
		{ "a.test.", LDNS_RR_TYPE_TLSA, LDNS_SECTION_ANSWER, 1 },
		{ "a.test.", LDNS_RR_TYPE_A, LDNS_SECTION_ANSWER, 0 },
		{ "test.", LDNS_RR_TYPE_TLSA, LDNS_SECTION_ANSWER, 0 },
		{ "a.test.", LDNS_RR_TYPE_TLSA, LDNS_SECTION_AUTHORITY, 0 },
		{ "a.test.", LDNS_RR_TYPE_TLSA, LDNS_SECTION_ADDITIONAL, 0 },
	};
	ldns_pkt *packet;

	assert_int_equal(message_parse(reply, size, &packet), MESSAGE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ldns_rr_list *list = message_records(
			packet, rows[i].section, rows[i].owner, rows[i].type);

		assert_int_equal(ldns_rr_list_rr_count(list), rows[i].count);
		ldns_rr_list_free(list);
	}
	ldns_pkt_free(packet);
	reply[size - 12] = 3;	/* class CHAOS */
	assert_int_equal(message_parse(reply, size, &packet), MESSAGE_OK);
	assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_answer(packet)), 1);
	ldns_rr_list *list = message_records(packet, LDNS_SECTION_ANSWER,
					     "a.test.", LDNS_RR_TYPE_TLSA);
	assert_int_equal(ldns_rr_list_rr_count(list), 0);
	ldns_rr_list_free(list);
	ldns_pkt_free(packet);
	free(reply);
}

/* As compression brings the random letters of the question everywhere. */
TEST(letters)
{
	static const char record[] =
		"\x01" "A" "\x04" "tEst" "\x00" TYPE("\x02") "\x00\x04"
		"\x01" "B" "\xc0\x18";
	const struct octet_case each = CASE("", record, MESSAGE_OK);
	size_t size;
	uint8_t *reply = make_reply(&each, &size);
	ldns_pkt *packet;
	char *text;

	assert_int_equal(message_parse(reply, size, &packet), MESSAGE_OK);
	text = ldns_rr2str(ldns_rr_list_rr(ldns_pkt_answer(packet), 0));
	assert_string_equal(text, "a.test.\t3600\tIN\tNS\tb.a.test.\n");
	LDNS_FREE(text);
	ldns_pkt_free(packet);
	free(reply);
}

TEST(name)
{
	ldns_rdf *name = ldns_dname_new_frm_str("_25._TCP.Mx\\.1.TEST");
	char *text = message_name(name);

	assert_string_equal(text, "_25._tcp.mx\\.1.test.");
	free(text);
	ldns_rdf_deep_free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_every_octet),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_name_too_long),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
