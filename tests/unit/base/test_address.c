/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include "unit.h"
#include <string.h>

/* TEXT parses, with 53 where it names no port, and is written as WRITTEN. */
TEST(parses)
{
	static const struct {
		const char *text;
		int family;
		unsigned port;
		const char *written;
	} cases[] = {
		{ "192.0.2.53", 4, 53, "192.0.2.53" },
		{ "192.0.2.53:53", 4, 53, "192.0.2.53" },
		{ "192.0.2.53:5353", 4, 5353, "192.0.2.53:5353" },
		{ "[192.0.2.53]:5353", 4, 5353, "192.0.2.53:5353" },
		{ "2001:DB8::2", 6, 53, "2001:db8::2" },
		{ "::1", 6, 53, "::1" },
		{ "[2001:db8::2]:853", 6, 853, "[2001:db8::2]:853" },
		{ "[::ffff:255.255.255.255]:65535", 6, 65535,
		  "[::ffff:255.255.255.255]:65535" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888", 6, 53,
		  "1111:2222:3333:4444:5555:6666:7777:8888" },
	};
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_true(address_parse(cases[i].text, 53, &address));
		assert_int_equal(address.family, cases[i].family);
		assert_int_equal(address.port, cases[i].port);
		assert_string_equal(address_format(&address, text),
				    cases[i].written);
	}
}

TEST(refuses)
{
	static const char *const texts[] = {
		"", " ", "ns1.example.com", "192.0.2", "192.0.2.256",
		"192.0.2.1 ", " 192.0.2.1", "192.0.2.01x", "192.0.2.1:",
		"192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:000053x",
		"192.0.2.1:-1", "192.0.2.1:+53", "192.0.2.1:4294967349",
		"192.0.2.1:53:53", "[::1]", "[::1]:", "[::1]53", "[::1",
		"::1]:53", "[]:53", "[[::1]]:53", "fe80::1%lo", "1::2::3",
		"11111111111111111111111111111111111111111111111111111111",
	};
	struct address address = { .family = 9 };
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		if (address_parse(texts[i], 53, &address))
			fail_msg("accepted: %s", texts[i]);
	assert_int_equal(address.family, 9);
}

TEST(format_leaves_out_usual_ports)
{
	struct address address = { .family = 4, .bytes = { 127, 0, 0, 1 } };
	char text[ADDRESS_TEXT_MAX];

	assert_string_equal(address_format(&address, text), "127.0.0.1");
	address.port = 25;
	assert_string_equal(address_format(&address, text), "127.0.0.1:25");
	address.family = 0;
	assert_string_equal(address_format(&address, text), "no address");
}

TEST(from_bytes)
{
	static const uint8_t bytes[17] = { 0x20, 0x01, 0x0d, 0xb8 };
	char text[ADDRESS_TEXT_MAX];
	struct address address;

	assert_true(address_from_bytes(bytes, 4, 53, &address));
	assert_string_equal(address_format(&address, text), "32.1.13.184");
	assert_true(address_from_bytes(bytes, 16, 25, &address));
	assert_string_equal(address_format(&address, text),
			    "[2001:db8::]:25");
	assert_false(address_from_bytes(bytes, 0, 53, &address));
	assert_false(address_from_bytes(bytes, 3, 53, &address));
	assert_false(address_from_bytes(bytes, 17, 53, &address));
}

/* In ascending order; octets beyond the family's own do not count. */
TEST(order)
{
	static const char *const sorted[] = {
		"10.0.0.1:53", "10.0.0.1:54", "10.0.0.2:1", "192.0.2.1:1",
		"[::1]:53", "[::1]:853", "[::2]:1", "[2001:db8::1]:1",
	};
	struct address a, b;
	size_t i, j;

	for (i = 0; i < COUNT(sorted); i++) {
		for (j = 0; j < COUNT(sorted); j++) {
			assert_true(address_parse(sorted[i], 0, &a));
			assert_true(address_parse(sorted[j], 0, &b));
			assert_int_equal(address_compare(&a, &b) < 0, i < j);
			assert_int_equal(address_equal(&a, &b), i == j);
		}
	}
	assert_true(address_parse("10.0.0.1", 53, &a));
	b = a;
	b.bytes[15] = 1;
	assert_true(address_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parses),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_format_leaves_out_usual_ports),
		cmocka_unit_test(test_from_bytes),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
