/* SPDX-License-Identifier: MIT */
#include "act/update_build.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/tsig_vectors.h"
#include "unit.h"

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
static struct tsig_key *key;

static struct tlsa record_of(const uint8_t *data, size_t size)
{
	return (struct tlsa){ { 3, 1, 1 }, (uint8_t *)(uintptr_t)data, size };
}

static struct tsig_key *key_of(const char *text)
{
	struct tsig_key *parsed;
	unsigned line;

	assert_int_equal(tsig_key_parse(text, strlen(text),
					&(struct tsig_key_options){ 0 },
					&parsed, &line), TSIG_KEY_OK);
	return parsed;
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
	key = key_of(VECTOR_KEY("hmac-sha256"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tlsa_set_clear(&one);
	tlsa_set_clear(&two);
	tlsa_set_clear(&both);
	tsig_key_free(key);
	return 0;
}

static struct change change_of(const struct tlsa_set *seen,
			       const struct tlsa_set *add,
			       const struct tlsa_set *remove)
{
	return (struct change){ .owner = OWNER, .seen = seen, .add = *add,
				.remove = *remove, .ttl_seconds = 3600 };
}

static void assert_octets(const uint8_t *octets, size_t size, const char *hex)
{
	char *text = xmalloc(2 * size + 1);

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	assert_string_equal(text, hex);
	free(text);
}

/* As it is sent, but for its last record. */
static void assert_message(const struct change *changes, size_t n,
			   const char *hex)
{
	ldns_pkt *packet = update_build(ZONE, changes, n, 0x1234);
	struct tsig_request request;
	uint8_t *message;
	size_t size;

	assert_non_null(packet);
	message = update_sign(packet, key, VECTOR_TIME, &request, &size);
	assert_non_null(message);
	assert_int_equal(request.id, 0x1234);
	assert_true(tsig_verified_strip(message, &size));
	assert_int_equal(size, update_measure(ZONE, changes, n));
	assert_octets(message, size, hex);
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
		struct change change = change_of(
			cases[i].seen, cases[i].add, cases[i].remove);

		assert_message(&change, 1, cases[i].hex);
	}
	assert_message(NULL, 0, "12342800" "0001000000000000" ZONE_HEX
		       "00060001");
}

/* What is there is deleted and added again, with another TTL. */
TEST(another_ttl)
{
	struct change change = change_of(&one, &one, &nothing);

	change.retimes = true;
	assert_message(&change, 1, "12342800" "0001000200020000" ZONE_HEX
		       "00060001" NO_CNAME IS_ONE DELETE_ONE OWNER_HEX
		       "0034000100000e100005" "030101aa01");
}

/* All conditions stand before all changes. */
TEST(several_changes)
{
	struct change changes[] = {
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
	static const uint32_t ttls_seconds[] = { TTL_MAX, TTL_MAX + 1,
						 UINT32_MAX };
	struct change change = change_of(&nothing, &two, &nothing);

	for (size_t i = 0; i < COUNT(ttls_seconds); i++) {
		change.ttl_seconds = ttls_seconds[i];
		assert_message(&change, 1, "12342800" "0001000200010000"
			       ZONE_HEX "00060001" NO_CNAME NO_TLSA OWNER_HEX
			       "003400017fffffff0005" "030101bb02");
	}
}

/* One owner's records have its name as it is written, and the key's name is
 * in lower case: what is compressed would have the case of the zone's. */
TEST(case_is_kept)
{
	struct tsig_key *other = key_of("hmac-sha256:K.Example.COM:"
					VECTOR_SECRET);
	struct change change = change_of(&nothing, &two, &nothing);
	ldns_pkt *packet;
	struct tsig_request request;
	uint8_t *message;
	size_t size;

	change.owner = "a.eXample.com.";
	packet = update_build("EXAMPLE.com.", &change, 1, 1);
	message = update_sign(packet, other, VECTOR_TIME, &request, &size);
	assert_memory_equal(message + 12, "\7EXAMPLE\3com\0\0\6\0\1"
			    "\1a\7eXample\3com\0\0\5", 34);
	assert_non_null(memmem(message, size, "\1k\7example\3com\0\0\372",
			       17));
	ldns_pkt_free(packet);
	free(message);
	tsig_key_free(other);
}

TEST(one_measure_in_every_message)
{
	struct change changes[] = {
		change_of(&nothing, &two, &nothing),
		change_of(&both, &nothing, &one),
	};
	size_t empty = update_measure(ZONE, NULL, 0);

	assert_int_equal(update_measure(ZONE, changes, 2) + empty,
			 update_measure(ZONE, &changes[0], 1) +
			 update_measure(ZONE, &changes[1], 1));
}

TEST(unsigned_when_refused)
{
	ldns_pkt *packet = update_build(ZONE, NULL, 0, 1);
	struct tsig_request request;
	size_t size;

	assert_null(update_sign(packet, key, UINT64_MAX, &request, &size));
	assert_null(ldns_pkt_tsig(packet));
	ldns_pkt_free(packet);
}

static void assert_refused(const char *zone,
			   const struct change *change)
{
	assert_int_equal(update_measure(zone, change, 1), 0);
	assert_null(update_build(zone, change, 1, 1));
}

TEST(no_names)
{
	static const char *const bad[] = {
		"a..b.", ".a.", "\\999.a.",
		("0123456789012345678901234567890123456789012345678901234567"
		 "890123.a."),
	};
	struct change change = change_of(&nothing, &two, &nothing);

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

#define LARGE 4096

/* To delete one of two: both have to be there as they were seen. */
TEST(the_largest_can_be_deleted)
{
	struct tlsa_set seen = large_set(2, TLSA_DATA_MAX);
	struct tlsa_set first = large_set(1, TLSA_DATA_MAX);
	struct change change = change_of(&seen, &nothing, &first);
	ldns_pkt *packet = update_build(ZONE, &change, 1, 1);

	assert_non_null(packet);
	ldns_pkt_free(packet);
	tlsa_set_clear(&first);
	tlsa_set_clear(&seen);
}

TEST(sizes)
{
	struct tlsa_set set = large_set(1, TLSA_DATA_MAX);
	struct change change = change_of(&set, &nothing, &nothing);
	ldns_pkt *packet = update_build(ZONE, &change, 1, 1);

	assert_non_null(packet);
	ldns_pkt_free(packet);
	set.records[0].size = TLSA_DATA_MAX + 1;
	assert_refused(ZONE, &change);
	tlsa_set_clear(&set);
	set = large_set(16, TLSA_DATA_MAX);
	assert_true(update_measure(ZONE, &change, 1) > UPDATE_SIZE_MAX);
	assert_null(update_build(ZONE, &change, 1, 1));
	tlsa_set_clear(&set);
}

/* The largest message that passes can be signed; one octet more is none. */
TEST(exact_limit)
{
	struct tlsa_set set = large_set(15, LARGE), last = { 0 };
	struct change change = change_of(&set, &nothing, &last);
	struct tsig_request request;
	size_t empty, size, room;
	ldns_pkt *packet;
	uint8_t *message;

	last = change.add = large_set(1, 1);
	empty = update_measure(ZONE, &change, 1) - 1;
	room = UPDATE_SIZE_MAX - empty;
	tlsa_set_clear(&last);
	assert_true(room > 1 && room < LARGE);
	last = change.add = large_set(1, room);
	assert_int_equal(update_measure(ZONE, &change, 1), UPDATE_SIZE_MAX);
	packet = update_build(ZONE, &change, 1, 1);
	assert_non_null(packet);
	message = update_sign(packet, key, VECTOR_TIME, &request, &size);
	assert_non_null(message);
	assert_true(size > UPDATE_SIZE_MAX && size <= 65535);
	ldns_pkt_free(packet);
	free(message);
	tlsa_set_clear(&last);
	last = change.add = large_set(1, room + 1);
	assert_null(update_build(ZONE, &change, 1, 1));
	tlsa_set_clear(&last);
	tlsa_set_clear(&set);
}

/* A section counts its records in 16 bits, whatever becomes of their octets. */
TEST(too_many_to_count)
{
	enum { MOST = UINT16_MAX };
	struct change *changes = xcalloc(MOST + 1, sizeof(*changes));

	for (size_t i = 0; i <= MOST; i++)
		changes[i] = (struct change){
			.owner = "a.", .seen = &nothing, .add = one,
			.remove = both };
	/* Three updates each, and two prerequisites. */
	assert_true(update_measure("a.", changes, MOST / 3) > UPDATE_SIZE_MAX);
	assert_int_equal(update_measure("a.", changes, MOST / 3 + 1), 0);
	for (size_t i = 0; i <= MOST; i++)
		changes[i].add = changes[i].remove = nothing;
	assert_true(update_measure("a.", changes, MOST / 2) > UPDATE_SIZE_MAX);
	assert_int_equal(update_measure("a.", changes, MOST / 2 + 1), 0);
	free(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_another_ttl),
		cmocka_unit_test(test_several_changes),
		cmocka_unit_test(test_ttl_is_bounded),
		cmocka_unit_test(test_case_is_kept),
		cmocka_unit_test(test_one_measure_in_every_message),
		cmocka_unit_test(test_unsigned_when_refused),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_the_largest_can_be_deleted),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_exact_limit),
		cmocka_unit_test(test_too_many_to_count),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
