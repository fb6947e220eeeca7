/* SPDX-License-Identifier: MIT */
#include "errand/wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "support/wire.h"
#include "unit.h"

static struct octets octets;

static int clear(void **state)
{
	(void)state;
	octets_clear(&octets);
	return 0;
}

/* ---- Addresses --------------------------------------------------------- */

static bool address_again(struct octets_reader *reader, struct octets *again)
{
	struct address address = address_take(reader, false);

	address_put(again, &address);
	reader->bad |= !octets_over(reader);
	return !reader->bad;
}

static bool any_address_again(struct octets_reader *reader,
			      struct octets *again)
{
	struct address address = address_take(reader, true);

	address_put(again, &address);
	reader->bad |= !octets_over(reader);
	return !reader->bad;
}

TEST(addresses)
{
	static const char *const texts[] = { "192.0.2.1", "[2001:db8::1]:853",
					     "192.0.2.1:65535" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct address address = fake_address(texts[i]);

		address_put(&octets, &address);
		expect_same(address_again, &octets);
		expect_same(any_address_again, &octets);
		expect_whole(address_again, &octets);
		expect_harmless(address_again, &octets);
	}
}

TEST(no_addresses)
{
	static const uint8_t families[] = { 1, 2, 3, 5 };
	struct address address = fake_address("192.0.2.1");

	for (size_t i = 0; i < COUNT(families); i++) {
		address.family = families[i];
		address_put(&octets, &address);
		expect_bad(any_address_again, &octets);
	}
	address.family = 0;
	address_put(&octets, &address);
	expect_same(any_address_again, &octets);
	expect_bad(address_again, &octets);
	octets_put_number(&octets, 260);	/* as an octet it would be 4 */
	octets_put(&octets, address.bytes, sizeof(address.bytes));
	octets_put_number(&octets, 53);
	expect_bad(any_address_again, &octets);
	octets_put_number(&octets, 4);
	octets_put(&octets, address.bytes, sizeof(address.bytes));
	octets_put_number(&octets, 65536 + 53);
	expect_bad(any_address_again, &octets);
}

#define SOME 3

static bool addresses_again(struct octets_reader *reader,
			    struct octets *again)
{
	size_t n;
	struct address *addresses = wire_take_addresses(reader, SOME, &n);

	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_addresses(again, addresses, n);
	free(addresses);
	return !reader->bad;
}

TEST(lists_of_addresses)
{
	struct address some[SOME + 1];

	for (uint8_t i = 0; i <= SOME; i++) {
		some[i] = fake_address("192.0.2.0");
		some[i].bytes[3] = i;
	}
	wire_put_addresses(&octets, some, 0);
	expect_same(addresses_again, &octets);
	octets_clear(&octets);
	wire_put_addresses(&octets, some, SOME);
	expect_same(addresses_again, &octets);
	expect_whole(addresses_again, &octets);
	expect_harmless(addresses_again, &octets);
	wire_put_addresses(&octets, some, SOME + 1);
	expect_bad(addresses_again, &octets);
	some[1].family = 5;
	wire_put_addresses(&octets, some, SOME);
	expect_bad(addresses_again, &octets);
	octets_put_number(&octets, UINT64_MAX);
	expect_bad(addresses_again, &octets);
}

/* ---- Names ------------------------------------------------------------- */

static bool name_again(struct octets_reader *reader, struct octets *again)
{
	char *name = wire_take_name(reader, false);

	assert_non_null(name);
	if (reader->bad)
		assert_string_equal(name, ".");
	octets_put_text(again, name);
	reader->bad |= !octets_over(reader);
	free(name);
	return !reader->bad;
}

static bool any_name_again(struct octets_reader *reader, struct octets *again)
{
	char *name = wire_take_name(reader, true);

	octets_put_text(again, name);
	reader->bad |= !octets_over(reader);
	free(name);
	return !reader->bad;
}

TEST(names)
{
	static const char *const texts[] = { ".", "test.",
		"_25._tcp.mx.example.com.", "*._tcp.mx.test.", "a\\032b.test.",
		"a\\.b.test.", "\\255\\000.test." };

	for (size_t i = 0; i < COUNT(texts); i++) {
		octets_put_text(&octets, texts[i]);
		expect_same(name_again, &octets);
		expect_same(any_name_again, &octets);
		expect_whole(name_again, &octets);
		expect_harmless(name_again, &octets);
	}
	octets_put_text(&octets, NULL);
	expect_same(any_name_again, &octets);
	expect_bad(name_again, &octets);
}

TEST(no_names)
{
	static const char *const texts[] = { "", "mx.test", "MX.test.",
		"a..test.", ".test.", "a\\097.test.", "a b.test.", "a\\",
		"d\xc3\xbcne.test.", "a\nb.test." };
	char longest[70];

	for (size_t i = 0; i < COUNT(texts); i++) {
		octets_put_text(&octets, texts[i]);
		expect_bad(name_again, &octets);
		octets_put_text(&octets, texts[i]);
		expect_bad(any_name_again, &octets);
	}
	memset(longest, 'a', 64);
	strcpy(longest + 64, ".");
	octets_put_text(&octets, longest);
	expect_bad(name_again, &octets);
}

