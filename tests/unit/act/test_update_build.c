/* SPDX-License-Identifier: MIT */
#include "act/update_build.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "unit.h"

#include <ldns/ldns.h>
#include <stdio.h>

#define ZONE "example.com."
#define OWNER "_25._tcp.mail.example.com."
#define ZONE_HEX "076578616d706c6503636f6d00"
#define OWNER_HEX "035f3235045f746370046d61696c" ZONE_HEX

/* Records as RFC 2136 sections 2.4 and 2.5 want them, written by hand. */
#define NO_CNAME OWNER_HEX "000500fe000000000000"
#define NO_TLSA OWNER_HEX "003400fe000000000000"
#define IS_ONE OWNER_HEX "00340001000000000005" "030101aa01"
#define IS_TWO OWNER_HEX "00340001000000000005" "030101bb02"
#define DELETE_ONE OWNER_HEX "003400fe000000000005" "030101aa01"
#define ADD_TWO OWNER_HEX "0034000100000e100005" "030101bb02"

static struct tlsa_set nothing, one, two, both;

static struct tlsa record_of(const uint8_t *data, size_t size)
{
	return (struct tlsa){ { 3, 1, 1 }, (uint8_t *)(uintptr_t)data, size };
}

static int setup(void **state)
{
	const struct tlsa a = record_of((const uint8_t *)"\xaa\x01", 2);
	const struct tlsa b = record_of((const uint8_t *)"\xbb\x02", 2);

	(void)state;
	tlsa_set_add(&one, &a);
	tlsa_set_add(&two, &b);
	tlsa_set_add(&both, &a);
	tlsa_set_add(&both, &b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tlsa_set_clear(&one);
	tlsa_set_clear(&two);
	tlsa_set_clear(&both);
	return 0;
}

static struct update_change change_of(const struct tlsa_set *seen,
				      const struct tlsa_set *add,
				      const struct tlsa_set *remove)
{
	return (struct update_change){ .owner = OWNER, .seen = seen,
				       .add = add, .remove = remove,
				       .ttl_seconds = 3600 };
}

static void assert_octets(const uint8_t *octets, size_t size, const char *hex)
{
	char *text = xmalloc(2 * size + 1);

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	assert_string_equal(text, hex);
	free(text);
}

static void assert_message(const struct update_change *changes, size_t n,
			   const char *hex)
{
	size_t size;
	uint8_t *message = update_build(ZONE, changes, n, 0x1234, &size);
	ldns_pkt *packet = NULL;

	assert_non_null(message);
	assert_int_equal(size, update_measure(ZONE, changes, n));
	assert_octets(message, size, hex);
	assert_int_equal(ldns_wire2pkt(&packet, message, size),
			 LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt_get_opcode(packet), LDNS_PACKET_UPDATE);
	assert_false(ldns_pkt_rd(packet));
	ldns_pkt_free(packet);
	free(message);
}

TEST(encodings)
{
	const struct {
		const struct tlsa_set *seen, *add, *remove;
		const char *hex;
	} cases[] = {
		{ &nothing, &two, &nothing, "12342800" "0001000200010000"
		  ZONE_HEX "00060001" NO_CNAME NO_TLSA ADD_TWO },
		{ &one, &two, &nothing, "12342800" "0001000200010000"
		  ZONE_HEX "00060001" NO_CNAME IS_ONE ADD_TWO },
		{ &both, &nothing, &one, "12342800" "0001000300010000"
		  ZONE_HEX "00060001" NO_CNAME IS_ONE IS_TWO DELETE_ONE },
		{ &one, &two, &one, "12342800" "0001000200020000"
		  ZONE_HEX "00060001" NO_CNAME IS_ONE DELETE_ONE ADD_TWO },
		{ &one, &nothing, &nothing, "12342800" "0001000200000000"
		  ZONE_HEX "00060001" NO_CNAME IS_ONE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct update_change change = change_of(
			cases[i].seen, cases[i].add, cases[i].remove);

		assert_message(&change, 1, cases[i].hex);
	}
	assert_message(NULL, 0, "12342800" "0001000000000000" ZONE_HEX
		       "00060001");
}

/* All conditions stand before all changes. */
TEST(several_changes)
{
	struct update_change changes[] = {
		change_of(&nothing, &two, &nothing),
		change_of(&both, &nothing, &one),
	};

	assert_message(changes, 2, "12342800" "0001000500020000" ZONE_HEX
		       "00060001" NO_CNAME NO_TLSA NO_CNAME IS_ONE IS_TWO
		       ADD_TWO DELETE_ONE);
}

/* Servers take a TTL of 2^31 and more for 0. */
TEST(ttl_is_bounded)
{
	struct update_change change = change_of(&nothing, &two, &nothing);

	change.ttl_seconds = UINT32_MAX;
	assert_message(&change, 1, "12342800" "0001000200010000" ZONE_HEX
		       "00060001" NO_CNAME NO_TLSA OWNER_HEX
		       "003400017fffffff0005" "030101bb02");
}

static void assert_refused(const char *zone,
			   const struct update_change *change)
{
	size_t size;

	assert_int_equal(update_measure(zone, change, 1), 0);
	assert_null(update_build(zone, change, 1, 1, &size));
}

TEST(no_names)
{
	static const char *const bad[] = {
		"a..b.", ".a.", "\\999.a.",
		("0123456789012345678901234567890123456789012345678901234567"
		 "890123.a."),
	};
	struct update_change change = change_of(&nothing, &two, &nothing);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		change.owner = OWNER;
		assert_refused(bad[i], &change);
		change.owner = bad[i];
		assert_refused(ZONE, &change);
	}
}

/* A set of N records of SIZE octets, all different. */
static struct tlsa_set large_set(unsigned n, size_t size)
{
	struct tlsa_set set = { 0 };
	uint8_t *data = xcalloc(size, 1);

	for (unsigned i = 0; i < n; i++) {
		const struct tlsa record = record_of(data, size);

		data[0] = (uint8_t)i;
		tlsa_set_add(&set, &record);
	}
	free(data);
	return set;
}

TEST(sizes)
{
	struct tlsa_set set = large_set(1, TLSA_DATA_MAX);
	struct update_change change = change_of(&set, &nothing, &nothing);
	uint8_t *message;
	size_t size;

	message = update_build(ZONE, &change, 1, 1, &size);
	assert_non_null(message);
	free(message);
	set.records[0].size = TLSA_DATA_MAX + 1;
	assert_refused(ZONE, &change);
	tlsa_set_clear(&set);
	set = large_set(16, TLSA_DATA_MAX);
	assert_true(update_measure(ZONE, &change, 1) > UPDATE_SIZE_MAX);
	assert_null(update_build(ZONE, &change, 1, 1, &size));
	tlsa_set_clear(&set);
}

/* The largest message that passes can be signed; one octet more is none. */
TEST(exact_limit)
{
	struct tlsa_set set = large_set(15, TLSA_DATA_MAX), last = { 0 };
	struct update_change change = change_of(&set, &nothing, &last);
	size_t empty, size, room;
	uint8_t *message;

	last = large_set(1, 1);
	empty = update_measure(ZONE, &change, 1) - 1;
	room = UPDATE_SIZE_MAX - empty;
	tlsa_set_clear(&last);
	assert_true(room > 1 && room < TLSA_DATA_MAX);
	last = large_set(1, room);
	message = update_build(ZONE, &change, 1, 1, &size);
	assert_non_null(message);
	assert_int_equal(size, UPDATE_SIZE_MAX);
	free(message);
	tlsa_set_clear(&last);
	last = large_set(1, room + 1);
	assert_null(update_build(ZONE, &change, 1, 1, &size));
	tlsa_set_clear(&last);
	tlsa_set_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_several_changes),
		cmocka_unit_test(test_ttl_is_bounded),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_exact_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