static bool names_again(struct octets_reader *reader, struct octets *again)
{
	struct texts names = { NULL, 0 };

	wire_take_names(reader, &names);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_names(again, (const char *const *)names.items,
			       names.count);
	texts_clear(&names);
	return !reader->bad;
}

TEST(lists_of_names)
{
	static const char *const some[] = { "b.test.", "a.test.", ".",
					    "a.test." };
	static const char *const bad[] = { "a.test.", "b" };

	wire_put_names(&octets, some, 0);
	expect_same(names_again, &octets);
	octets_clear(&octets);
	wire_put_names(&octets, some, COUNT(some));
	expect_same(names_again, &octets);
	expect_whole(names_again, &octets);
	expect_harmless(names_again, &octets);
	wire_put_names(&octets, bad, COUNT(bad));
	expect_bad(names_again, &octets);
	octets_put_number(&octets, UINT64_C(1) << 60);
	octets_put_text(&octets, "a.test.");
	expect_bad(names_again, &octets);
}

/* ---- Records ----------------------------------------------------------- */

static bool record_again(struct octets_reader *reader, struct octets *again)
{
	struct tlsa record;

	wire_take_record(reader, &record);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_record(again, &record);
	tlsa_clear(&record);
	return !reader->bad;
}

static bool set_again(struct octets_reader *reader, struct octets *again)
{
	struct tlsa_set set = { NULL, 0 };

	wire_take_set(reader, &set);
	reader->bad |= !octets_over(reader);
	if (!reader->bad)
		wire_put_set(again, &set);
	tlsa_set_clear(&set);
	return !reader->bad;
}

static uint8_t data[TLSA_DATA_MAX + 1];

static struct tlsa record_of(uint8_t number, size_t size)
{
	static uint8_t numbers[256][4];

	if (size > sizeof(numbers[0]))
		return (struct tlsa){ { 3, 1, 0 }, data, size };
	numbers[number][0] = number;
	return (struct tlsa){ { 255, 1, number }, numbers[number], size };
}

TEST(records)
{
	struct tlsa record = record_of(7, 4);

	wire_put_record(&octets, &record);
	expect_same(record_again, &octets);
	expect_whole(record_again, &octets);
	expect_harmless(record_again, &octets);
	record = record_of(0, TLSA_DATA_MAX);
	wire_put_record(&octets, &record);
	expect_same(record_again, &octets);
	octets_clear(&octets);
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 3; k++)
			octets_put_number(&octets, i == k ? 256 : 1);
		octets_put_block(&octets, "x", 1);
		expect_bad(record_again, &octets);
	}
}

TEST(sets)
{
	struct tlsa records[] = { record_of(1, 4), record_of(2, 4),
				  record_of(3, 1), record_of(3, 1) };
	struct tlsa_set set = { records, 3 };

	wire_put_set(&octets, &set);
	expect_same(set_again, &octets);
	expect_whole(set_again, &octets);
	expect_harmless(set_again, &octets);
	set.count = 0;
	wire_put_set(&octets, &set);
	expect_same(set_again, &octets);
	octets_clear(&octets);
	octets_put_number(&octets, UINT64_C(1) << 59);
	expect_bad(set_again, &octets);
}

/* It comes out as sets are, whatever went in. */
TEST(unsorted_sets)
{
	struct tlsa records[] = { record_of(3, 4), record_of(1, 4),
				  record_of(3, 4), record_of(2, 4) };
	struct tlsa_set set = { records, COUNT(records) };
	struct tlsa_set taken = { NULL, 0 };
	struct octets_reader reader;

	wire_put_set(&octets, &set);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	wire_take_set(&reader, &taken);
	assert_true(octets_over(&reader));
	assert_int_equal(taken.count, 3);
	for (uint8_t i = 0; i < 3; i++)
		assert_int_equal(taken.records[i].data[0], i + 1);
	tlsa_set_clear(&taken);
}

TEST(many_records)
{
	static struct tlsa records[RECORDS_PER_REPLY_MAX + 1];
	struct tlsa_set set = { records, COUNT(records) };

	for (size_t i = 0; i < COUNT(records); i++)
		records[i] = record_of((uint8_t)i, 1 + i / 256);
	wire_put_set(&octets, &set);
	expect_bad(set_again, &octets);
}

/* A record that no reply would be taken for: without data, or with more than
 * there may be. */
TEST(odd_data)
{
	static const size_t sizes[] = { 0, TLSA_DATA_MAX + 1 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct tlsa record = { { 3, 1, 0 }, data, sizes[i] };
		struct tlsa_set set = { &record, 1 };

		wire_put_record(&octets, &record);
		expect_bad(record_again, &octets);
		wire_put_set(&octets, &set);
		expect_bad(set_again, &octets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(addresses, NULL, clear),
		CASE_WITH(no_addresses, NULL, clear),
		CASE_WITH(lists_of_addresses, NULL, clear),
		CASE_WITH(names, NULL, clear),
		CASE_WITH(no_names, NULL, clear),
		CASE_WITH(lists_of_names, NULL, clear),
		CASE_WITH(records, NULL, clear),
		CASE_WITH(sets, NULL, clear),
		CASE_WITH(unsorted_sets, NULL, clear),
		CASE_WITH(many_records, NULL, clear),
		CASE_WITH(odd_data, NULL, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
